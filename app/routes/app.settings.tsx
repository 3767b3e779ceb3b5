import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from '@remix-run/node'
import { useFetcher, useLoaderData } from '@remix-run/react'
import { useAppBridge } from '@shopify/app-bridge-react'
import {
  BlockStack,
  Button,
  Card,
  ChoiceList,
  InlineGrid,
  InlineStack,
  Select,
  Text,
  TextField,
} from '@shopify/polaris'
import { useEffect } from 'react'
import { now } from '../clock.server.ts'
import { PageProblem } from '../components/PageProblem.tsx'
import { Screen } from '../components/Screen.tsx'
import { Section } from '../components/Section.tsx'
import { TestMail } from '../components/TestMail.tsx'
import { UnsavedBar } from '../components/UnsavedBar.tsx'
import { useDraft } from '../components/useDraft.ts'
import { db } from '../db.server.ts'
import {
  answerOtherNotices,
  type SettingsErrors,
  saveSettings,
  sendTestMail,
  setStopped,
} from '../dunning/settings.server.ts'
import { allowCollections } from '../insight/collections.server.ts'
import { formatMoment, zoneWord } from '../insight/format.ts'
import { actorWord } from '../insight/words.ts'
import { optInSentence } from '../messages/opt-in.ts'
import { smsIsSetUp } from '../messages/sms.server.ts'
import { operatorStop } from '../place.server.ts'
import { offerSmallerOrders } from '../shopper/smaller-orders.server.ts'
import {
  type StaffMailErrors,
  saveStaffMail,
  staffMailForm,
  wrongInStaffMail,
} from '../staff/mail-settings.server.ts'
import { staffOf } from '../staff.server.ts'

export const meta: MetaFunction = () => [{ title: 'Settings · Reprise' }]

export async function loader({ request }: LoaderFunctionArgs) {
  const { shop } = await staffOf(request)
  return {
    form: {
      senderName: shop.senderName ?? '',
      replyTo: shop.replyTo ?? '',
      emailFromHour: String(shop.emailFromHour),
      emailUntilHour: String(shop.emailUntilHour),
      otherNotices: shop.otherNoticesOffAt ? 'off' : 'on',
      smsOn: shop.smsOn ? 'on' : 'off',
      smallerOrders: shop.smallerOrders ? 'on' : 'off',
      collections: shop.collectionsExport ? 'on' : 'off',
      ...staffMailForm(shop),
    },
    currency: shop.currency,
    zone: zoneWord(shop.zone),
    started: shop.recoveryStartedAt !== null,
    stopped: shop.stoppedAt
      ? `Since ${formatMoment(shop.stoppedAt, shop, now())} (${zoneWord(shop.zone)}), by ${actorWord(shop.stoppedBy ?? 'your staff')}.`
      : null,
    operatorStopped: operatorStop() !== null,
    smsSetUp: smsIsSetUp(),
    optIn: optInSentence(shop.senderName ?? shop.name),
    testMailTo: shop.email,
    testMailSent: shop.testMailSentAt
      ? `Last sent ${formatMoment(shop.testMailSentAt, shop, now())}.`
      : null,
  }
}

type Answer = {
  intent: string
  errors: (SettingsErrors & StaffMailErrors) | null
  /** What went wrong with a button; null when it worked. */
  error: string | null
}

export async function action({ request }: ActionFunctionArgs): Promise<Answer> {
  const { shop, actor } = await staffOf(request)
  const { intent: wanted, ...said } = Object.fromEntries(await request.formData())
  const intent = String(wanted)
  const done = { intent, errors: null, error: null }
  switch (intent) {
    case 'save': {
      const errors =
        wrongInStaffMail(said) ?? (await saveSettings(db, shop.shop, actor, said, now()))
      if (errors) return { ...done, errors }
      await saveStaffMail(db, shop, actor, said, now())
      await allowCollections(db, shop, actor, said.collections === 'on', now())
      await offerSmallerOrders(db, shop, actor, said.smallerOrders === 'on', now())
      const off = said.otherNotices === 'off'
      if (off !== (shop.otherNoticesOffAt !== null)) {
        await answerOtherNotices(db, shop.shop, actor, off, now())
      }
      return done
    }
    case 'stop':
    case 'resume':
      await setStopped(db, shop.shop, actor, intent === 'stop', now())
      return done
    case 'test_mail':
      return { ...done, error: await sendTestMail(db, shop, actor, now()) }
    default:
      throw new Response('There is no such action.', { status: 400 })
  }
}

