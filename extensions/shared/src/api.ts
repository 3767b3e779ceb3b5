/**
 * The shopper's API as the extensions speak it: one request to show, one to act. The JSON is the server's
 * (`app/shopper/snapshot.ts`); a test on each side reads the same file, `test/shopper/snapshot.json`.
 */
import type { StandardApi } from '@shopify/ui-extensions/customer-account'

declare const shopify: Pick<StandardApi, 'sessionToken'>
/** The build writes the address in its place: a worker has no `process`, and no other name may be read. */
declare const process: { env: { APP_URL: string } }

export interface Snapshot {
  version: 1
  shopName: string
  /** BCP 47, the shopper's. */
  locale: string
  /** Where a person of the shop reads mail; null: unknown. */
  contact: string | null
  /** The merchant's payment terms: the address of a page, or the words themselves. */
  policy: { url: string } | { text: string } | null
  /** ISO 8601, the server's clock. */
  now: string
  cases: Case[]
}

export interface Case {
  id: string
  /** gid://shopify/SubscriptionContract/… */
  contractId: string
  title: string
  /** What will be charged; once it is paid, what was. */
  amount: Money
  status: CaseStatus
  reason: ReasonCode
  /** How it ended: with `ended` always, with `recovered` where others than we were paid; else null. */
  ending: Ending | null
  instrument: Instrument | null
  method: { label: string | null } | null
  /** IANA: the shopper's, as in the mails and on the signed page; not the browser's. */
  zone: string
  failedAt: string
  nextRetryAt: string | null
  deadlineAt: string
  /** What the merchant chose to happen at the deadline. */
  finalAction: FinalAction
  /** What the sequence says on this page, in the shopper's language. */
  notice: string | null
  /** The bank's last question is over: it ran out, or was answered with no. `from`: it can be asked again then. */
  confirmation: { ranOut: boolean; from: string | null } | null
  /** The bank's address runs out: it is asked for at the press. */
  confirmUrl: null
  methods: SavedMethod[]
  updateRoute: UpdateRoute
  actions: Record<ActionName, Permission>
  /** Where less of this order may be taken, or was; null: neither. */
  order: OrderInParts | null
  /** Bounds as days (YYYY-MM-DD), the shopper's zone. */
  day: { earliest: string; latest: string; movesLeft: number } | null
  feedback: { reasons: string[] } | null
  /** When the way to lift a pause closes; null: there is none, or no end is set. */
  resumeUntil: string | null
  /** The next order, where the subscription goes on. */
  shipsNext: string | null
}

/** `amount` is a decimal, e.g. "24.00". */
export interface Money {
  amount: string
  currency: string
}

export interface OrderInParts {
  lines: OrderLine[]
  /** What the whole order costs, before tax. */
  whole: Money
}

export interface OrderLine {
  /** gid://shopify/SubscriptionLine/… */
  id: string
  title: string
  quantity: number
  /** Of the quantity; all of it where nothing was taken out. */
  chosen: number
  /** Of one piece, before tax, discounts in it. */
  price: Money
}

export interface SavedMethod {
  id: string
  label: string
  current: boolean
  usable: boolean
}

/** What is not allowed has a code that says why, or null where nothing is worth saying. */
export interface Permission {
  allowed: boolean
  because: string | null
}

export const STATUSES = [
  'failing',
  'confirm',
  'pending',
  'recovered',
  'paused',
  'resumed',
  'skipped',
  'ended',
] as const
export type CaseStatus = (typeof STATUSES)[number]

export const REASONS = [
  'funds',
  'issuer',
  'card',
  'auth',
  'revoked',
  'tech',
  'merchant',
  'unknown',
] as const
export type ReasonCode = (typeof REASONS)[number]

export const ENDINGS = [
  'settled',
  'cancelled',
  'left_open',
  'kept_open',
  'stopped',
  'closed',
] as const
export type Ending = (typeof ENDINGS)[number]

export const INSTRUMENTS = ['card', 'shop_pay', 'paypal', 'bank_account', 'other'] as const
export type Instrument = (typeof INSTRUMENTS)[number]

export const FINAL_ACTIONS = ['pause', 'skip', 'cancel', 'leave'] as const
export type FinalAction = (typeof FINAL_ACTIONS)[number]

export const UPDATE_ROUTES = ['intent', 'shop_pay_url', 'email', 'add_card', 'none'] as const
export type UpdateRoute = (typeof UPDATE_ROUTES)[number]

export const ACTION_NAMES = [
  'replace',
  'use_method',
  'confirm',
  'pay',
  'day',
  'skip',
  'smaller',
  'whole',
  'pause',
  'resume',
  'stop',
  'feedback',
] as const
export type ActionName = (typeof ACTION_NAMES)[number]

