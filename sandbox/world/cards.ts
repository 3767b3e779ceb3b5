/** How a card answers: its script, played against world time and how often the bank was asked. */
import { dayIn } from './cycles.ts'
import { type Answer, type Card, type Family, type Method, NotPossible } from './world.ts'

export type BankAnswer =
  | { type: 'paid' }
  | { type: 'declined'; code: string; family: Family }
  | { type: 'challenge' }

/** Asks the card. Counts the question: scripts go by the number of questions or days. */
export function askCard(method: Method, amount: string, zone: string, now: number): BankAnswer {
  method.asked += 1
  const today = dayIn(zone, now)
  if (!method.askedOnDays.includes(today)) method.askedOnDays.push(today)

  const { script } = method
  switch (script.type) {
    case 'ok':
      return { type: 'paid' }
    case 'code':
      return answer(script.code)
    case 'codes':
      return answer(nth(script.codes, method.asked))
    case 'code_a_day':
      return answer(nth(script.codes, method.askedOnDays.length))
    case 'no_money_until':
      return now < Date.parse(script.at) ? answer('INSUFFICIENT_FUNDS') : { type: 'paid' }
    case 'no_money_above':
      return Number(amount) > Number(script.amount)
        ? answer('INSUFFICIENT_FUNDS')
        : { type: 'paid' }
    case 'expired':
      return answer('EXPIRED_CARD')
    case 'moody':
      return method.asked >= script.okOnAttempt
        ? { type: 'paid' }
        : answer(script.codes[(method.asked - 1) % script.codes.length] ?? 'CARD_DECLINED')
    case 'processor_down':
      return now < Date.parse(script.until) ? answer('PAYMENT_PROVIDER_ERROR') : { type: 'paid' }
    case 'challenge':
      return method.authenticated ? answer(script.then) : { type: 'challenge' }
  }
}

/** `OK`, a code of Shopify's, or a code of nobody's with its family before a colon. */
export function answer(text: Answer): BankAnswer {
  if (text === 'OK') return { type: 'paid' }
  const [first, second] = text.split(':')
  if (second) return { type: 'declined', code: second, family: asFamily(first ?? '') }
  return { type: 'declined', code: text, family: familyOf(text) }
}

/** One per question, the last repeats. */
const nth = (codes: Answer[], count: number): Answer =>
  codes[Math.min(count, codes.length) - 1] ?? 'OK'

function asFamily(text: string): Family {
  const families: Family[] = ['payment', 'inventory', 'general', 'unexpected']
  const family = families.find((each) => each === text)
  if (!family)
    throw new NotPossible(`${text} is no family of errors. Use one of ${families.join(', ')}.`, 400)
  return family
}

/** Which member of Shopify's error union carries a code. Everything that is not listed is a payment error. */
export function familyOf(code: string): Family {
  if (code === 'UNEXPECTED_ERROR') return 'unexpected'
  if (code === 'INSUFFICIENT_INVENTORY' || code === 'INVENTORY_ALLOCATIONS_NOT_FOUND')
    return 'inventory'
  return GENERAL.has(code) ? 'general' : 'payment'
}

/** SubscriptionBillingAttemptGeneralErrorCode, 2026-10. */
const GENERAL = new Set([
  'CUSTOMER_INVALID',
  'CUSTOMER_NOT_FOUND',
  'FREE_GIFT_CARD_NOT_ALLOWED',
  'INVALID_BILLING_ADDRESS',
  'MERCHANT_ACCOUNT_ERROR',
  'NON_TEST_ORDER_LIMIT_REACHED',
  'PAYMENT_METHOD_INCOMPATIBLE_WITH_GATEWAY_CONFIG',
  'PAYMENT_METHOD_NOT_FOUND',
  'PAYMENT_METHOD_NOT_SPECIFIED',
  'PAYMENT_PROVIDER_IS_NOT_ENABLED',
])

const SCRIPTS = new Set([
  'ok',
  'code',
  'codes',
  'code_a_day',
  'no_money_until',
  'no_money_above',
  'expired',
  'moody',
  'processor_down',
  'challenge',
])

/** Fills what a story left out, and refuses a script nobody wrote. */
export function asCard(given: Partial<Card> | undefined): Card {
  const card: Card = {
    instrument: given?.instrument ?? 'card',
    brand: given?.brand ?? 'Visa',
    last4: given?.last4 ?? '4242',
    expiryMonth: given?.expiryMonth ?? 8,
    expiryYear: given?.expiryYear ?? 2029,
    script: given?.script ?? { type: 'ok' },
  }
  if (!SCRIPTS.has(card.script.type))
    throw new NotPossible(
      `A card cannot play "${card.script.type}". Use one of ${[...SCRIPTS].join(', ')}.`,
      400,
    )
  return card
}
