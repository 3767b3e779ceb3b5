/**
 * The calendar: moves world time from one thing to the next and waits, each time, until the app is idle.
 *
 * The next stop is whatever comes first: something of the world's (a result, a delivery, a first charge) or something
 * of the app's (`nextDueAt` of its /health). The present time stands in a file that every process of the app reads.
 *
 * The app also asks by the clock whether anything has happened (`nextLookAt`), every quarter of an hour. Those looks are
 * stops too for as long as there may be something to find; once nothing has changed at Shopify for a while, time passes
 * over them, because their answer is known. The first stop after that finds one due, and the app does it there.
 *
 * In hops it goes differently, for worlds of thousands of contracts: the hands jump, say, an hour; what happens in the
 * world meanwhile is played in its order, while the app already works; and only at the end of the hop is the app waited
 * for. It then finds an hour's work at once, as after a short outage.
 */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Settings } from './settings.ts'
import type { Webhooks } from './webhooks.ts'
import { nextOf, runDue } from './world/agenda.ts'
import { iso } from './world/instants.ts'
import { NotPossible, type World } from './world/world.ts'

/** How long the app may be busy at one stop. Real time. */
const PATIENCE_MS = 60_000
/** The same at the end of a hop, where hundreds of cases may be due, workers dead and the database away. */
const HOP_PATIENCE_MS = 240_000
/** How soon /health is asked again meanwhile; later, up to four times that. Real time. */
const ASK_EVERY_MS = 25
const ASK_IN_A_HOP_EVERY_MS = 60
/** Deliveries that may be under way at once within a hop; more would be an attack and no Shopify. */
const DELIVERIES_AT_ONCE = 50
/** How long after the last change at Shopify each look by the clock is a stop. World time: two quarters of an hour. */
const LOOKS_FOLLOW_MS = 30 * 60_000

export type Stop = { at: string; what: string[] }
export type Moved = { now: string; stops: Stop[] }
/** An instant, or `next`: to the next thing that happens. */
export type Target = number | 'next'

type Health = {
  pending: number
  nextDueAt: string | null
  nextLookAt?: string | null
  now: string
  problems?: string[]
}
/** What the app waits for, world time. */
type Next = { dueAt: number | null; lookAt: number | null }

export type Calendar = {
  moveTo: (target: Target) => Promise<Moved>
  /** In hops of so many milliseconds of world time. */
  hopTo: (target: number, hopMs: number) => Promise<Moved>
  settle: () => Promise<void>
}