export default function Settings() {
  const page = useLoaderData<typeof loader>()
  const { values, dirty, set, reset } = useDraft(page.form)
  const saver = useFetcher<typeof action>()
  const shopify = useAppBridge()
  const saving = saver.state !== 'idle'
  const errors = dirty ? (saver.data?.errors ?? {}) : {}

  useEffect(() => {
    if (saver.state === 'idle' && saver.data && !saver.data.errors) {
      shopify.toast.show('Settings saved')
    }
  }, [saver.state, saver.data, shopify])

  return (
    <Screen title="Settings">
      <UnsavedBar
        id="settings-save-bar"
        open={dirty}
        saving={saving}
        onSave={() => saver.submit({ ...values, intent: 'save' }, { method: 'post' })}
        onDiscard={reset}
      />
      <BlockStack gap="600">
        <Section
          title="Stop switch"
          about="Stops every charge and every notice of this shop at once. Failures are still received and kept."
        >
          <StopSwitch
            started={page.started}
            stopped={page.stopped}
            operatorStopped={page.operatorStopped}
          />
        </Section>
        <Section
          title="Sender"
          about="What shoppers see beside the sender address, and where their answers go. A person should read them."
        >
          <BlockStack gap="400">
            <Card>
              <BlockStack gap="400">
                <TextField
                  label="Sender name"
                  autoComplete="organization"
                  value={values.senderName}
                  onChange={(value) => set('senderName', value)}
                  error={errors.senderName ?? false}
                />
                <TextField
                  label="Reply-to address"
                  type="email"
                  autoComplete="email"
                  value={values.replyTo}
                  onChange={(value) => set('replyTo', value)}
                  error={errors.replyTo ?? false}
                />
                <InlineStack>
                  <Button url="/app/settings/sending">Send from your own domain</Button>
                </InlineStack>
              </BlockStack>
            </Card>
            <Card>
              <TestMail
                to={page.testMailTo}
                sent={page.testMailSent}
                blocked={dirty ? 'Save your changes first.' : null}
              />
            </Card>
          </BlockStack>
        </Section>
        <Section
          title="Hours for e-mail"
          about="In the shopper’s time zone. A notice that comes due outside these hours waits for the next morning."
        >
          <Card>
            <InlineGrid columns={{ xs: 1, sm: 2 }} gap="400">
              <Select
                label="From"
                options={hours(0, 23)}
                value={values.emailFromHour}
                onChange={(value) => set('emailFromHour', value)}
                error={errors.emailFromHour ?? false}
              />
              <Select
                label="Until"
                options={hours(1, 24)}
                value={values.emailUntilHour}
                onChange={(value) => set('emailUntilHour', value)}
                error={errors.emailUntilHour ?? false}
              />
            </InlineGrid>
          </Card>
        </Section>
        <Section
          title="Before a charge"
          about="Told while nothing has failed: a card that ends before its next charge, and renewals of long plans."
        >
          <Card>
            <InlineStack>
              <Button url="/app/settings/notices">Notices before a charge</Button>
            </InlineStack>
          </Card>
        </Section>
        <Section
          title="Text messages"
          about="Only to shoppers who agreed to texts of your shop in Shopify, between 9:00 and 20:00 of their time, on Sundays from noon, and within the hours of their state. STOP ends them."
        >
          <Card>
            <BlockStack gap="300">
              <Select
                label="Texts of your sequences"
                options={[
                  { value: 'off', label: 'Not sent' },
                  { value: 'on', label: 'Sent' },
                ]}
                value={values.smsOn}
                onChange={(value) => set('smsOn', value)}
                helpText={
                  page.smsSetUp
                    ? 'At most two for a case, and never two messages within a day.'
                    : 'The operator of this app has not set up a sender for texts yet, so none is sent.'
                }
              />
              <TextField
                label="What shoppers agree to"
                autoComplete="off"
                multiline={3}
                readOnly
                value={page.optIn}
                helpText="Put this beside the box where shoppers agree to texts, in the checkout or on a form of yours."
              />
            </BlockStack>
          </Card>
        </Section>
        <Section
          title="What shoppers can choose"
          about="On the page that each notice leads to, and in their account, shoppers can pay now, pick another day, skip the order or pause."
        >
          <Card>
            <Select
              label="Shoppers may take less of one order"
              options={[
                { value: 'off', label: 'No' },
                { value: 'on', label: 'Yes, when money is short' },
              ]}
              value={values.smallerOrders}
              onChange={(value) => set('smallerOrders', value)}
              helpText="They choose fewer pieces or leave a line out, and that smaller order is charged and sent. Only this one order changes; the subscription and later orders stay whole. Keep it off if you sell sets or boxes whose parts belong together."
            />
          </Card>
        </Section>
        <Section
          title="Mail to your staff"
          about="What waits for a person, sent to you: never to shoppers. Nothing is sent until you choose it."
        >
          <Card>
            <BlockStack gap="400">
              <Select
                label="Digest: open tasks, money at risk and recovered"
                options={[
                  { value: 'off', label: 'Off' },
                  { value: 'daily', label: 'Every day at 8:00' },
                  { value: 'weekly', label: 'Mondays at 8:00' },
                ]}
                value={values.digest}
                onChange={(value) => set('digest', value)}
                helpText={`By ${page.zone}. Not sent when there is nothing to tell.`}
              />
              <TextField
                label="Send to"
                type="email"
                autoComplete="email"
                value={values.alertsTo}
                onChange={(value) => set('alertsTo', value)}
                error={errors.alertsTo ?? false}
                helpText={
                  page.testMailTo
                    ? `Empty: to the shop’s own address, ${page.testMailTo}.`
                    : 'Shopify gave no address of the shop: enter one.'
                }
              />
              <Select
                label="When recovery is held back, or something could not be handled"
                options={[
                  { value: 'off', label: 'No mail' },
                  { value: 'on', label: 'Mail at once, at most one an hour' },
                ]}
                value={values.alertsOn}
                onChange={(value) => set('alertsOn', value)}
              />
              <TextField
                label={`Mail at once when a renewal fails from (${page.currency})`}
                inputMode="decimal"
                autoComplete="off"
                value={values.alertAbove}
                onChange={(value) => set('alertAbove', value)}
                error={errors.alertAbove ?? false}
                helpText="Empty: no such mail."
              />
            </BlockStack>
          </Card>
        </Section>
        <Section
          title="Other failure notices"
          about="Shopify or your subscription app may write to shoppers about failed payments too. Two senders confuse them."
        >
          <Card>
            <ChoiceList
              title="Are other notices about failed payments turned off?"
              choices={[
                { value: 'off', label: 'Yes, only Reprise writes' },
                { value: 'on', label: 'No, or I am not sure' },
              ]}
              selected={[values.otherNotices]}
              onChange={([chosen]) => chosen && set('otherNotices', chosen)}
            />
          </Card>
        </Section>
        <Section
          title="What is still owed"
          about="The last step of all, for goods that were shipped and never paid. Collecting debts has laws of its own: ask your counsel before you hand anyone on."
        >
          <Card>
            <Select
              label="Export for collection (CSV), on the page Recoveries"
              options={[
                { value: 'off', label: 'Off' },
                { value: 'on', label: 'On' },
              ]}
              value={values.collections}
              onChange={(value) => set('collections', value)}
              helpText="Holds only cases whose final action left the order open, after a last notice went out. Each export is recorded."
            />
          </Card>
        </Section>
      </BlockStack>
    </Screen>
  )
}

