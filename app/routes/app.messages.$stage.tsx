import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from '@remix-run/node'
import { useFetcher, useLoaderData, useNavigate } from '@remix-run/react'
import { TitleBar, useAppBridge } from '@shopify/app-bridge-react'
import {
  Badge,
  Banner,
  BlockStack,
  Box,
  Button,
  Card,
  InlineGrid,
  InlineStack,
  Page,
  Select,
  Text,
} from '@shopify/polaris'
import {
  useCallback,
  useDeferredValue,
  useEffect,
  useMemo,
  useReducer,
  useRef,
  useState,
} from 'react'
import { now } from '../clock.server.ts'
import { ConfirmModal } from '../components/ConfirmModal.tsx'
import { MessagePreview } from '../components/MessagePreview.tsx'
import { PageProblem } from '../components/PageProblem.tsx'
import { TemplateEditor } from '../components/TemplateEditor.tsx'
import { UnsavedBar } from '../components/UnsavedBar.tsx'
import { useLeaveGuard } from '../components/useDraft.ts'
import { db } from '../db.server.ts'
import { formatMoment } from '../insight/format.ts'
import { actorWord } from '../insight/words.ts'
import {
  addressOf,
  CHANNEL_WORDS,
  CHANNELS,
  LANE_WORDS,
  LANGUAGE_CHOICES,
  lanesOf,
  readKey,
  stageWords,
  startingWords,
} from '../messages/catalogue.ts'
import { edited, isDirty, startEditing, templateOf, warningsOf } from '../messages/editing.ts'
import { directionOf, type LanguageTag, wordsLocale } from '../messages/formats.ts'
import { problemsInMails } from '../messages/preview.ts'
import { problemsOf, type TemplateKey } from '../messages/template.ts'
import {
  loadBrand,
  ownTemplates,
  resetTemplate,
  saveTemplate,
  templateFor,
} from '../messages/templates.server.ts'
import { sendTestNotice } from '../messages/test-send.server.ts'
import { staffAddress, staffOf } from '../staff.server.ts'

export const meta: MetaFunction = () => [{ title: 'Message · Reprise' }]

const NOT_HERE = 'There are no such words to edit.'
const NOT_SAVED = 'It could not be saved.'

export async function loader({ request, params }: LoaderFunctionArgs) {
  const { shop } = await staffOf(request)
  const key = keyFrom(request, params.stage, shop)
  const [found, own, brand] = await Promise.all([
    templateFor(db, shop.shop, key),
    ownTemplates(db, shop.shop, key.stage),
    loadBrand(db, shop.shop),
  ])
  const isOwn = found?.source === 'own'
  return {
    key,
    base: {
      template: found?.template ?? startingWords(key),
      version: isOwn ? found.version : null,
    },
    inherits: found?.source === 'own_any_lane',
    saved:
      isOwn && found.updatedAt
        ? `Saved ${formatMoment(found.updatedAt, shop, now())} by ${actorWord(found.updatedBy ?? 'your staff')}.`
        : null,
    own: own.map(({ key: at, template }) => ({ ...at, template })),
    brand,
    shop: {
      name: shop.senderName ?? shop.name,
      replyTo: shop.replyTo ?? shop.email,
      accountPage: shop.accountPage,
    },
  }
}

type Answer =
  | { type: 'saved'; version: number }
  | { type: 'reset' }
  | { type: 'refused'; say: string }
  | { type: 'tested'; to: string }
  | { type: 'not_tested'; because: string }

export async function action({ request, params }: ActionFunctionArgs): Promise<Answer> {
  const { shop, actor } = await staffOf(request)
  const key = keyFrom(request, params.stage, shop)
  const form = await request.formData()
  const template = readJson(form.get('template'))
  const version = form.get('basedOn')
  const basedOn = typeof version === 'string' && /^\d{1,9}$/.test(version) ? Number(version) : null
  switch (form.get('intent')) {
    case 'save': {
      const saved = await saveTemplate(db, shop.shop, actor, key, template, basedOn, now())
      return saved.version === null
        ? { type: 'refused', say: saved.problems.find(({ stops }) => stops)?.say ?? NOT_SAVED }
        : { type: 'saved', version: saved.version }
    }
    case 'reset':
      return (await resetTemplate(db, shop.shop, actor, key, basedOn ?? 0, now()))
        ? { type: 'reset' }
        : { type: 'refused', say: 'Somebody else was first. This is what there is now.' }
    case 'test': {
      const address = await staffAddress(request, shop.shop)
      const shopper = String(form.get('shopper') ?? '')
      const sent = await sendTestNotice(db, shop, actor, { key, template, shopper, address }, now())
      return 'to' in sent ? { type: 'tested', ...sent } : { type: 'not_tested', ...sent }
    }
    default:
      throw new Response('There is no such action.', { status: 400 })
  }
}

