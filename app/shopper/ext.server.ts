/**
 * The extensions' door, /ext/v1: one request shows, one acts and answers how things stand then. Every answer may be
 * read from any origin, refusals included; the token is the permission.
 */
import { now, realNow } from '../clock.server.ts'
import { log } from '../log.server.ts'
import { rateLimit } from '../rate-limit.server.ts'
import { type Acted, type Action, act, type ShopperNotice } from './actions.server.ts'
import { linesOfBody, MOST_LINES } from './chosen-lines.ts'
import { once } from './keys.server.ts'
import { KEY_HEADER, openToAll, refusal, shopperOf } from './session.server.ts'
import { findCaseOf, loadSnapshot, type Shopper } from './snapshot.server.ts'
import { FEEDBACK_ANSWERS } from './view.ts'

/** Per customer and web process. Every block of a page asks, and a page that waits for a charge asks again. */
const looks = rateLimit({ times: 120, perMs: 60_000 })
const presses = rateLimit({ times: 30, perMs: 10 * 60_000 })

/** Bytes of a body. The longest holds the lines of an order: 160 letters each, where an id has up to 100 of its own. */
const MAX_BODY_BYTES = 1_000 + MOST_LINES * 160
const MAX_NOTE_LENGTH = 500

/** GET, and the browser's question beforehand, which Remix answers here, too. */
export function showState(request: Request, path: string): Promise<Response> {
  return unlessBroken(async () => {
    const shopper = await shopperOf(request)
    if (path !== 'state') return refusal(path in ACTIONS ? 405 : 404, 'method')
    if (!looks.allows(keyOf(shopper), realNow().getTime())) return refusal(429, 'rate')
    return state(shopper)
  })
}

export function takeAction(request: Request, path: string): Promise<Response> {
  return unlessBroken(async () => {
    const shopper = await shopperOf(request)
    const read = Object.hasOwn(ACTIONS, path) ? ACTIONS[path] : undefined
    if (request.method !== 'POST' || path === 'state') return refusal(405, 'method')
    if (!read) return refusal(404, 'not_found')
    if (!presses.allows(keyOf(shopper), realNow().getTime())) return refusal(429, 'rate')
    const key = request.headers.get(KEY_HEADER) ?? ''
    if (!/^[\w.:-]{8,100}$/.test(key)) return refusal(400, 'key')
    const body = await readBody(request)
    const action = body && read(body)
    if (!body || !action) return refusal(400, 'body')
    const found = await findCaseOf(shopper, body.caseId, now())
    if (found.status !== 200) return refusal(found.status, 'not_found')
    let acted: Acted | null = null
    const pressed = { ...shopper, key, action: path, body: { ...action, caseId: body.caseId } }
    const result = await once(pressed, now(), async () => {
      acted = await act(found, action, now())
      return worthKeeping(acted)
    })
    if (result.type === 'under_way') return refusal(409, 'under_way')
    if (result.type === 'other_request') return refusal(409, 'key_reused')
    const answered = (acted ?? toldBefore(result.outcome)) as Acted
    if (answered.type === 'onward') return openToAll(Response.json({ url: answered.to.href }))
    if (answered.type === 'not_done') return refusal(STATUS[answered.notice], answered.notice)
    return state(shopper)
  })
}

/** An address of Shopify's or the bank's runs out, so it is never stored; and what could not be done now may be later. */
function worthKeeping(acted: Acted): string | null {
  if (acted.type === 'onward') return null
  if (acted.type === 'done') return 'done'
  return acted.notice === 'not_now' || acted.notice === 'going_on' ? null : acted.notice
}

function toldBefore(outcome: string): Acted {
  const notice = (Object.keys(STATUS) as ShopperNotice[]).find((one) => one === outcome)
  return notice ? { type: 'not_done', notice } : { type: 'done' }
}

/** How a refusal is answered. 409: things have changed, look again; 422: it is understood, and not done. */
const STATUS: Record<ShopperNotice, number> = {
  challenge_gone: 409,
  not_possible: 409,
  mail_refused: 422,
  not_started: 422,
  not_stopped: 422,
  nothing_less: 422,
  not_now: 503,
  going_on: 503,
}

type Body = { caseId: string } & Record<string, unknown>

/** The paths that act, and how each reads its body; null: it cannot. */
const ACTIONS: Record<string, (body: Body) => Action | null> = {
  'payment-method/replaced': () => ({ type: 'replaced' }),
  'payment-method/update-link': () => ({ type: 'update' }),
  'payment-method/use': ({ methodId }) =>
    typeof methodId === 'string' &&
    /^gid:\/\/shopify\/CustomerPaymentMethod\/[\w-]{1,100}$/.test(methodId)
      ? { type: 'use_method', methodId }
      : null,
  confirm: () => ({ type: 'challenge' }),
  retry: () => ({ type: 'pay' }),
  'offers/day': ({ date }) =>
    typeof date === 'string' && isDay(date) ? { type: 'day', day: date } : null,
  'offers/smaller': ({ lines }) => {
    const chosen = linesOfBody(lines)
    return chosen && { type: 'smaller', lines: chosen }
  },
  'offers/whole': () => ({ type: 'whole' }),
  'offers/skip': () => ({ type: 'skip' }),
  'offers/pause': () => ({ type: 'pause' }),
  'offers/resume': () => ({ type: 'resume' }),
  stop: () => ({ type: 'stop' }),
  feedback: ({ reason, note }) => {
    const answer = FEEDBACK_ANSWERS.find((one) => one === reason)
    if (!answer || (note != null && typeof note !== 'string')) return null
    return { type: 'feedback', answer, note: oneLine(note ?? '') || null }
  },
}

/** A day that the calendar has. */
function isDay(date: string): boolean {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(date) ? new Date(`${date}T00:00:00Z`) : null
  return at !== null && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(date)
}

/** Words of a shopper's, for one line of the timeline. */
function oneLine(words: string): string {
  return words
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, MAX_NOTE_LENGTH)
}

async function readBody(request: Request): Promise<Body | null> {
  const isJson = /^application\/json *(;|$)/i.test(request.headers.get('content-type') ?? '')
  const length = Number(request.headers.get('content-length') ?? Number.NaN)
  if (!isJson || !(length <= MAX_BODY_BYTES)) return null
  try {
    const body: unknown = JSON.parse(await request.text())
    const isObject = typeof body === 'object' && body !== null && !Array.isArray(body)
    return isObject && 'caseId' in body && typeof body.caseId === 'string' ? (body as Body) : null
  } catch {
    return null
  }
}

async function state(shopper: Shopper): Promise<Response> {
  const snapshot = await loadSnapshot(shopper, now())
  return snapshot ? openToAll(Response.json(snapshot)) : refusal(410, 'gone')
}

function keyOf({ shop, customerId }: Shopper): string {
  return `${shop} ${customerId}`
}

/** Refusals are thrown as answers; anything else is a fault of ours, and told without a word about it. */
async function unlessBroken(make: () => Promise<Response>): Promise<Response> {
  try {
    return await make()
  } catch (error) {
    if (error instanceof Response) return error
    log.error({ error }, 'an extension could not be answered')
    return refusal(503, 'not_now')
  }
}
