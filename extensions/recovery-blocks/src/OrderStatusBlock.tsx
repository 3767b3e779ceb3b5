/// <reference types="@shopify/ui-extensions/customer-account.order-status.block.render" />
import '@shopify/ui-extensions/preact'
import type { Api } from '@shopify/ui-extensions/customer-account.order-status.block.render'
import { render } from 'preact'
import { needsShopper } from '../../shared/src/needs-shopper.ts'
import { t } from '../../shared/src/words.ts'
import { isOn, Notice, useCases } from './Notice.tsx'

declare const shopify: Api

export default async () => {
  render(isOn('in_order_status') ? <OrderStatusBlock /> : null, document.body)
}

function OrderStatusBlock() {
  const cases = useCases(needsShopper)
  if (shopify.authenticationState.value === 'fully_authenticated') return <Notice cases={cases} />
  // Opened from a mail, without a login: no product, no amount, only the way in.
  return (
    <Notice cases={cases}>
      <s-paragraph>{t('login.means')}</s-paragraph>
      <s-button onClick={() => void shopify.requireLogin()}>{t('login.do')}</s-button>
    </Notice>
  )
}