function keyFrom(
  request: Request,
  stage: string | undefined,
  shop: { locale: string; zone: string },
): TemplateKey {
  const { tag } = wordsLocale(shop.locale, shop.zone)
  const key = readKey(stage, new URL(request.url).searchParams, tag)
  if (key) return key
  throw new Response(NOT_HERE, { status: 404 })
}

function readJson(text: unknown): unknown {
  try {
    return JSON.parse(String(text))
  } catch {
    return null
  }
}

export default function MessagePage() {
  const { key } = useLoaderData<typeof loader>()
  // Other words are another page: nothing of these stays behind.
  return <Message key={addressOf(key)} />
}

function Message() {
  const { key, base, inherits, saved, own, brand, shop } = useLoaderData<typeof loader>()
  const [state, dispatch] = useReducer(edited, base, startEditing)
  const [shopper, setShopper] = useState('mara')
  const [asksReset, setAsksReset] = useState(false)
  const saver = useFetcher<typeof action>()
  const shopify = useAppBridge()
  const sent = useRef(base.template)

  const template = useMemo(() => templateOf(state.draft), [state.draft])
  const dirty = isDirty(state)
  useLeaveGuard(dirty)
  useEffect(() => dispatch({ type: 'loaded', base }), [base])

  // Letters appear at once; what is said about them follows.
  const written = useDeferredValue(template)
  const problems = useMemo(() => {
    const inTexts = problemsOf(written, key.channel)
    return inTexts.some(({ stops }) => stops)
      ? inTexts
      : [...inTexts, ...problemsInMails(written, key, brand)]
  }, [written, key, brand])
  const warnings = useMemo(() => warningsOf(written, key.tag), [written, key.tag])
  const isBroken = problems.some(({ stops }) => stops)
  const general = problems.filter(({ where }) => where === 'blocks')

  // Known before the page is read again, so that one's own saving is not taken for somebody else's.
  const answer = saver.state === 'submitting' ? undefined : saver.data
  useEffect(() => {
    if (answer?.type === 'saved') {
      dispatch({ type: 'saved', base: { template: sent.current, version: answer.version } })
      shopify.toast.show('Words saved')
    } else if (answer?.type === 'reset') shopify.toast.show('Back to the default words')
    else if (answer?.type === 'refused') {
      shopify.toast.show(answer.say, { isError: true })
    }
  }, [answer, shopify])

  const save = () => {
    if (isBroken) {
      shopify.toast.show('Mend what is marked first', { isError: true })
      document.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
      return
    }
    sent.current = template
    saver.submit(
      {
        intent: 'save',
        template: JSON.stringify(template),
        basedOn: String(state.base.version ?? ''),
      },
      { method: 'post' },
    )
  }
  const reset = () => {
    setAsksReset(false)
    dispatch({ type: 'discard' })
    saver.submit({ intent: 'reset', basedOn: String(state.base.version ?? '') }, { method: 'post' })
  }

  const wordsIn = useCallback(
    (tag: LanguageTag) => {
      const inTag = own.filter((one) => one.channel === key.channel && one.tag === tag)
      const mine = inTag.find(({ lane }) => lane === key.lane)
      return mine?.template ?? startingWords({ ...key, tag })
    },
    [own, key],
  )

  const { title, about } = stageWords(key.stage)
  const isOwn = state.base.version !== null
  return (
    <Page
      fullWidth
      backAction={{ content: 'Messages', url: '/app/messages' }}
      title={title}
      titleMetadata={
        <Badge {...(isOwn ? { tone: 'info' as const } : {})}>
          {isOwn ? 'Your words' : 'Default words'}
        </Badge>
      }
      subtitle={saved ? `${about} ${saved}` : about}
      secondaryActions={[
        {
          content: 'Start from the default',
          onAction: () => dispatch({ type: 'replace', template: startingWords(key) }),
        },
        {
          content: 'Back to the default',
          destructive: true,
          disabled: !isOwn,
          onAction: () => setAsksReset(true),
        },
      ]}
    >
      <TitleBar title="Message" />
      <UnsavedBar
        id="message-save-bar"
        open={dirty}
        saving={saver.state !== 'idle'}
        onSave={save}
        onDiscard={() => dispatch({ type: 'discard' })}
      />
      <ConfirmModal
        id="reset-words"
        open={asksReset}
        title="Back to the default words?"
        confirm="Delete your words"
        onConfirm={reset}
        onClose={() => setAsksReset(false)}
      >
        Your words for this message are deleted, and ours are sent from now on. Undo brings them
        back into the editor until you leave this page.
      </ConfirmModal>
      <BlockStack gap="400">
        <Pickers chosen={key} own={own} />
        {state.theirs ? (
          <Banner tone="warning" title="Somebody else saved these words meanwhile">
            <BlockStack gap="200">
              <Text as="p">
                Yours are still here and not saved. Look at theirs (Undo brings yours back), or keep
                yours and save over theirs.
              </Text>
              <InlineStack gap="200">
                <Button onClick={() => dispatch({ type: 'take_theirs' })}>Look at theirs</Button>
                <Button onClick={() => dispatch({ type: 'keep_mine' })}>Keep mine</Button>
              </InlineStack>
            </BlockStack>
          </Banner>
        ) : null}
        {general.length > 0 ? (
          <Banner
            tone={general.some(({ stops }) => stops) ? 'critical' : 'warning'}
            title={
              general.some(({ stops }) => stops)
                ? 'It cannot be saved like this'
                : 'It could be better'
            }
          >
            {general.map(({ say, mend }) => (
              <Text as="p" key={say}>
                {say} {mend}
              </Text>
            ))}
          </Banner>
        ) : null}
        {inherits && !isOwn ? (
          <Box paddingInline={{ xs: '400', sm: '0' }}>
            <Text as="p" tone="subdued">
              This kind of failure follows your words for every kind. What you save here holds for
              this kind alone.
            </Text>
          </Box>
        ) : null}
        <div className="editor-columns">
          <TemplateEditor
            state={state}
            dispatch={dispatch}
            channel={key.channel}
            dir={directionOf(key.tag)}
            problems={problems}
            warnings={warnings}
          />
          <div className="editor-preview">
            <MessagePreview
              edited={{ template, key }}
              wordsIn={wordsIn}
              shop={shop}
              brand={brand}
              shopper={shopper}
              onShopper={setShopper}
            >
              {key.channel === 'email' ? (
                <TestSend template={template} shopper={shopper} isBroken={isBroken} />
              ) : null}
            </MessagePreview>
          </div>
        </div>
      </BlockStack>
    </Page>
  )
}

