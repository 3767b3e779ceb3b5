import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from '@remix-run/node'
import { useFetcher, useLoaderData } from '@remix-run/react'
import { TitleBar, useAppBridge } from '@shopify/app-bridge-react'
import {
  Badge,
  BlockStack,
  Button,
  Card,
  ChoiceList,
  InlineError,
  InlineGrid,
  InlineStack,
  List,
  Page,
  Text,
  TextField,
} from '@shopify/polaris'
import { useEffect, useState } from 'react'
import { now } from '../clock.server.ts'
import { FrozenNotice } from '../components/FrozenNotice.tsx'
import { OldFailures } from '../components/OldFailures.tsx'
import { PageProblem } from '../components/PageProblem.tsx'
import { TestMail } from '../components/TestMail.tsx'
import { db } from '../db.server.ts'
import {
  answerOtherNotices,
  type SettingsErrors,
  saveSender,
  sendTestMail,
  startRecovering,
  whatIsMissing,
} from '../dunning/settings.server.ts'
import { formatMoment } from '../insight/format.ts'
import { frozenCases } from '../insight/frozen.server.ts'
import { oldFailures } from '../insight/old-failures.server.ts'
import { installNow, staffOf } from '../staff.server.ts'

export const meta: MetaFunction = () => [{ title: 'Set up · Reprise' }]

export async function loader({ request }: LoaderFunctionArgs) {
  const { shop: known } = await staffOf(request)
  // The first subscription may have been made since the app was installed.
  const shop = known.ownsContracts ? known : await installNow(known.shop)
  return {
    started: shop.recoveryStartedAt !== null,
    ownsContracts: shop.ownsContracts,
    otherNotices: shop.otherNoticesOffAt ? ('off' as const) : null,
    senderName: shop.senderName ?? '',
    replyTo: shop.replyTo ?? '',
    testMailTo: shop.email,
    testMailSent: shop.testMailSentAt
      ? `Last sent ${formatMoment(shop.testMailSentAt, shop, now())}.`
      : null,
    missing: whatIsMissing(shop),
    frozen: await frozenCases(db, shop),
    oldFailures: await oldFailures(db, shop, now()),
  }
}

type Answer = { intent: string; errors: SettingsErrors | null; error: string | null }

export async function action({ request }: ActionFunctionArgs): Promise<Answer | Response> {
  const { shop, actor, redirect } = await staffOf(request)
  const { intent: wanted, ...said } = Object.fromEntries(await request.formData())
  const intent = String(wanted)
  const done = { intent, errors: null, error: null }
  switch (intent) {
    case 'check_again': {
      const { ownsContracts } = await installNow(shop.shop)
      return ownsContracts
        ? done
        : { ...done, error: 'Shopify still shows this app no subscription of this shop.' }
    }
    case 'other_notices':
      await answerOtherNotices(db, shop.shop, actor, said.otherNotices === 'off', now())
      return done
    case 'sender':
      return { ...done, errors: await saveSender(db, shop.shop, actor, said, now()) }
    case 'test_mail':
      return { ...done, error: await sendTestMail(db, shop, actor, now()) }
    case 'start': {
      const error = await startRecovering(db, shop, actor, now())
      return error ? { ...done, error } : redirect('/app')
    }
    default:
      throw new Response('There is no such action.', { status: 400 })
  }
}

export default function Welcome() {
  const page = useLoaderData<typeof loader>()
  return (
    <Page
      narrowWidth
      title="Set up Reprise"
      subtitle="Nothing is charged and nobody is written to before you press “Start recovering”."
      secondaryActions={[
        { content: page.started ? 'Go to Home' : 'Set up later', url: '/app?later=1' },
      ]}
    >
      <TitleBar title="Set up" />
      <BlockStack gap="400">
        <FrozenNotice frozen={page.frozen} />
        <Allowed ownsContracts={page.ownsContracts} />
        {page.ownsContracts ? (
          <>
            <OtherNotices answer={page.otherNotices} />
            <Sender
              senderName={page.senderName}
              replyTo={page.replyTo}
              to={page.testMailTo}
              sent={page.testMailSent}
            />
            <Start started={page.started} missing={page.missing} />
            <OldFailures failures={page.oldFailures} />
          </>
        ) : null}
      </BlockStack>
    </Page>
  )
}

function StepCard({
  number,
  title,
  done,
  children,
}: {
  number: number
  title: string
  done: boolean
  children: React.ReactNode
}) {
  return (
    <Card>
      <BlockStack gap="300">
        <InlineStack gap="200" blockAlign="center">
          <Text as="h2" variant="headingMd">
            {number}. {title}
          </Text>
          {done ? <Badge tone="success">Done</Badge> : null}
        </InlineStack>
        {children}
      </BlockStack>
    </Card>
  )
}

