import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from '@remix-run/node'
import { useFetcher, useLoaderData } from '@remix-run/react'
import { TitleBar, useAppBridge } from '@shopify/app-bridge-react'
import {
  Badge,
  Banner,
  BlockStack,
  Box,
  Button,
  Card,
  InlineStack,
  Page,
  Text,
  TextField,
} from '@shopify/polaris'
import { useEffect, useState } from 'react'
import { now } from '../clock.server.ts'
import { ConfirmModal } from '../components/ConfirmModal.tsx'
import { PageProblem } from '../components/PageProblem.tsx'
import { Section } from '../components/Section.tsx'
import { db } from '../db.server.ts'
import { env } from '../env.server.ts'
import { formatMoment } from '../insight/format.ts'
import type { DnsRecord } from '../messages/domain.ts'
import {
  addDomain,
  checkDomainNow,
  domainPage,
  removeDomain,
} from '../messages/sender-domain.server.ts'
import { staffOf } from '../staff.server.ts'

export const meta: MetaFunction = () => [{ title: 'Sending address · Reprise' }]

export async function loader({ request }: LoaderFunctionArgs) {
  const { shop } = await staffOf(request)
  const found = await domainPage(shop.shop)
  return {
    own: found && {
      ...found,
      checked: found.checkedAt
        ? `Last checked ${formatMoment(found.checkedAt, shop, now())}.`
        : 'Not checked yet.',
    },
    ours: env().MAIL_FROM,
    replyTo: shop.replyTo,
  }
}

type Answer = { intent: string; error: string | null }

export async function action({ request }: ActionFunctionArgs): Promise<Answer> {
  const { shop, actor } = await staffOf(request)
  const form = await request.formData()
  const intent = String(form.get('intent'))
  switch (intent) {
    case 'add': {
      const typed = String(form.get('domain') ?? '')
      return { intent, error: await addDomain(db, shop.shop, actor, typed, now()) }
    }
    case 'check':
      return { intent, error: await checkDomainNow(shop.shop, now()) }
    case 'remove':
      return { intent, error: await removeDomain(db, shop.shop, actor, now()) }
    default:
      throw new Response('There is no such action.', { status: 400 })
  }
}

export default function Sending() {
  const { own, ours, replyTo } = useLoaderData<typeof loader>()
  return (
    <Page title="Sending address" backAction={{ content: 'Settings', url: '/app/settings' }}>
      <TitleBar title="Sending address" />
      <Box paddingBlockEnd="500">
        <BlockStack gap="600">
          <Section
            title="What shoppers see"
            about="Mail from your own domain is trusted more. Answers go to your reply-to address in either case."
          >
            <Card>
              <BlockStack gap="200">
                <Text as="p">
                  Mails come from{' '}
                  <Text as="span" fontWeight="semibold">
                    {own?.valid ? own.address : (ours ?? 'no address: the operator has set none')}
                  </Text>
                  .
                </Text>
                <Text as="p" tone="subdued">
                  {replyTo
                    ? `Answers go to ${replyTo}.`
                    : 'Save a reply-to address in Settings, so that answers reach you.'}
                </Text>
              </BlockStack>
            </Card>
          </Section>
          <Section
            title="Your domain"
            about="A subdomain that you use for nothing else keeps these mails apart from your marketing, like notices.example.com."
          >
            {own ? <OwnDomain {...own} /> : <AddDomain />}
          </Section>
        </BlockStack>
      </Box>
    </Page>
  )
}

function AddDomain() {
  const fetcher = useFetcher<typeof action>()
  const [domain, setDomain] = useState('')
  const busy = fetcher.state !== 'idle'
  const error = busy ? null : fetcher.data?.error
  return (
    <Card>
      <fetcher.Form method="post">
        <input type="hidden" name="intent" value="add" />
        <BlockStack gap="400">
          <TextField
            label="Domain"
            name="domain"
            autoComplete="off"
            inputMode="url"
            placeholder="notices.example.com"
            value={domain}
            onChange={setDomain}
            error={error ?? false}
            helpText="You then get three entries to put into its DNS, where you bought it. Mails go on from our address until they are found."
          />
          <InlineStack>
            <Button submit variant="primary" loading={busy} disabled={domain.trim() === ''}>
              Show the DNS entries
            </Button>
          </InlineStack>
        </BlockStack>
      </fetcher.Form>
    </Card>
  )
}

