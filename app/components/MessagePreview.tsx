import {
  BlockStack,
  Box,
  Button,
  ButtonGroup,
  Card,
  InlineStack,
  Select,
  Text,
} from '@shopify/polaris'
import { useDeferredValue, useEffect, useMemo, useRef, useState } from 'react'
import { LANE_WORDS, LANGUAGE_CHOICES } from '../messages/catalogue.ts'
import { SHOPPERS } from '../messages/example.ts'
import type { LanguageTag } from '../messages/formats.ts'
import { directionOf } from '../messages/formats.ts'
import { inScheme } from '../messages/mail-html.ts'
import {
  type Preview,
  type PreviewShop,
  previewOf,
  shopperBy,
  withDrawnPicture,
} from '../messages/preview.ts'
import type { Brand, Template, TemplateKey } from '../messages/template.ts'

type View = 'desktop' | 'phone' | 'text'

/** What a shopper would get, made in the browser by what makes the real message. */
export function MessagePreview({
  edited,
  wordsIn,
  shop,
  brand,
  shopper,
  onShopper,
  children,
}: {
  edited: { template: Template; key: TemplateKey }
  /** The words of another language as they are saved, or ours. */
  wordsIn: (tag: LanguageTag) => Template
  shop: PreviewShop
  brand: Brand
  shopper: string
  onShopper: (key: string) => void
  children?: React.ReactNode
}) {
  const [view, setView] = useState<View>('desktop')
  const [dark, setDark] = useState(false)
  const [tag, setTag] = useState(edited.key.tag)
  // Dates and amounts are written by the browser, so the server leaves the place empty.
  const [ready, setReady] = useState(false)
  useEffect(() => {
    setReady(true)
    if (matchMedia('(max-width: 30rem)').matches) setView('phone')
  }, [])
  useEffect(() => setTag(edited.key.tag), [edited.key.tag])

  const isDraft = tag === edited.key.tag
  const template = useDeferredValue(edited.template)
  const preview = useMemo(
    () =>
      ready
        ? previewOf(
            isDraft ? template : wordsIn(tag),
            { ...edited.key, tag },
            shopperBy(shopper),
            shop,
            brand,
          )
        : null,
    [ready, isDraft, template, wordsIn, tag, edited.key, shopper, shop, brand],
  )

  // What cannot be made yet leaves the last that could in its place.
  const last = useRef<Preview | null>(null)
  useEffect(() => {
    if (preview?.type !== 'fault') last.current = preview
  }, [preview])
  const isBefore = preview?.type === 'fault' && last.current !== null

  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingMd">
          Preview
        </Text>
        <Select
          label="Shopper"
          options={SHOPPERS.map(({ key, label }) => ({ value: key, label }))}
          value={shopper}
          onChange={onShopper}
          helpText={
            edited.key.lane === '*' ? undefined : `Shown as: ${LANE_WORDS[edited.key.lane]}.`
          }
        />
        <Select
          label="Language of the shopper"
          options={LANGUAGE_CHOICES.map((one) => ({ value: one.tag, label: one.name }))}
          value={tag}
          onChange={(chosen) => setTag(chosen as LanguageTag)}
          helpText={isDraft ? undefined : 'The words of this language as they are saved.'}
        />
        {edited.key.channel === 'email' ? (
          <InlineStack gap="300" blockAlign="center">
            <ButtonGroup variant="segmented">
              {VIEWS.map(({ value, label }) => (
                <Button key={value} pressed={view === value} onClick={() => setView(value)}>
                  {label}
                </Button>
              ))}
            </ButtonGroup>
            {view === 'text' ? null : (
              <Button pressed={dark} onClick={() => setDark(!dark)}>
                Dark
              </Button>
            )}
          </InlineStack>
        ) : null}
        {isBefore ? (
          <Text as="p" tone="subdued">
            Not shown yet: the words cannot be sent like this. Below is how they were before.
          </Text>
        ) : null}
        <div className={isBefore ? 'preview-before' : ''}>
          <Shown
            preview={isBefore ? last.current : preview}
            view={view}
            dark={dark}
            shopName={shop.name}
            tag={tag}
          />
        </div>
        {children}
      </BlockStack>
    </Card>
  )
}

