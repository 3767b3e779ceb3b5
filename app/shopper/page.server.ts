/**
 * The page of a case, for the person who pays. Whoever holds the link may look and press; looking has no effect at all,
 * because mail scanners open every link.
 */
import { db } from '../db.server.ts'
import { readCaseToken } from '../messages/links.server.ts'
import type { Brand } from '../messages/template.ts'
import { loadBrand } from '../messages/templates.server.ts'
import { type Action, act, holdsAlready, type ShopperNotice } from './actions.server.ts'
import { type ChosenLine, takesAny } from './chosen-lines.ts'
import { choosableFor, type Found, findCase, type Nowhere } from './snapshot.server.ts'
import {
  actionOf,
  choicesOf,
  FEEDBACK_ANSWERS,
  type Press,
  type ShopperSnapshot,
  type ShopperView,
  viewOf,
} from './view.ts'

export type ShopperPage =
  | {
      status: 200
      view: ShopperView
      brand: Brand
      /** Null: it is no case's. */
      snapshot: ShopperSnapshot | null
    }
  | Nowhere

/** What is to be shown. Reads our own rows, and at Shopify the saved methods of who may choose another one. */
export async function loadShopperPage(token: string, now: Date): Promise<ShopperPage> {
  const found = await find(token, now)
  if (found.status !== 200) return found
  const [choosable, brand] = await Promise.all([choosableFor(found), loadBrand(db, found.row.shop)])
  const { snapshot } = found
  return { status: 200, view: viewOf(snapshot, choosable), brand, snapshot }
}

export type PressResult =
  | Nowhere
  /** Somewhere else: Shopify's own page or the bank's. */
  | { status: 303; to: URL }
  /** Back to the page, which tells how things stand now. */
  | { status: 303; notice: ShopperNotice | null }

/** A button, and what stood in its form. */
export type Pressed =
  | { press: Exclude<Press, 'smaller'> }
  | { press: 'smaller'; lines: ChosenLine[] }

/** One press of a button. Everything is checked again; pressing twice does nothing twice. */
export async function press(token: string, pressed: Pressed, now: Date): Promise<PressResult> {
  const found = await find(token, now)
  if (found.status !== 200) return found
  const { snapshot } = found
  const what = pressed.press
  const action = actionFor(pressed)
  // What the page does not offer cannot be pressed; an answer, a stop, a saved method and the lines of an order are
  // checked with what they do.
  const isShown =
    action.type === 'feedback' ||
    action.type === 'stop' ||
    action.type === 'use_method' ||
    action.type === 'smaller' ||
    actionOf(snapshot)?.press === what ||
    choicesOf(snapshot).some((choice) => choice.presses.some((one) => one.press === what))
  if (!isShown) return back(holdsAlready(found, action) ? null : 'not_possible')
  if (action.type === 'smaller' && !takesAny(action.lines)) return back('nothing_less')
  const acted = await act(found, action, now)
  if (acted.type === 'onward') return { status: 303, to: acted.to }
  return back(acted.type === 'not_done' ? acted.notice : null)
}

function actionFor(pressed: Pressed): Action {
  if (pressed.press === 'smaller') return { type: 'smaller', lines: pressed.lines }
  const what = pressed.press
  const [kind, rest = ''] = what.split(':')
  if (kind === 'day') return { type: 'day', day: rest }
  if (kind === 'method')
    return { type: 'use_method', methodId: `gid://shopify/CustomerPaymentMethod/${rest}` }
  const answer = FEEDBACK_ANSWERS.find((one) => kind === 'feedback' && one === rest)
  return answer
    ? { type: 'feedback', answer, note: null }
    : { type: what as Exclude<Press, 'smaller' | `${string}:${string}`> }
}

async function find(token: string, now: Date): Promise<Found | Nowhere> {
  const read = readCaseToken(token)
  return read ? findCase(read, now) : { status: 404 }
}

function back(notice: ShopperNotice | null): PressResult {
  return { status: 303, notice }
}
