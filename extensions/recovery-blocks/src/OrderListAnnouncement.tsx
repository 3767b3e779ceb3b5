/// <reference types="@shopify/ui-extensions/customer-account.order-index.announcement.render" />
import '@shopify/ui-extensions/preact'
import { render } from 'preact'
import { needsShopper } from '../../shared/src/needs-shopper.ts'
import { t } from '../../shared/src/words.ts'
import { PAGE, useCases } from './Notice.tsx'

export default async () => {
  render(<Announcement />, document.body)
}

function Announcement() {
  const cases = useCases(needsShopper)
  if (cases.length === 0) return null
  return (
    <s-announcement>
      <s-text>{t('heading.waiting', { count: cases.length })}</s-text>{' '}
      <s-link href={PAGE}>{t('do.open')}</s-link>
    </s-announcement>
  )
}
