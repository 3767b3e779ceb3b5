/** Plays a plan that may still be in the making: what can be played is, and the rest answers nothing. Pure. */

import type { GuardRailContext } from '../dunning/guard-rails.ts'
import { type Preview, previewCase } from '../dunning/preview.ts'
import type { Sequence } from '../dunning/types.ts'
import { imaginedFrom, type ShopperForm } from './imagined-shopper.ts'
import { isPlayable } from './plan-checks.ts'

/** Null: a number is missing, in the plan or in what is known of the shopper. */
export function played(
  plan: Sequence,
  shopper: ShopperForm,
  context: GuardRailContext,
  place: { locale: string; currency: string },
): Preview | null {
  const imagined = imaginedFrom(shopper, context, place.currency)
  if (!imagined || !isPlayable(plan)) return null
  return previewCase(plan, { ...imagined, locale: place.locale })
}