function Allowed({ ownsContracts }: { ownsContracts: boolean }) {
  const fetcher = useFetcher<Answer>()
  const busy = fetcher.state !== 'idle'
  if (ownsContracts) {
    return (
      <StepCard number={1} title="What Shopify allows here" done>
        <Text as="p">
          Shopify shows this app the subscriptions made under its own client id, and lets it charge
          those. It found some in this shop.
        </Text>
        <List>
          <List.Item>The first charge of each cycle stays with whoever makes it today.</List.Item>
          <List.Item>
            When that charge fails, Reprise retries it and writes to the shopper.
          </List.Item>
          <List.Item>Billing dates are never changed.</List.Item>
        </List>
      </StepCard>
    )
  }
  return (
    <StepCard number={1} title="What Shopify allows here" done={false}>
      <Text as="p">
        Reprise cannot recover payments in this shop at present. Shopify shows an app only the
        subscriptions that were made under that app’s own client id, and it found none here.
      </Text>
      <Text as="p">
        Subscriptions of another app stay with that app: no other app may see or charge them,
        however it is set up. If your own subscription app should use Reprise, it has to run under
        the same client id.
      </Text>
      <fetcher.Form method="post">
        <input type="hidden" name="intent" value="check_again" />
        <InlineStack>
          <Button id="check-again" submit loading={busy}>
            Check again
          </Button>
        </InlineStack>
      </fetcher.Form>
      {fetcher.data?.error && !busy ? (
        <InlineError message={fetcher.data.error} fieldID="check-again" />
      ) : null}
    </StepCard>
  )
}

function OtherNotices({ answer }: { answer: 'off' | null }) {
  const fetcher = useFetcher<Answer>()
  const chosen = String(fetcher.formData?.get('otherNotices') ?? answer ?? '')
  return (
    <StepCard number={2} title="Are other failure notices turned off?" done={answer === 'off'}>
      <Text as="p" tone="subdued">
        Shopify or your subscription app may write to shoppers about failed payments too. Turn those
        notices off there, so that nobody gets two.
      </Text>
      <ChoiceList
        title="Other notices about failed payments"
        titleHidden
        choices={[
          { value: 'off', label: 'Yes, they are turned off' },
          { value: 'on', label: 'Not yet' },
        ]}
        selected={chosen === '' ? [] : [chosen]}
        onChange={([otherNotices = 'on']) =>
          fetcher.submit({ intent: 'other_notices', otherNotices }, { method: 'post' })
        }
      />
    </StepCard>
  )
}

function Sender(saved: {
  senderName: string
  replyTo: string
  to: string | null
  sent: string | null
}) {
  const fetcher = useFetcher<Answer>()
  const shopify = useAppBridge()
  const [senderName, setSenderName] = useState(saved.senderName)
  const [replyTo, setReplyTo] = useState(saved.replyTo)
  const changed = senderName !== saved.senderName || replyTo !== saved.replyTo
  const errors = fetcher.data?.errors ?? {}

  useEffect(() => {
    if (fetcher.state === 'idle' && fetcher.data && !fetcher.data.errors) {
      shopify.toast.show('Sender saved')
    }
  }, [fetcher.state, fetcher.data, shopify])

  return (
    <StepCard
      number={3}
      title="Who the notices come from"
      done={saved.senderName !== '' && saved.replyTo !== ''}
    >
      <fetcher.Form method="post" noValidate>
        <input type="hidden" name="intent" value="sender" />
        <BlockStack gap="300">
          <InlineGrid columns={{ xs: 1, sm: 2 }} gap="300">
            <TextField
              label="Sender name"
              name="senderName"
              autoComplete="organization"
              value={senderName}
              onChange={setSenderName}
              error={errors.senderName ?? false}
            />
            <TextField
              label="Reply-to address"
              name="replyTo"
              type="email"
              autoComplete="email"
              value={replyTo}
              onChange={setReplyTo}
              error={errors.replyTo ?? false}
            />
          </InlineGrid>
          <InlineStack>
            <Button submit disabled={!changed} loading={fetcher.state !== 'idle'}>
              Save sender
            </Button>
          </InlineStack>
        </BlockStack>
      </fetcher.Form>
      <TestMail
        to={saved.to}
        sent={saved.sent}
        blocked={
          changed
            ? 'Save the sender first.'
            : saved.replyTo === ''
              ? 'Enter and save a reply-to address first.'
              : null
        }
      />
    </StepCard>
  )
}

function Start({ started, missing }: { started: boolean; missing: string | null }) {
  const fetcher = useFetcher<Answer>()
  const error = fetcher.state === 'idle' ? fetcher.data?.error : null
  return (
    <StepCard number={4} title="Start recovering" done={started}>
      <Text as="p">
        From then on each failed renewal opens a case and follows your default sequence. Failures
        from before are left alone until you decide about them. One switch in Settings stops
        everything again.
      </Text>
      {started ? (
        <Text as="p">Recovery is on.</Text>
      ) : (
        <fetcher.Form method="post">
          <input type="hidden" name="intent" value="start" />
          <InlineStack gap="300" blockAlign="center">
            <Button
              id="start"
              submit
              variant="primary"
              disabled={missing !== null}
              loading={fetcher.state !== 'idle'}
            >
              Start recovering
            </Button>
            {missing ? (
              <Text as="span" tone="subdued">
                {missing}
              </Text>
            ) : null}
          </InlineStack>
        </fetcher.Form>
      )}
      {error ? <InlineError message={error} fieldID="start" /> : null}
    </StepCard>
  )
}

export const ErrorBoundary = PageProblem