function StopSwitch({
  started,
  stopped,
  operatorStopped,
}: {
  started: boolean
  stopped: string | null
  operatorStopped: boolean
}) {
  const fetcher = useFetcher<typeof action>()
  const busy = fetcher.state !== 'idle'
  const intent = stopped ? 'resume' : 'stop'
  return (
    <Card>
      <fetcher.Form method="post">
        <input type="hidden" name="intent" value={intent} />
        <BlockStack gap="300">
          <div aria-live="polite">
            <Text as="h3" variant="headingLg">
              {stopped
                ? 'Stopped: nothing is charged or sent'
                : started
                  ? 'Running'
                  : 'Not started yet'}
            </Text>
          </div>
          {stopped ? <Text as="p">{stopped}</Text> : null}
          {operatorStopped ? (
            <Text as="p">
              The operator of this app has stopped all shops as well. Only the operator can lift
              that.
            </Text>
          ) : null}
          <InlineStack>
            {stopped ? (
              <Button submit size="large" variant="primary" loading={busy}>
                Let charges and notices go on
              </Button>
            ) : (
              <Button submit size="large" tone="critical" variant="primary" loading={busy}>
                Stop all charges and notices
              </Button>
            )}
          </InlineStack>
          <Text as="p" tone="subdued" variant="bodySm">
            {stopped
              ? 'Steps that came due meanwhile follow one by one, under the same limits as ever.'
              : 'Works at once. You can turn it back at any time.'}
          </Text>
        </BlockStack>
      </fetcher.Form>
    </Card>
  )
}

function hours(least: number, most: number): { value: string; label: string }[] {
  return Array.from({ length: most - least + 1 }, (_, i) => {
    const hour = least + i
    return { value: String(hour), label: `${String(hour).padStart(2, '0')}:00` }
  })
}

export const ErrorBoundary = PageProblem
