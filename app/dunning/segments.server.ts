/** The shop's segments: loaded, put in order, asked when a case opens, and counted before they are relied on. */

import { randomUUID } from 'node:crypto'
import type { Prisma } from '@prisma/client'
import { db, pool, type Tx } from '../db.server.ts'
import { log } from '../log.server.ts'
import { audit } from './audit.server.ts'
import { earlierRecoveries, planForNewCase } from './cases.server.ts'
import { parseConditions, parseTraits, type Traits } from './conditions.ts'
import { addHours } from './schedule.ts'
import {
  chooseSegment,
  MOST_RULES,
  problemsOfRule,
  type RuleProblem,
  type SegmentRule,
} from './segments.ts'
import { lockSequence } from './sequences.server.ts'
import type { Facts, Money, Sequence } from './types.ts'

/** What a new case begins with; `off`: the sequence that it would get opens no cases, or there is none. */
export type ChosenPlan =
  | {
      type: 'plan'
      versionId: string
      sequence: Sequence
      /** The segment by name; null: the default sequence. */
      segmentRule: string | null
      /** Null: the shop has no segments, so there is nothing to tell. */
      because: string | null
    }
  | { type: 'off'; because: string }

export async function planFor(shop: string, traits: Traits): Promise<ChosenPlan> {
  const rules = await loadRules(shop)
  const { rule, because } = chooseSegment(rules, traits)
  const plan = await planForNewCase(shop, rule?.sequenceId ?? null)
  if (!plan) return { type: 'off', because: 'the shop has no sequence for it' }
  const { id: versionId, sequence, name } = plan
  if (!plan.isOn)
    return { type: 'off', because: `it would get the sequence "${name}", which is off: ${because}` }
  return {
    type: 'plan',
    versionId,
    sequence,
    segmentRule: rule?.name ?? null,
    because: rules.length === 0 ? null : `it gets the sequence "${name}": ${because}`,
  }
}

/** What conditions may look at, of a case that is about to open. */
export async function traitsAtOpening(
  shop: string,
  read: {
    known: Pick<
      Traits,
      | 'lifetimeValue'
      | 'orders'
      | 'interval'
      | 'products'
      | 'country'
      | 'language'
      | 'tags'
      | 'consent'
    >
    since: Date
    amount: Money
    customerId: string | null
    cycleIndex: number
  },
  { attempts, method }: Pick<Facts, 'attempts' | 'method'>,
  at: Date,
): Promise<Traits> {
  const failed = attempts.findLast(({ outcome }) => outcome.type === 'failed')?.outcome
  const decline = failed?.type === 'failed' ? failed.decline : null
  return {
    ...read.known,
    amount: read.amount,
    tenureDays: Math.max(0, Math.floor((at.getTime() - read.since.getTime()) / DAY_MS)),
    cycleNumber: read.cycleIndex,
    class: decline?.class ?? null,
    code: decline?.code ?? null,
    instrument: method?.instrument ?? null,
    earlierRecoveries: await earlierRecoveries(shop, read.customerId),
  }
}

const DAY_MS = 24 * 3_600_000

/** In the order in which they are asked. One that cannot be read never holds, and the page and the log say so. */
export async function loadRules(shop: string): Promise<SegmentRule[]> {
  const rows = await db.segmentRule.findMany({ where: { shop }, orderBy: { position: 'asc' } })
  return rows.map(({ id, name, sequenceId, conditions }) => {
    const read = parseConditions(conditions)
    if (typeof read !== 'string') return { id, name, sequenceId, conditions: read }
    log.warn({ shop, segmentId: id, because: read }, 'a segment cannot be read and is passed over')
    return { id, name, sequenceId, conditions: [], unreadable: read }
  })
}

// ---------------------------------------------------------------- what staff change

export type RuleSaved =
  | { type: 'saved'; id: string }
  | { type: 'refused'; problems: RuleProblem[] }
  /** The rule, or the sequence that it names, is gone. */
  | { type: 'gone' }