/** The paths under /ext/v1/ that change something. */
export type ActionPath =
  | 'payment-method/replaced'
  | 'payment-method/update-link'
  | 'payment-method/use'
  | 'confirm'
  | 'retry'
  | 'offers/day'
  | 'offers/skip'
  | 'offers/smaller'
  | 'offers/whole'
  | 'offers/pause'
  | 'offers/resume'
  | 'stop'
  | 'feedback'

export type ActionBody = {
  caseId: string
  methodId?: string
  /** YYYY-MM-DD */
  date?: string
  /** Every line of the order; a quantity of 0 leaves it out. */
  lines?: { id: string; quantity: number }[]
  reason?: string
  note?: string
}

/** The new state, or a page of Shopify, Shop Pay or the bank to go to. */
export type Answer = Snapshot | { url: string }

/**
 * Why a request failed, as far as the shopper can use it.
 * - `stale`: somebody was faster; show what is true now.
 * - `refused`: the server understood, and does not do it.
 * - `login`: the session is over.
 * - `going_on`: it is kept, and done as soon as Shopify answers.
 * - `network`: no usable answer. It may have been done; the same key makes a second press harmless.
 */
export class ApiError extends Error {
  kind: 'stale' | 'refused' | 'going_on' | 'login' | 'network'
  constructor(kind: ApiError['kind'], options?: { cause: unknown }) {
    super(kind, options)
    this.kind = kind
  }
}

export async function readState(): Promise<Snapshot> {
  const answer = await call('state')
  if ('url' in answer) throw new ApiError('network')
  return answer
}

/** One key per intended action and body, kept until the server has answered it. */
export async function act(path: ActionPath, body: ActionBody): Promise<Answer> {
  const intended = `${path} ${JSON.stringify(body)}`
  const key = keys.get(intended) ?? freshKey()
  keys.set(intended, key)
  try {
    const answer = await call(path, { key, body })
    keys.delete(intended)
    return answer
  } catch (error) {
    // An answer is an answer: the next press means something new. Only what may or may not have been done keeps its key.
    if (error instanceof ApiError && isAnswer(error.kind)) keys.delete(intended)
    throw error
  }
}

const keys = new Map<string, string>()

/** The server has said what became of it, and the state may be another one now. */
export function isAnswer(kind: ApiError['kind']): boolean {
  return kind === 'stale' || kind === 'refused' || kind === 'going_on'
}

/** How long a shopper waits for an answer before we say that none came. Milliseconds. */
export const PATIENCE_MS = 10_000

async function call(path: string, write?: { key: string; body: ActionBody }): Promise<Answer> {
  const abort = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  const tooLate = new Promise<never>((_, fail) => {
    timer = setTimeout(() => {
      abort.abort()
      fail(new ApiError('network'))
    }, PATIENCE_MS)
  })
  try {
    return await Promise.race([request(path, write, abort.signal), tooLate])
  } catch (error) {
    throw error instanceof ApiError ? error : new ApiError('network', { cause: error })
  } finally {
    clearTimeout(timer)
  }
}

async function request(
  path: string,
  write: { key: string; body: ActionBody } | undefined,
  signal: AbortSignal,
): Promise<Answer> {
  // Asked for each time: it lives five minutes, and Shopify keeps it fresh.
  const headers: Record<string, string> = {
    Authorization: `Bearer ${await shopify.sessionToken.get()}`,
  }
  if (write) {
    headers['Content-Type'] = 'application/json'
    headers['Idempotency-Key'] = write.key
  }
  const response = await fetch(`${process.env.APP_URL}/ext/v1/${path}`, {
    method: write ? 'POST' : 'GET',
    headers,
    signal,
    ...(write && { body: JSON.stringify(write.body) }),
  })
  if (response.ok) return readable(await response.json())
  if (response.status === 409) throw new ApiError('stale')
  if (response.status === 401) throw new ApiError('login')
  if (response.status === 503 && (await isKept(response))) throw new ApiError('going_on')
  const mayHelpLater = response.status >= 500 || response.status === 408 || response.status === 429
  throw new ApiError(mayHelpLater ? 'network' : 'refused')
}

async function isKept(response: Response): Promise<boolean> {
  const told = (await response.json().catch(() => null)) as { error?: unknown } | null
  return told?.error === 'going_on'
}

function readable(json: unknown): Answer {
  const answer = json as Partial<Snapshot & { url: string }> | null
  if (answer?.version === 1 && Array.isArray(answer.cases)) return answer as Snapshot
  // Only an address of the web is followed, never a `javascript:` or an address within the account.
  if (typeof answer?.url === 'string' && /^https?:\/\//.test(answer.url)) return { url: answer.url }
  throw new ApiError('network')
}

/** A worker without `randomUUID` still gets a key that nobody has used. */
function freshKey(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID()
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
}
