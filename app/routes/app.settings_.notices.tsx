import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from '@remix-run/node'
import { useFetcher, useLoaderData } from '@remix-run/react'
import { TitleBar, useAppBridge } from '@shopify/app-bridge-react'
import {
  Badge,
  BlockStack,
  Box,
  Card,
  InlineStack,
  Page,
  Select,
  Text,
  TextField,
} from '@shopify/polaris'
import { useEffect } from 'react'
import { now } from '../clock.server.ts'
import { PageProblem } from '../components/PageProblem.tsx'
import { Section } from '../components/Section.tsx'
import { UnsavedBar } from '../components/UnsavedBar.tsx'
import { useDraft } from '../components/useDraft.ts'
import { db } from '../db.server.ts'
import { DAYS_BEFORE } from '../dunning/before-failure.ts'
import {
  latestNotices,
  type PreDunningErrors,
  preDunningForm,
  savePreDunning,
} from '../dunning/pre-dunning-settings.server.ts'
import { staffOf } from '../staff.server.ts'

export const meta: MetaFunction = () => [{ title: 'Notices before a charge · Reprise' }]

export async function loader({ request }: LoaderFunctionArgs) {
  const { shop } = await staffOf(request)
  return { form: preDunningForm(shop), latest: await latestNotices(db, shop, now()) }
}

export async function action({
  request,
}: ActionFunctionArgs): Promise<{ errors: PreDunningErrors | null }> {
  const { shop, actor } = await staffOf(request)
  const said = Object.fromEntries(await request.formData())
  return { errors: await savePreDunning(db, shop.shop, actor, said, now()) }
}

const ON_OFF = [
  { value: 'off', label: 'Off' },
  { value: 'on', label: 'On' },
]

export default function EarlyNotices() {
  const page = useLoaderData<typeof loader>()
  const { values, dirty, set, reset } = useDraft(page.form)
  const saver = useFetcher<typeof action>()
  const shopify = useAppBridge()
  const errors = dirty ? (saver.data?.errors ?? {}) : {}

  useEffect(() => {
    if (saver.state === 'idle' && saver.data && !saver.data.errors) shopify.toast.show('Saved')
  }, [saver.state, saver.data, shopify])

  const onOff = (name: 'cardOn' | 'renewalOn') => (
    <Select
      label="Tell the shopper"
      options={ON_OFF}
      value={values[name]}
      onChange={(value) => set(name, value)}
    />
  )
  const days = (
    name: 'cardDays' | 'yearlyDays' | 'renewalDays',
    label: string,
    [min, max]: readonly [number, number],
    disabled: boolean,
  ) => (
    <TextField
      label={label}
      type="number"
      min={min}
      max={max}
      autoComplete="off"
      disabled={disabled}
      value={values[name]}
      onChange={(value) => set(name, value)}
      error={errors[name] ?? false}
    />
  )
  return (
    <Page
      title="Notices before a charge"
      backAction={{ content: 'Settings', url: '/app/settings' }}
    >
      <TitleBar title="Notices before a charge" />
      <UnsavedBar
        id="notices-save-bar"
        open={dirty}
        saving={saver.state !== 'idle'}
        onSave={() => saver.submit(values, { method: 'post' })}
        onDiscard={reset}
      />
      <Box paddingBlockEnd="500">
        <BlockStack gap="600">
          <Section
            title="Card ends before the next charge"
            about="Sent only where the saved card ends before the charge, once for a card. Nothing has failed, and the mail says nothing of the kind."
          >
            <Card>
              <BlockStack gap="400">
                {onOff('cardOn')}
                {days(
                  'cardDays',
                  'Days before the charge',
                  DAYS_BEFORE.card,
                  values.cardOn === 'off',
                )}
              </BlockStack>
            </Card>
          </Section>
          <Section
            title="A renewal comes up"
            about="Some laws ask for it before long plans renew. For yearly plans California names 15 to 45 days; ask your counsel which laws are yours."
          >
            <Card>
              <BlockStack gap="400">
                {onOff('renewalOn')}
                <Select
                  label="Plans"
                  options={[
                    { value: 'yearly', label: 'Yearly or rarer' },
                    { value: 'quarterly', label: 'Every three months or rarer' },
                    { value: 'monthly', label: 'Monthly or rarer' },
                    { value: 'all', label: 'All plans' },
                  ]}
                  disabled={values.renewalOn === 'off'}
                  value={values.plans}
                  onChange={(value) => set('plans', value)}
                />
                {days(
                  'yearlyDays',
                  'Days before the charge of a yearly plan',
                  DAYS_BEFORE.yearly,
                  values.renewalOn === 'off',
                )}
                {days(
                  'renewalDays',
                  'Days before the charge of other plans',
                  DAYS_BEFORE.renewal,
                  values.renewalOn === 'off' || values.plans === 'yearly',
                )}
              </BlockStack>
            </Card>
          </Section>
          <Section
            title="The latest"
            about="They count toward one message in 24 hours, keep your hours for e-mail, and never go to someone whose payment has failed."
          >
            <Card>
              {page.latest.length === 0 ? (
                <Text as="p" tone="subdued">
                  None so far. Once a night we look for charges that come up.
                </Text>
              ) : (
                <ul className="plain-list">
                  {page.latest.map((notice) => (
                    <li key={notice.id}>
                      <InlineStack align="space-between" gap="200">
                        <Text as="span" fontWeight="semibold">
                          {notice.what}
                        </Text>
                        <Badge {...(notice.tone ? { tone: notice.tone } : {})}>
                          {notice.state}
                        </Badge>
                      </InlineStack>
                      <Text as="p" breakWord>
                        {notice.about} · charge on {notice.charge}
                      </Text>
                      <Text as="p" tone="subdued" variant="bodySm" breakWord>
                        {notice.when}
                        {notice.reason ? ` · ${notice.reason}` : ''}
                      </Text>
                    </li>
                  ))}
                </ul>
              )}
            </Card>
          </Section>
        </BlockStack>
      </Box>
    </Page>
  )
}

export const ErrorBoundary = PageProblem
