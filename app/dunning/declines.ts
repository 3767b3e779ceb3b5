/**
 * Why a charge failed, in our words: every decline code of Shopify's Admin API 2026-10 with its class and its lane,
 * and what each refusal to create an attempt means for the case.
 *
 * A decline is an attempt that ran and failed. A refusal is an attempt that Shopify would not create: nothing was
 * tried, so it uses no rung and no cap.
 */

import type { Decline, DeclineClass, DeclineFamily, Lane } from './types.ts'

type Known = { class: DeclineClass; family: Exclude<DeclineFamily, null>; meaning: string }

/**
 * Turns what Shopify said into a decline. Webhooks send codes in lower snake case, the Admin API in upper case.
 *
 * A code we do not know is never taken for a harmless one. The typed family decides: Unexpected is technical, General
 * and Inventory wait for staff, Payment gets one late retry (the UNKNOWN lane), an unreadable family waits for staff.
 */
export function declineFrom(rawCode: string | null, family: DeclineFamily): Decline {
  const code = rawCode?.trim().toUpperCase() || null
  if (code === null) {
    // Only the Unexpected member of the error union comes without a code.
    if (family === 'unexpected') {
      return { code: 'UNEXPECTED_ERROR', family, class: 'TECH', unknown: false }
    }
    return { code: 'NO_CODE', family, class: classOfFamily(family), unknown: true }
  }
  const known = knownDecline(code)
  if (known) return { code, family: family ?? known.family, class: known.class, unknown: false }
  return { code, family, class: classOfFamily(family), unknown: true }
}

/** The part of a sequence that answers this decline. */
export function laneFor(decline: Decline): Lane {
  if (decline.unknown && decline.family === 'payment') return 'UNKNOWN'
  if (isStockCode(decline.code)) return 'STOCK'
  // A paid invoice is closed as paid before any step of a lane could run; staff see it if that cannot be shown.
  if (decline.class === 'PAID') return 'MERCHANT'
  return decline.class
}

/** The product, not the payment, is what is missing: these have a ladder of their own. */
export function isStockCode(code: string | null): boolean {
  return code !== null && STOCK_CODES.has(code)
}

/** The family a code we know belongs to, else null. */
export function familyOf(code: string): DeclineFamily {
  return knownDecline(code)?.family ?? null
}

/** One plain sentence for staff. An unknown code is shown as it came. */
export function meaningOf(code: string): string {
  return (
    knownDecline(code)?.meaning ??
    `Shopify gave the reason ${code}, which this version of Reprise does not know yet.`
  )
}

/** All codes of one class, in the order of the table. */
export function codesOfClass(wanted: DeclineClass): string[] {
  return KNOWN_CODES.filter((code) => knownDecline(code)?.class === wanted)
}

/** The class of a code we know, else null. */
export function classOfCode(code: string): DeclineClass | null {
  return knownDecline(code)?.class ?? null
}

function knownDecline(code: string): Known | undefined {
  return Object.hasOwn(DECLINES, code) ? DECLINES[code] : undefined
}

function classOfFamily(family: DeclineFamily): DeclineClass {
  switch (family) {
    case 'unexpected':
      return 'TECH'
    case 'payment':
      // The caps of a bounded soft decline; `unknown` sends it to its own lane with a single retry.
      return 'ISSUER'
    default:
      return 'MERCHANT'
  }
}

/**
 * All 59 codes of SubscriptionBillingAttemptErrorCode, Admin API 2026-10. The class is our ruling where sources differ:
 * AMOUNT_TOO_LARGE is the method's limit, so the same method cannot pass; GENERIC_ERROR often hides an issuer's
 * decline; MERCHANT_RULE will refuse again; RETRY_DECLINED means that the processor blocks further tries;
 * CANCELLED_PAYMENT leaves the intent unclear, so there is no blind retry; DO_NOT_HONOR is soft but bounded.
 */
