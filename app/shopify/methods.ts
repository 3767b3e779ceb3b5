/** Payment methods as the Admin API tells them, in our words. Pure. Never more than brand and last four. */
import type { AttemptFact, Instrument, PaymentMethod } from '../dunning/types.ts'

export type MethodNode = {
  id: string
  revokedAt: string | null
  revokedReason: string | null
  instrument: InstrumentNode | null
}

/** What each document asks of a method. */
export const METHOD = `#graphql
  fragment Method on CustomerPaymentMethod {
    id
    revokedAt
    revokedReason
    instrument {
      __typename
      ... on CustomerCreditCard {
        brand
        lastDigits
        expiryMonth
        expiryYear
      }
      ... on CustomerShopPayAgreement {
        lastDigits
        expiryMonth
        expiryYear
        inactive
      }
      ... on CustomerPaypalBillingAgreement {
        inactive
      }
    }
  }
`

type InstrumentNode =
  | {
      __typename: 'CustomerCreditCard'
      brand: string
      lastDigits: string
      expiryMonth: number
      expiryYear: number
    }
  | {
      __typename: 'CustomerShopPayAgreement'
      lastDigits: string
      expiryMonth: number
      expiryYear: number
      inactive: boolean
    }
  | { __typename: 'CustomerPaypalBillingAgreement'; inactive: boolean }
  /** Its digits need a scope of their own (`read_payment_mandate`), which we do not ask for. */
  | { __typename: 'BankAccount' }

export function paymentMethod(node: MethodNode): PaymentMethod {
  const { instrument } = node
  const digits = instrument && 'lastDigits' in instrument ? instrument.lastDigits : ''
  const expiry = instrument && 'expiryYear' in instrument ? instrument : null
  const isInactive = instrument !== null && 'inactive' in instrument && instrument.inactive
  return {
    id: node.id,
    instrument: kindOf(instrument),
    label: labelOf(instrument),
    // The same method with a new number or date counts as another one: it may be tried at once. So does an agreement
    // that was dead and is approved again; PayPal shows nothing else that would tell.
    fingerprint: [
      node.id,
      digits,
      expiry ? `${expiry.expiryYear}-${expiry.expiryMonth}` : '',
      ...(isInactive ? ['inactive'] : []),
    ].join(' '),
    ...(isInactive ? { isInactive } : {}),
    revokedAt: node.revokedAt === null ? null : new Date(node.revokedAt),
    revokedReason: node.revokedReason,
    expiresAt: expiry ? endOfMonth(expiry.expiryYear, expiry.expiryMonth) : null,
  }
}

/** A card as a payment's own record shows it: enough to tell that another one was charged. */
export type ChargedCardNode = {
  __typename: string
  /** Masked, with the last four at its end. */
  number?: string | null
  expirationMonth?: number | null
  expirationYear?: number | null
}

/**
 * What an attempt was made with, where the record of its payment shows another card than the one saved now. Undefined:
 * the same card, or nobody can tell.
 */
export function chargedWith(
  charged: ChargedCardNode | null,
  now: MethodNode | null,
): AttemptFact['chargedWith'] {
  const digits = /\d{4}$/.exec(charged?.number ?? '')?.[0]
  const { expirationYear, expirationMonth } = charged ?? {}
  if (!digits || !expirationYear || !expirationMonth || !now) return undefined
  const card = `${digits} ${expirationYear}-${expirationMonth}`
  if (paymentMethod(now).fingerprint === `${now.id} ${card}`) return undefined
  return { methodId: null, fingerprint: `${ANOTHER}${card}` }
}

/** The same, under the name that it has among methods which were charged before; else as it is. */
export function knownAs(
  charged: NonNullable<AttemptFact['chargedWith']>,
  known: readonly { methodId: string | null; methodFingerprint: string | null }[],
): NonNullable<AttemptFact['chargedWith']> {
  const card = charged.fingerprint.slice(ANOTHER.length)
  const same = known.find(
    ({ methodId, methodFingerprint }) => methodFingerprint === `${methodId} ${card}`,
  )
  return same?.methodFingerprint
    ? { methodId: same.methodId, fingerprint: same.methodFingerprint }
    : charged
}

const ANOTHER = 'another '

export function kindOf(instrument: { __typename: string } | null): Instrument {
  switch (instrument?.__typename) {
    case 'CustomerCreditCard':
      return 'card'
    case 'CustomerShopPayAgreement':
      return 'shop_pay'
    case 'CustomerPaypalBillingAgreement':
      return 'paypal'
    case 'BankAccount':
      return 'bank_account'
    default:
      return 'other'
  }
}

function labelOf(instrument: InstrumentNode | null): string {
  switch (instrument?.__typename) {
    case 'CustomerCreditCard':
      return `${brandName(instrument.brand)} ···· ${instrument.lastDigits}`
    case 'CustomerShopPayAgreement':
      return `Shop Pay ···· ${instrument.lastDigits}`
    case 'CustomerPaypalBillingAgreement':
      return 'PayPal'
    case 'BankAccount':
      return 'Bank account'
    default:
      return 'Payment method'
  }
}

/** Shopify writes brands as `visa`, `master` or `american_express`. */
function brandName(brand: string): string {
  const known: Record<string, string> = {
    master: 'Mastercard',
    jcb: 'JCB',
    diners_club: 'Diners Club',
  }
  const name = known[brand.toLowerCase()]
  if (name !== undefined) return name
  return brand
    .split(/[_\s]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ')
}

/** A card is good through the last day of its month; UTC is near enough for a warning. */
function endOfMonth(year: number, month: number): Date {
  return new Date(Date.UTC(year, month, 1) - 1)
}