export function newCalendar(
  settings: Settings,
  world: () => World,
  webhooks: () => Webhooks,
): Calendar {
  let turn: Promise<unknown> = Promise.resolve()
  /** One move at a time: two buttons pressed at once do not interleave. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work)
    turn = mine.catch(() => undefined)
    return mine
  }
  return {
    moveTo: (target) => inTurn(() => move(settings, world(), webhooks(), target)),
    hopTo: (target, hopMs) => inTurn(() => hop(settings, world(), webhooks(), target, hopMs)),
    settle: () =>
      inTurn(async () => {
        await whenIdle(settings, world(), webhooks())
      }),
  }
}

/** Writes the present time where the app's processes read it, whole or not at all. */
export function writeClock(settings: Settings, now: number): void {
  mkdirSync(dirname(settings.clockFile), { recursive: true })
  const fresh = `${settings.clockFile}.${process.pid}`
  writeFileSync(fresh, String(now))
  renameSync(fresh, settings.clockFile)
}

async function move(
  settings: Settings,
  world: World,
  webhooks: Webhooks,
  target: Target,
): Promise<Moved> {
  if (target !== 'next' && target < world.now)
    throw new NotPossible(
      `It is ${iso(world.now)} already: time does not go back. POST /control/reset starts anew.`,
    )
  const stops: Stop[] = []
  let app = await whenIdle(settings, world, webhooks)
  for (;;) {
    const due = app.dueAt
    const happens = Math.min(nextOf(world.agenda)?.at ?? Infinity, due ?? Infinity)
    const next = Math.min(happens, lookWorthAStop(world, app))
    if (next === Infinity && target === 'next') break
    const at = target === 'next' ? next : Math.min(next, target)
    if (target !== 'next' && next > target) {
      setClock(settings, world, target)
      await whenIdle(settings, world, webhooks)
      break
    }
    setClock(settings, world, Math.max(at, world.now))
    const what = runDue(world.agenda, world.now)
    if (due !== null && due <= world.now) what.push('the app has something due')
    const isOnlyALook = next < happens
    if (isOnlyALook) what.push('the app asks Shopify by the clock')
    stops.push({ at: iso(world.now), what })
    app = await whenIdle(settings, world, webhooks)
    if (target === 'next' && !isOnlyALook) break
  }
  return { now: iso(world.now), stops }
}

async function hop(
  settings: Settings,
  world: World,
  webhooks: Webhooks,
  target: number,
  hopMs: number,
): Promise<Moved> {
  if (hopMs <= 0) throw new NotPossible('A hop goes forward: PT1H, for instance.', 400)
  const stops: Stop[] = []
  while (world.now < target) {
    const until = Math.min(world.now + hopMs, target)
    for (;;) {
      const next = nextOf(world.agenda)
      if (!next || next.at > until) break
      setClock(settings, world, Math.max(next.at, world.now))
      runDue(world.agenda, world.now)
      while (webhooks.underWay.size >= DELIVERIES_AT_ONCE) await Promise.race(webhooks.underWay)
    }
    setClock(settings, world, until)
    await whenIdle(settings, world, webhooks, HOP_PATIENCE_MS, ASK_IN_A_HOP_EVERY_MS)
    stops.push({ at: iso(world.now), what: ['the end of a hop'] })
  }
  return { now: iso(world.now), stops }
}

/** The app's next look, unless it can find nothing new. */
function lookWorthAStop({ now, changedAt }: World, { lookAt }: Next): number {
  return lookAt !== null && lookAt > now && lookAt <= changedAt + LOOKS_FOLLOW_MS
    ? lookAt
    : Infinity
}

function setClock(settings: Settings, world: World, at: number): void {
  world.now = at
  writeClock(settings, at)
}

/**
 * Waits until no delivery is under way, nothing of the world's is due and the app has nothing pending. Answers when
 * the app has something due next. Without an app, only the world counts.
 */
async function whenIdle(
  settings: Settings,
  world: World,
  webhooks: Webhooks,
  patienceMs = PATIENCE_MS,
  askEveryMs = ASK_EVERY_MS,
): Promise<Next> {
  const started = Date.now()
  let pauseMs = askEveryMs
  for (;;) {
    await Promise.all(webhooks.underWay)
    runDue(world.agenda, world.now)
    if (webhooks.underWay.size === 0) {
      const health = await askHealth(settings)
      const quiet =
        webhooks.underWay.size === 0 && (nextOf(world.agenda)?.at ?? Infinity) > world.now
      if (health === 'no app') {
        if (quiet) return { dueAt: null, lookAt: null }
      } else if (health !== 'unreachable' && quiet && health.pending === 0) {
        const due = health.nextDueAt === null ? null : Date.parse(health.nextDueAt)
        const lookAt = health.nextLookAt ? Date.parse(health.nextLookAt) : null
        if (due === null || due > world.now) return { dueAt: due, lookAt }
      }
      if (Date.now() - started > patienceMs) throw notIdle(settings, health, patienceMs)
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
    // Each question costs the app a query, and what is not done at once mostly takes a while.
    pauseMs = Math.min(pauseMs * 1.5, askEveryMs * 4)
  }
}

function notIdle(
  settings: Settings,
  health: Health | 'no app' | 'unreachable',
  patienceMs: number,
): NotPossible {
  const seconds = patienceMs / 1000
  if (health === 'unreachable' || health === 'no app')
    return new NotPossible(
      `The app at ${settings.appUrl} has not answered /health for ${seconds} s. Is it running?`,
      504,
    )
  return new NotPossible(
    `The app was still busy after ${seconds} s: pending ${health.pending}, next due ${health.nextDueAt}` +
      `${health.problems?.length ? `, problems: ${health.problems.join('; ')}` : ''}. Is a worker running?`,
    504,
  )
}

async function askHealth(settings: Settings): Promise<Health | 'no app' | 'unreachable'> {
  if (!settings.appUrl) return 'no app'
  try {
    const answer = await fetch(new URL('/health', settings.appUrl), {
      signal: AbortSignal.timeout(5_000),
    })
    const health = (await answer.json()) as Health
    // Null while the database does not answer: the app cannot know.
    return typeof health.pending === 'number' ? health : 'unreachable'
  } catch {
    return 'unreachable'
  }
}