/** Adds a rule at the end, or changes one where it stands. `id` null: a new one. */
export async function saveRule(
  {
    shop,
    id,
    name,
    sequenceId,
    conditions: json,
    actor,
  }: {
    shop: string
    id: string | null
    name: string
    sequenceId: string
    conditions: unknown
    actor: string
  },
  now: Date,
): Promise<RuleSaved> {
  const conditions = parseConditions(json)
  if (typeof conditions === 'string')
    return { type: 'refused', problems: [{ field: 'conditions', say: conditions }] }
  const problems = problemsOfRule({ name, sequenceId, conditions })
  if (problems.length > 0) return { type: 'refused', problems }
  return db.$transaction(async (tx) => {
    const rules = await lockRules(tx, shop)
    // Held: put away meanwhile, it would leave the failures of this segment without a plan.
    const isThere = (await lockSequence(tx, shop, sequenceId)) !== null
    if (!isThere || (id && !rules.some((rule) => rule.id === id))) return { type: 'gone' }
    if (!id && rules.length >= MOST_RULES)
      return {
        type: 'refused',
        problems: [
          { field: 'name', say: `A shop has at most ${MOST_RULES} segments. Delete one first.` },
        ],
      }
    const data = {
      name: name.trim(),
      sequenceId,
      conditions: conditions as unknown as Prisma.InputJsonArray,
      updatedAt: now,
      updatedBy: actor,
    }
    const ruleId = id ?? randomUUID()
    if (id) await tx.segmentRule.update({ where: { id }, data })
    else
      await tx.segmentRule.create({
        data: { id: ruleId, shop, position: rules.length, createdAt: now, ...data },
      })
    const action = id ? 'segment.changed' : 'segment.added'
    await audit(tx, { shop, actor, action, target: ruleId, data: { name: data.name } }, now)
    return { type: 'saved', id: ruleId }
  })
}

export async function deleteRule(
  { shop, id, actor }: { shop: string; id: string; actor: string },
  now: Date,
): Promise<void> {
  await db.$transaction(async (tx) => {
    const rules = await lockRules(tx, shop)
    if (!rules.some((rule) => rule.id === id)) return
    await tx.segmentRule.delete({ where: { id } })
    await putInOrder(
      tx,
      rules.filter((rule) => rule.id !== id).map((rule) => rule.id),
    )
    await audit(tx, { shop, actor, action: 'segment.deleted', target: id }, now)
  })
}

/** Moves a rule up (-1) or down (1) by one place. At the end of the list nothing happens. */
export async function moveRule(
  { shop, id, by, actor }: { shop: string; id: string; by: -1 | 1; actor: string },
  now: Date,
): Promise<void> {
  await db.$transaction(async (tx) => {
    const order = (await lockRules(tx, shop)).map((rule) => rule.id)
    const from = order.indexOf(id)
    const to = from + by
    const other = order[to]
    if (from < 0 || other === undefined) return
    order[to] = id
    order[from] = other
    await putInOrder(tx, order)
    await audit(tx, { shop, actor, action: 'segment.moved', target: id, data: { to } }, now)
  })
}

async function lockRules(tx: Tx, shop: string): Promise<{ id: string }[]> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`segments ${shop}`}, 0))`
  return tx.segmentRule.findMany({
    where: { shop },
    orderBy: { position: 'asc' },
    select: { id: true },
  })
}

/** The unique index on the place is looked at when the transaction ends. */
async function putInOrder(tx: Tx, ids: string[]): Promise<void> {
  for (const [position, id] of ids.entries())
    await tx.segmentRule.update({ where: { id }, data: { position } })
}

// ---------------------------------------------------------------- who would match now

/** How far back cases are looked at, and how many at most. Ours: a quarter, and what is counted in a tenth of a second. */
export const COUNTED_DAYS = 90
export const COUNTED_CASES = 2_000

export type Matching = {
  /** Cases that were looked at: the newest of those open now or opened in the last 90 days. */
  cases: number
  /** Of how many nothing was read at opening, because they are older than segments. */
  unread: number
  /** By rule, in their order: how many it would choose now, and how many would fit it if it stood first. */
  byRule: { ruleId: string; chosen: number; fits: number }[]
  byDefault: number
}

/** Which rule would choose how many of the shop's recent cases. `rules`: saved ones, or as they are being edited. */
export async function whoWouldMatch(
  shop: string,
  rules: readonly SegmentRule[],
  now: Date,
): Promise<Matching> {
  const { rows } = await pool.query<{ traits: unknown; amount: string; currency: string }>({
    name: 'who-would-match',
    text: `SELECT traits, amount::text AS amount, currency FROM "RecoveryCase"
            WHERE shop = $1 AND ("closedAt" IS NULL OR "openedAt" > $2)
            ORDER BY "openedAt" DESC LIMIT ${COUNTED_CASES}`,
    values: [shop, addHours(now, -COUNTED_DAYS * 24)],
  })
  const all = rows.map(({ traits, ...amount }) => parseTraits(traits, amount))
  const chosen = all.map((traits) => chooseSegment(rules, traits).rule?.id ?? null)
  return {
    cases: rows.length,
    unread: rows.filter(({ traits }) => traits === null).length,
    byRule: rules.map((rule) => ({
      ruleId: rule.id,
      chosen: chosen.filter((id) => id === rule.id).length,
      fits: all.filter((traits) => chooseSegment([rule], traits).rule).length,
    })),
    byDefault: chosen.filter((id) => id === null).length,
  }
}