const DECLINES: Record<string, Known> = {
  INSUFFICIENT_FUNDS: {
    class: 'FUNDS',
    family: 'payment',
    meaning: 'There was not enough money on the account.',
  },
  TRANSACTION_LIMIT_EXCEEDED: {
    class: 'FUNDS',
    family: 'payment',
    meaning: 'The charge would pass a spending limit of the card holder.',
  },

  CARD_DECLINED: {
    class: 'ISSUER',
    family: 'payment',
    meaning: 'The bank declined the card and did not say why.',
  },
  PAYMENT_METHOD_DECLINED: {
    class: 'ISSUER',
    family: 'payment',
    meaning: 'The payment method was declined and no reason was given.',
  },
  DO_NOT_HONOR: {
    class: 'ISSUER',
    family: 'payment',
    meaning: 'The bank refused the charge without a reason; it may pass on another day.',
  },
  CALL_ISSUER: {
    class: 'ISSUER',
    family: 'payment',
    meaning: 'The bank wants the card holder to call it before it approves the charge.',
  },
  GENERIC_ERROR: {
    class: 'ISSUER',
    family: 'payment',
    meaning: 'The payment failed for a reason nobody named, most often a decline by the bank.',
  },

  PROCESSING_ERROR: {
    class: 'TECH',
    family: 'payment',
    meaning: 'The payment provider could not process the charge; the card is not to blame.',
  },
  PAYMENT_PROVIDER_ERROR: {
    class: 'TECH',
    family: 'payment',
    meaning: 'The payment provider had a fault of its own.',
  },
  TRANSIENT_ERROR: {
    class: 'TECH',
    family: 'payment',
    meaning: 'A passing fault stopped the charge.',
  },
  UNEXPECTED_ERROR: {
    class: 'TECH',
    family: 'unexpected',
    meaning: 'Shopify met a fault that it did not expect.',
  },
  PAYPAL_ERROR_GENERAL: {
    class: 'TECH',
    family: 'payment',
    meaning: 'PayPal could not handle the charge and gave no closer reason.',
  },

  EXPIRED_CARD: { class: 'CARD', family: 'payment', meaning: 'The card has expired.' },
  EXPIRED_PAYMENT_METHOD: {
    class: 'CARD',
    family: 'payment',
    meaning: 'The payment method has expired.',
  },
  INVALID_EXPIRY_DATE: {
    class: 'CARD',
    family: 'payment',
    meaning: 'The expiry date on file is not valid.',
  },
  INVALID_NUMBER: {
    class: 'CARD',
    family: 'payment',
    meaning: 'The card number on file is not a valid number.',
  },
  INCORRECT_NUMBER: {
    class: 'CARD',
    family: 'payment',
    meaning: 'The bank does not know the card number on file.',
  },
  CARD_NUMBER_INCORRECT: {
    class: 'CARD',
    family: 'payment',
    meaning: 'The card number on file is wrong.',
  },
  INVALID_CVC: {
    class: 'CARD',
    family: 'payment',
    meaning: 'The security code on file is not a valid code.',
  },
  INCORRECT_CVC: {
    class: 'CARD',
    family: 'payment',
    meaning: 'The security code does not match the card.',
  },
  INCORRECT_PIN: { class: 'CARD', family: 'payment', meaning: 'The PIN does not match the card.' },
  INCORRECT_ZIP: {
    class: 'CARD',
    family: 'payment',
    meaning: 'The postal code does not match the one at the bank.',
  },
  INCORRECT_ADDRESS: {
    class: 'CARD',
    family: 'payment',
    meaning: 'The billing address does not match the one at the bank.',
  },
  INVALID_BILLING_ADDRESS: {
    class: 'CARD',
    family: 'general',
    meaning: 'The billing address is missing or not valid.',
  },
  INVALID_PAYMENT_METHOD: {
    class: 'CARD',
    family: 'payment',
    meaning: 'The payment method can no longer be used.',
  },
  PAYMENT_METHOD_NOT_FOUND: {
    class: 'CARD',
    family: 'general',
    meaning: 'The payment method no longer exists.',
  },
  PAYMENT_METHOD_NOT_SPECIFIED: {
    class: 'CARD',
    family: 'general',
    meaning: 'The subscription has no payment method.',
  },
  PAYMENT_METHOD_UNSUPPORTED: {
    class: 'CARD',
    family: 'payment',
    meaning: 'The shop cannot charge this kind of payment method.',
  },
  BUYER_CANCELED_PAYMENT_METHOD: {
    class: 'CARD',
    family: 'payment',
    meaning: 'The shopper withdrew the payment method.',
  },
  INVALID_CUSTOMER_BILLING_AGREEMENT: {
    class: 'CARD',
    family: 'payment',
    meaning: 'The agreement that lets the shop charge this shopper is no longer valid.',
  },
  AMOUNT_TOO_LARGE: {
    class: 'CARD',
    family: 'payment',
    meaning: 'The amount is above what this payment method can pay.',
  },

  AUTHENTICATION_REQUIRED: {
    class: 'AUTH',
    family: 'payment',
    meaning: 'The bank wants the shopper to confirm the payment.',
  },
  AUTHENTICATION_FAILED: {
    class: 'AUTH',
    family: 'payment',
    meaning: 'The shopper did not pass the confirmation of the bank.',
  },
  AUTHENTICATION_ERROR: {
    class: 'AUTH',
    family: 'payment',
    meaning: 'The confirmation with the bank went wrong; the shopper can try it again.',
  },
  OFF_SESSION_REJECTED: {
    class: 'AUTH',
    family: 'payment',
    meaning: 'The bank accepts this charge only while the shopper is present.',
  },
  EXPIRED_BUYER_ACTION: {
    class: 'AUTH',
    family: 'payment',
    meaning: 'The shopper did not confirm with the bank in time.',
  },
  CONFIRMATION_REJECTED: {
    class: 'AUTH',
    family: 'payment',
    meaning: 'The confirmation with the bank was refused.',
  },

  FRAUD_SUSPECTED: {
    class: 'STOP',
    family: 'payment',
    meaning: 'The charge was stopped on suspicion of fraud; this method must not be charged again.',
  },
  RETRY_DECLINED: {
    class: 'STOP',
    family: 'payment',
    meaning: 'The processor blocks further tries on this payment method.',
  },
  CANCELLED_PAYMENT: {
    class: 'STOP',
    family: 'payment',
    meaning: 'The payment was cancelled, and it is not clear by whom.',
  },

  INSUFFICIENT_INVENTORY: {
    class: 'MERCHANT',
    family: 'inventory',
    meaning: 'The product is out of stock; nothing is wrong with the payment.',
  },
  INVENTORY_ALLOCATIONS_NOT_FOUND: {
    class: 'MERCHANT',
    family: 'inventory',
    meaning: 'No enabled location stocks the product.',
  },
  INVALID_SHIPPING_ADDRESS: {
    class: 'MERCHANT',
    family: 'payment',
    meaning: 'The delivery address is missing or not valid.',
  },
  MERCHANT_ACCOUNT_ERROR: {
    class: 'MERCHANT',
    family: 'general',
    meaning: "The shop's account at the payment provider is not set up rightly.",
  },
  MERCHANT_RULE: {
    class: 'MERCHANT',
    family: 'payment',
    meaning: "One of the shop's own rules declined the charge.",
  },
  PAYMENT_PROVIDER_IS_NOT_ENABLED: {
    class: 'MERCHANT',
    family: 'general',
    meaning: 'The payment provider is not enabled in the shop.',
  },
  PAYMENT_METHOD_INCOMPATIBLE_WITH_GATEWAY_CONFIG: {
    class: 'MERCHANT',
    family: 'general',
    meaning:
      'The payment method and the provider do not fit: one is in test mode, the other is not.',
  },
  TEST_MODE: {
    class: 'MERCHANT',
    family: 'payment',
    meaning: 'The payment provider is in test mode, the payment method is real.',
  },
  NON_TEST_ORDER_LIMIT_REACHED: {
    class: 'MERCHANT',
    family: 'general',
    meaning: 'The shop has reached its limit of real orders.',
  },
  INVALID_CURRENCY: {
    class: 'MERCHANT',
    family: 'payment',
    meaning: 'The payment provider does not take this currency.',
  },
  INVALID_AMOUNT: {
    class: 'MERCHANT',
    family: 'payment',
    meaning: 'The amount is not valid for this payment method.',
  },
  AMOUNT_TOO_SMALL: {
    class: 'MERCHANT',
    family: 'payment',
    meaning: 'The amount is below the least that the provider charges.',
  },
  INVALID_REQUEST: {
    class: 'MERCHANT',
    family: 'payment',
    meaning: 'The payment provider found the request not valid.',
  },
  INVALID_PURCHASE_TYPE: {
    class: 'MERCHANT',
    family: 'payment',
    meaning: 'The payment method does not allow this type of purchase.',
  },
  PURCHASE_TYPE_NOT_SUPPORTED: {
    class: 'MERCHANT',
    family: 'payment',
    meaning: 'The payment provider does not support subscriptions.',
  },
  FREE_GIFT_CARD_NOT_ALLOWED: {
    class: 'MERCHANT',
    family: 'general',
    meaning: 'The order holds a gift card for no money, which Shopify does not allow.',
  },
  CUSTOMER_INVALID: {
    class: 'MERCHANT',
    family: 'general',
    meaning: "The customer's record is not valid.",
  },
  CUSTOMER_NOT_FOUND: {
    class: 'MERCHANT',
    family: 'general',
    meaning: 'The customer no longer exists.',
  },

  INVOICE_ALREADY_PAID: {
    class: 'PAID',
    family: 'payment',
    meaning: 'This cycle is paid already.',
  },
}