function OwnDomain({
  domain,
  address,
  records,
  valid,
  problem,
  checked,
}: NonNullable<ReturnType<typeof useLoaderData<typeof loader>>['own']>) {
  const checker = useFetcher<typeof action>()
  const remover = useFetcher<typeof action>()
  const [removing, setRemoving] = useState(false)
  const shopify = useAppBridge()
  const error =
    (checker.state === 'idle' && checker.data?.error) ||
    (remover.state === 'idle' && remover.data?.error) ||
    problem

  useEffect(() => {
    if (checker.state === 'idle' && checker.data && !checker.data.error) {
      shopify.toast.show('Checked')
    }
  }, [checker.state, checker.data, shopify])

  return (
    <Card>
      <BlockStack gap="400">
        <InlineStack gap="200" blockAlign="center">
          <Text as="h3" variant="headingMd">
            {domain}
          </Text>
          <Badge tone={valid ? 'success' : 'attention'}>
            {valid ? 'In use' : 'Waiting for its DNS entries'}
          </Badge>
        </InlineStack>
        <Text as="p">
          {valid
            ? `Mails come from ${address}. The entries are looked at once a day; if they go, mails come from our address again and you get a task.`
            : 'Add these entries where the DNS of the domain is kept, exactly as they stand here. They take from minutes to a day to be seen; we look every hour. Until then mails come from our address.'}
        </Text>
        {error ? (
          <Banner tone="warning" title="Not confirmed">
            {error}
          </Banner>
        ) : null}
        <ul className="plain-list" aria-label="DNS entries">
          {records.map((record) => (
            <li key={record.key}>
              <Entry {...record} />
            </li>
          ))}
        </ul>
        <Text as="p" tone="subdued" variant="bodySm">
          Advised beside them, if your domain has none yet: a TXT entry for _dmarc.{domain} with
          “v=DMARC1; p=none”.
        </Text>
        <InlineStack gap="300" blockAlign="center">
          <checker.Form method="post">
            <input type="hidden" name="intent" value="check" />
            <Button
              submit
              {...(valid ? {} : { variant: 'primary' })}
              loading={checker.state !== 'idle'}
            >
              Check now
            </Button>
          </checker.Form>
          <Button
            tone="critical"
            variant="plain"
            loading={remover.state !== 'idle'}
            onClick={() => setRemoving(true)}
          >
            Remove the domain
          </Button>
          <Text as="span" tone="subdued" variant="bodySm">
            {checked}
          </Text>
        </InlineStack>
        <ConfirmModal
          id="remove-domain"
          open={removing}
          onClose={() => setRemoving(false)}
          title={`Remove ${domain}?`}
          confirm="Remove"
          onConfirm={() => {
            setRemoving(false)
            remover.submit({ intent: 'remove' }, { method: 'post' })
          }}
        >
          Mails come from our address at once. To use the domain again, new DNS entries are needed.
        </ConfirmModal>
      </BlockStack>
    </Card>
  )
}

function Entry({ type, host, data, valid, problem }: DnsRecord) {
  return (
    <BlockStack gap="200">
      <InlineStack gap="200" blockAlign="center">
        <Text as="span" fontWeight="semibold">
          {type}
        </Text>
        <Badge {...(valid ? { tone: 'success' } : valid === false ? { tone: 'attention' } : {})}>
          {valid ? 'Found' : valid === false ? 'Not found' : 'Not looked for yet'}
        </Badge>
      </InlineStack>
      <Copied label="Name" text={host} />
      <Copied label="Value" text={data} />
      {problem ? (
        <Text as="p" tone="subdued" variant="bodySm" breakWord>
          {problem}
        </Text>
      ) : null}
    </BlockStack>
  )
}

/** A text that is to be copied as it stands. */
function Copied({ label, text }: { label: string; text: string }) {
  const shopify = useAppBridge()
  return (
    <TextField
      label={label}
      value={text}
      readOnly
      autoComplete="off"
      monospaced
      selectTextOnFocus
      connectedRight={
        <Button
          accessibilityLabel={`Copy ${label.toLowerCase()} ${text}`}
          onClick={() =>
            navigator.clipboard.writeText(text).then(
              () => shopify.toast.show('Copied'),
              () => shopify.toast.show('Select the text and copy it', { isError: true }),
            )
          }
        >
          Copy
        </Button>
      }
    />
  )
}

export const ErrorBoundary = PageProblem