function Pickers({
  chosen,
  own,
}: {
  chosen: TemplateKey
  own: Pick<TemplateKey, 'lane' | 'channel' | 'tag'>[]
}) {
  const go = useNavigate()
  const to = (changed: Partial<TemplateKey>) => {
    const next = { ...chosen, ...changed }
    const lanes = lanesOf(next.stage, next.channel)
    go(addressOf({ ...next, lane: lanes.includes(next.lane) ? next.lane : '*' }))
  }
  const isEdited = (at: Partial<TemplateKey>) =>
    own.some((one) => Object.entries(at).every(([name, value]) => one[name as 'lane'] === value))
      ? ' (edited)'
      : ''
  const { channel, lane, tag } = chosen
  const lanes = lanesOf(chosen.stage, channel)
  return (
    <Card>
      <InlineGrid columns={{ xs: 1, sm: 3 }} gap="300">
        <Select
          label="Channel"
          options={CHANNELS.map((one) => ({
            value: one,
            label: CHANNEL_WORDS[one] + isEdited({ channel: one }),
          }))}
          value={channel}
          onChange={(one) => to({ channel: one as TemplateKey['channel'] })}
        />
        <Select
          label="Kind of failure"
          options={lanes.map((one) => ({
            value: one,
            label: LANE_WORDS[one] + isEdited({ channel, lane: one }),
          }))}
          disabled={lanes.length === 1}
          value={lane}
          onChange={(one) => to({ lane: one as TemplateKey['lane'] })}
        />
        <Select
          label="Language"
          options={LANGUAGE_CHOICES.map((one) => ({
            value: one.tag,
            label: one.name + isEdited({ channel, lane, tag: one.tag }),
          }))}
          value={tag}
          onChange={(one) => to({ tag: one as LanguageTag })}
        />
      </InlineGrid>
    </Card>
  )
}

function TestSend({
  template,
  shopper,
  isBroken,
}: {
  template: ReturnType<typeof templateOf>
  shopper: string
  isBroken: boolean
}) {
  const fetcher = useFetcher<typeof action>()
  const answer = fetcher.state === 'idle' ? fetcher.data : undefined
  return (
    <BlockStack gap="200">
      <InlineStack gap="300" blockAlign="center">
        <Button
          disabled={isBroken}
          loading={fetcher.state !== 'idle'}
          onClick={() =>
            fetcher.submit(
              { intent: 'test', template: JSON.stringify(template), shopper },
              { method: 'post' },
            )
          }
        >
          Send a test to me
        </Button>
        <Text as="span" tone="subdued">
          As it stands here, saved or not.
        </Text>
      </InlineStack>
      <div aria-live="polite">
        {answer?.type === 'tested' ? <Text as="p">Sent to {answer.to}.</Text> : null}
        {answer?.type === 'not_tested' ? (
          <Text as="p" tone="critical">
            {answer.because}
          </Text>
        ) : null}
      </div>
    </BlockStack>
  )
}

export const ErrorBoundary = PageProblem