const STOCK_CODES: ReadonlySet<string> = new Set([
  'INSUFFICIENT_INVENTORY',
  'INVENTORY_ALLOCATIONS_NOT_FOUND',
])

/** Every decline code we have a class for, upper case. */
export const KNOWN_CODES: readonly string[] = Object.keys(DECLINES)

// ---------------------------------------------------------------- refusals

export type RefusalEffect =
  /** Over 24 h before the cycle's date: the step moves there. */
  | 'move_to_expected_date'
  | 'close_skipped'
  | 'hold_paused'
  | 'close_cancelled'
  /** The origin order is under review: wait for the merchant, look every day. */
  | 'await_review'
  /** Shopify's limit on attempts by trust: leave the whole shop alone for 1, 4, 12, 24 h. */
  | 'back_off_shop'
  /** Look for the attempt first, then send the same key again after a while. */
  | 'look_again'
  /** We asked for something impossible: hold, alert engineering, never loop. */
  | 'our_defect'

export type RefusalMeaning = { effect: RefusalEffect; because: string }

/**
 * What it means that Shopify would not create an attempt. A code we do not know counts as our defect: held for a
 * person, because repeating a request we do not understand is never safe.
 */
export function refusalMeaning(code: string): RefusalMeaning {
  const name = code.trim().toUpperCase()
  const known = Object.hasOwn(REFUSALS, name) ? REFUSALS[name] : undefined
  return (
    known ?? {
      effect: 'our_defect',
      because: `Shopify refused the attempt with ${name || 'no code'}, which we do not know; a person has to look`,
    }
  )
}

