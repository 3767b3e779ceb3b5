/// <reference types="@shopify/ui-extensions/customer-account.page.render" />
import '@shopify/ui-extensions/preact'
import type { Api } from '@shopify/ui-extensions/customer-account.page.render'
import { render } from 'preact'
import { useRef, useState } from 'preact/hooks'
import type { CaseStatus, Snapshot } from '../../shared/src/api.ts'
import { needsShopper } from '../../shared/src/needs-shopper.ts'
import { useSnapshot } from '../../shared/src/useSnapshot.ts'
import { t } from '../../shared/src/words.ts'
import { CaseSection } from './CaseSection.tsx'

declare const shopify: Api

export default async () => {
  render(<RecoveryPage />, document.body)
}

/** Every failing subscription of this shopper on one calm page. */
function RecoveryPage() {
  const state = useSnapshot()
  const { snapshot, failed } = state
  const [again, setAgain] = useState(false)
  const intro = setting('intro')
  // One question a visit: the answer to it must not bring up the next.
  const asked = useRef<string | null>(null)
  asked.current ??= snapshot && caseToAskAbout(snapshot)

  function loadAgain() {
    setAgain(true)
    void state.reload().then(() => setAgain(false))
  }
  return (
    <s-page heading={t('page.title')}>
      <s-button slot="breadcrumb-actions" href="shopify:customer-account/orders">
        {t('page.orders')}
      </s-button>
      <s-stack gap="large">
        {intro && <s-paragraph>{intro}</s-paragraph>}
        {failed && (
          <s-banner tone="warning" heading={t('error.load')}>
            <s-button onClick={loadAgain} loading={again}>
              {t('error.again')}
            </s-button>
          </s-banner>
        )}
        {!snapshot && !failed && <Loading />}
        {snapshot && <Overview snapshot={snapshot} />}
        {snapshot?.cases.map((each) => (
          <CaseSection
            key={each.id}
            case={each}
            snapshot={snapshot}
            state={state}
            asks={each.id === asked.current}
          />
        ))}
        {snapshot && <Footer snapshot={snapshot} />}
      </s-stack>
    </s-page>
  )
}

/** Nobody is asked how it was while another payment is still open. */
function caseToAskAbout({ cases }: Snapshot): string | null {
  if (cases.some(({ status }) => OPEN.has(status))) return null
  return cases.find(({ feedback, actions }) => feedback && actions.feedback.allowed)?.id ?? null
}

const OPEN = new Set<CaseStatus>(['failing', 'confirm', 'pending'])

function Loading() {
  return (
    <s-section accessibilityLabel={t('page.loading')}>
      <s-skeleton-paragraph />
      <s-skeleton-paragraph />
    </s-section>
  )
}

function Overview({ snapshot }: { snapshot: Snapshot }) {
  if (snapshot.cases.length === 0) return <s-paragraph>{t('page.none')}</s-paragraph>
  const waiting = snapshot.cases.filter(needsShopper).length
  if (waiting < 2) return null
  return <s-paragraph>{t('page.waiting', { count: waiting })}</s-paragraph>
}

function Footer({ snapshot: { policy, contact, shopName } }: { snapshot: Snapshot }) {
  const help = setting('help_url')
  return (
    <s-stack gap="small">
      {policy && <Terms {...{ policy, shopName }} />}
      {contact && (
        <s-paragraph>
          {t('page.contact', { shop: shopName })}{' '}
          <s-link href={`mailto:${contact}`}>{contact}</s-link>
        </s-paragraph>
      )}
      {help && (
        <s-link href={help} target="_blank">
          {t('page.help')}
        </s-link>
      )}
    </s-stack>
  )
}

function Terms({ policy, shopName }: { policy: Terms; shopName: string }) {
  const name = t('page.policy', { shop: shopName })
  if ('url' in policy)
    return (
      <s-link href={policy.url} target="_blank">
        {name}
      </s-link>
    )
  return (
    <s-stack gap="small">
      <s-paragraph>{name}</s-paragraph>
      {linesOf(policy.text).map((line) => (
        <s-paragraph key={line} color="subdued">
          {line}
        </s-paragraph>
      ))}
    </s-stack>
  )
}

type Terms = NonNullable<Snapshot['policy']>

/** Each once: a line that is there twice says nothing more. */
function linesOf(text: string): string[] {
  return [...new Set(text.split('\n').map((line) => line.trim()))].filter((line) => line !== '')
}

/** Settings are empty until the merchant saves them once. */
function setting(key: 'intro' | 'help_url'): string | null {
  const value = shopify.settings.value[key]
  return typeof value === 'string' && value !== '' ? value : null
}
