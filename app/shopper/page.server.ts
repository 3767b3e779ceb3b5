/**
 * The page of a case, for the person who pays. Whoever holds the link may look and press; looking has no effect at all,
 * because mail scanners open every link.
 */
import { readCaseToken } from '../messages/links.server.ts'
import { type Action, act, type ShopperNotice } from './actions.server.ts'
import { type Found, findCase } from './snapshot.server.ts'
import { actionOf, choicesOf, FEEDBACK_ANSWERS, type Press, type ShopperSnapshot } from './view.ts'

export type ShopperPage =
  | { status: 200; snapshot: ShopperSnapshot }
  /** 404: we never signed this, or the case was erased. 410: it is over for good, or the shop left. */
  | { status: 404 | 410 }

/** What is to be shown. Reads our own rows only. */
export async function loadShopperPage(token: string, now: Date): Promise<ShopperPage> {
  const found = await find(token, now)
  return found.status === 200 ? { status: 200, snapshot: found.snapshot } : found
}

export type PressResult =
  | { status: 404 | 410 }
  /** Somewhere else: Shopify's own page or the bank's. */
  | { status: 303; to: URL }
  /** Back to the page, which tells how things stand now. */
  | { status: 303; notice: ShopperNotice | null }

/** One press of a button. Everything is checked again; pressing twice does nothing twice. */
export async function press(token: string, what: Press, now: Date): Promise<PressResult> {
  const found = await find(token, now)
  if (found.status !== 200) return found
  const { snapshot } = found
  const action = actionFor(what)
  // What the page does not offer cannot be pressed; an answer and a stop are checked with what they do.
  const isShown =
    action.type === 'feedback' ||
    action.type === 'stop' ||
    actionOf(snapshot)?.press === what ||
    choicesOf(snapshot).some((choice) => choice.presses.some((one) => one.press === what))
  if (!isShown) return back(snapshot.secureMailAt && what === 'update' ? null : 'not_possible')
  const acted = await act(found, action, now)
  if (acted.type === 'onward') return { status: 303, to: acted.to }
  return back(acted.type === 'not_done' ? acted.notice : null)
}

function actionFor(what: Press): Action {
  const [kind, rest] = what.split(':')
  if (kind === 'day') return { type: 'day', day: rest ?? '' }
  const answer = FEEDBACK_ANSWERS.find((one) => kind === 'feedback' && one === rest)
  return answer
    ? { type: 'feedback', answer, note: null }
    : { type: what as Exclude<Press, `${string}:${string}`> }
}

async function find(token: string, now: Date): Promise<Found | { status: 404 | 410 }> {
  const read = readCaseToken(token)
  return read ? findCase(read.caseId, now) : { status: 404 }
}

function back(notice: ShopperNotice | null): PressResult {
  return { status: 303, notice }
}