/** The 15 values of BillingAttemptUserErrorCode, Admin API 2026-10. */
const REFUSALS: Record<string, RefusalMeaning> = {
  BILLING_CYCLE_CHARGE_BEFORE_EXPECTED_DATE: {
    effect: 'move_to_expected_date',
    because: 'Shopify takes no charge over 24 hours before the date of the cycle',
  },
  BILLING_CYCLE_SKIPPED: { effect: 'close_skipped', because: 'the cycle was skipped' },
  CONTRACT_PAUSED: { effect: 'hold_paused', because: 'the subscription is paused' },
  CONTRACT_TERMINATED: { effect: 'close_cancelled', because: 'the subscription has ended' },
  CONTRACT_NOT_FOUND: {
    effect: 'close_cancelled',
    because: 'Shopify no longer finds the subscription: it was deleted, or it is not ours',
  },
  CONTRACT_UNDER_REVIEW: {
    effect: 'await_review',
    because: 'the first order of the subscription is under review as high risk',
  },
  THROTTLED: {
    effect: 'back_off_shop',
    because: 'Shopify limits how many attempts this shop may make for now',
  },
  PROCESSING_FAILED: {
    effect: 'look_again',
    because: 'Shopify failed while it took the attempt, so we look whether it exists first',
  },
  CYCLE_INDEX_OUT_OF_RANGE: {
    effect: 'our_defect',
    because: 'we asked for a billing cycle that does not exist',
  },
  CYCLE_START_DATE_OUT_OF_RANGE: {
    effect: 'our_defect',
    because: 'we asked for a billing cycle by a date outside the subscription',
  },
  UPCOMING_CYCLE_LIMIT_EXCEEDED: {
    effect: 'our_defect',
    because: 'we asked for a billing cycle too far ahead',
  },
  ORIGIN_TIME_OUT_OF_RANGE: {
    effect: 'our_defect',
    because: 'we gave an origin time that Shopify does not accept',
  },
  ORIGIN_TIME_BEFORE_CONTRACT_CREATION: {
    effect: 'our_defect',
    because: 'we gave an origin time before the subscription began',
  },
  BLANK: { effect: 'our_defect', because: 'we left out something that Shopify needs' },
  INVALID: { effect: 'our_defect', because: 'we sent something that Shopify finds not valid' },
}

/** Every refusal code we have a meaning for, upper case. */
export const KNOWN_REFUSALS: readonly string[] = Object.keys(REFUSALS)
