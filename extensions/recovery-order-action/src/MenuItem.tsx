/// <reference types="@shopify/ui-extensions/customer-account.order.action.menu-item.render" />
import '@shopify/ui-extensions/preact'
import type { Api } from '@shopify/ui-extensions/customer-account.order.action.menu-item.render'
import { render } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { readState } from '../../shared/src/api.ts'
import { needsShopper } from '../../shared/src/needs-shopper.ts'
import { t } from '../../shared/src/words.ts'

declare const shopify: Api

export default async () => {
  render(<MenuItem />, document.body)
}

function MenuItem() {
  const [isWaiting, setIsWaiting] = useState(false)
  useEffect(() => {
    readState().then(
      ({ cases }) => setIsWaiting(cases.some(needsShopper)),
      () => {}, // the next visit asks again
    )
  }, [])
  if (!isWaiting) return null
  const own = shopify.settings.value.label
  return (
    <s-button href="extension:recovery-page/">
      {typeof own === 'string' && own !== '' ? own : t('label')}
    </s-button>
  )
}
