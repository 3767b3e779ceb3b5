/// <reference types="@shopify/ui-extensions/customer-account.order-index.block.render" />
import '@shopify/ui-extensions/preact'
import { render } from 'preact'
import { needsShopper } from '../../shared/src/needs-shopper.ts'
import { isOn, Notice, useCases } from './Notice.tsx'

export default async () => {
  render(isOn('in_order_list') ? <OrderListBlock /> : null, document.body)
}

function OrderListBlock() {
  return <Notice cases={useCases(needsShopper)} />
}
