import type { StandardApi } from '@shopify/ui-extensions/customer-account'
import { t } from '../../shared/src/words.ts'

declare const shopify: Pick<StandardApi, 'toast'>

/** Good news only: a toast goes away by itself. */
export function showDone(key: string): void {
  void shopify.toast.show(t(key)).catch(() => {})
}