const VIEWS: { value: View; label: string }[] = [
  { value: 'desktop', label: 'Desktop' },
  { value: 'phone', label: 'Phone' },
  { value: 'text', label: 'Plain text' },
]

function Shown({
  preview,
  view,
  dark,
  shopName,
  tag,
}: {
  preview: Preview | null
  view: View
  dark: boolean
  shopName: string
  tag: LanguageTag
}) {
  const dir = directionOf(tag)
  switch (preview?.type) {
    case undefined:
      return <div className="preview-empty" />
    case 'fault':
      return (
        <Box padding="400" background="bg-surface-critical" borderRadius="200">
          <Text as="p">{preview.because}</Text>
        </Box>
      )
    case 'sms': {
      const { text, segments, encoding } = preview.sms
      return (
        <BlockStack gap="200">
          <div className="preview-phone-text" lang={tag} dir={dir}>
            {text}
          </div>
          <Text as="p" tone="subdued">
            {segments === 1 ? '1 segment' : `${segments} segments`}, {text.length} characters (
            {encoding}).{' '}
            {encoding === 'UCS-2'
              ? 'A segment holds 70 of these.'
              : 'A segment holds 160 of these.'}{' '}
            The first text to a person also says how to end them.
          </Text>
        </BlockStack>
      )
    }
    case 'account': {
      const { title, pieces, button } = preview.notice
      return (
        <div className="preview-account" lang={tag} dir={dir}>
          <BlockStack gap="200">
            <Text as="h3" variant="headingSm">
              {title}
            </Text>
            {pieces.map((piece) =>
              piece.type === 'list' ? (
                <ul key={piece.items.join()}>
                  {piece.items.map((item) => (
                    <li key={item}>{item}</li>
                  ))}
                </ul>
              ) : (
                <p key={piece.text}>{piece.text}</p>
              ),
            )}
            {button ? <span className="preview-account-button">{button}</span> : null}
          </BlockStack>
        </div>
      )
    }
    case 'email': {
      const { notice } = preview
      return (
        <BlockStack gap="200">
          <div className="preview-inbox" lang={tag} dir={dir}>
            <strong>{shopName}</strong>
            <span>{notice.subject}</span>
            <span className="preview-inbox-more">{notice.preview}</span>
          </div>
          {view === 'text' ? (
            <pre className="preview-plain" lang={tag} dir={dir}>
              {notice.text}
            </pre>
          ) : (
            <MailFrame html={notice.html} width={view === 'phone' ? 375 : 720} dark={dark} />
          )}
          {notice.lacks.map((lack) => (
            <Text key={lack} as="p" tone="caution">
              This mail carries an offer. Before it can be sent it needs {lack}.
            </Text>
          ))}
        </BlockStack>
      )
    }
  }
}

/** The mail in a frame that can run nothing, ask for nothing and lead nowhere, drawn as wide as the reader's device. */
function MailFrame({ html, width, dark }: { html: string; width: number; dark: boolean }) {
  const box = useRef<HTMLDivElement>(null)
  const [room, setRoom] = useState(width)
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => entry && setRoom(entry.contentRect.width))
    if (box.current) observer.observe(box.current)
    return () => observer.disconnect()
  }, [])
  const scale = Math.min(1, room / width)
  const height = width === 375 ? 720 : 900
  const page = useMemo(
    () => withDrawnPicture(inScheme(html, dark ? 'dark' : 'light')),
    [html, dark],
  )
  return (
    <div ref={box} className="preview-frame" style={{ height: height * scale }}>
      <iframe
        title="The e-mail as the shopper sees it"
        sandbox=""
        srcDoc={page}
        style={{ width, height, transform: `scale(${scale})` }}
      />
    </div>
  )
}
