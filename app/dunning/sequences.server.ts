/** The sequences of a shop: listed, made, named, turned on and off, put away. Their versions: versions.server.ts. */

import { createHash, randomUUID } from 'node:crypto'
import { Prisma, type PrismaClient } from '@prisma/client'
import type { Db, Tx } from '../db.server.ts'
import { audit } from './audit.server.ts'
import { startClocks } from './clocks.server.ts'
import { type PresetKey, presets } from './presets.ts'
import { defaultSequence, parseSequence } from './sequence.ts'
import type { Sequence } from './types.ts'

export type NewShop = {
  shop: string
  name: string
  email: string | null
  zone: string
  currency: string
  locale: string
  ownsContracts: boolean
  accountPage?: string | null
}

/**
 * Makes the shop known, with the default sequence as version 1. Safe to call at every sign-in: what Shopify knows
 * is brought up to date, what the merchant has answered stays. Recovery stays off until it is started by hand, after
 * a reinstall too: nothing resumes by itself, and cases frozen by the uninstall wait to be released.
 */
export async function installShop(db: PrismaClient, shop: NewShop, now: Date): Promise<void> {
  const { shop: domain, ...known } = shop
  await db.$transaction(async (tx) => {
    // Parallel first loads exchange their tokens at once: the second waits here and finds everything made.
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${domain}, 0))`
    const before = await tx.shop.findUnique({ where: { shop: domain } })
    if (!before) {
      await tx.shop.create({
        data: { shop: domain, ...known, installedAt: now, senderName: known.name },
      })
      await startClocks(tx, domain, now)
      await audit(tx, { shop: domain, actor: 'engine', action: 'shop.installed' }, now)
    } else {
      await tx.shop.update({
        where: { shop: domain },
        data: before.uninstalledAt
          ? {
              ...known,
              uninstalledAt: null,
              redactedAt: null,
              installedAt: now,
              recoveryStartedAt: null,
            }
          : known,
      })
      if (before.uninstalledAt) {
        await startClocks(tx, domain, now)
        await audit(tx, { shop: domain, actor: 'engine', action: 'shop.reinstalled' }, now)
      }
    }
    if ((await tx.sequence.count({ where: { shop: domain } })) > 0) return
    await tx.sequence.create({
      data: {
        id: randomUUID(),
        shop: domain,
        name: 'Default sequence',
        isDefault: true,
        createdAt: now,
        versions: { create: versionRow(defaultSequence(), 1, 'engine', now) },
      },
    })
  })
}

export type SequenceOverview = {
  id: string
  name: string
  isDefault: boolean
  isOn: boolean
  version: number
  publishedAt: Date
  publishedBy: string
  body: Sequence
  /** Open cases on this version, and on older ones. */
  running: { here: number; older: number }
  /** A draft waits to be published. */
  hasDraft: boolean
  /** Segments that choose it. */
  segments: number
}

/** Every sequence of the shop that is not put away, with its newest version, the default one first. */
export async function listSequences(db: Db, shop: string): Promise<SequenceOverview[]> {
  const found = await db.sequence.findMany({
    where: { shop, archivedAt: null },
    orderBy: [{ isDefault: 'desc' }, { createdAt: 'asc' }],
    include: newestVersion,
  })
  const overviews = await Promise.all(found.map((row) => overview(db, row)))
  return overviews.filter((one) => one !== null)
}

const newestVersion = {
  versions: { orderBy: { number: 'desc' }, take: 1 },
  _count: { select: { segments: true } },
} as const

async function overview(
  db: Db,
  row: Prisma.SequenceGetPayload<{ include: typeof newestVersion }>,
): Promise<SequenceOverview | null> {
  const newest = row.versions[0]
  if (!newest) return null
  const open = await db.recoveryCase.groupBy({
    by: ['sequenceVersionId'],
    where: { shop: row.shop, closedAt: null, version_: { sequenceId: row.id } },
    _count: { _all: true },
  })
  const running = { here: 0, older: 0 }
  for (const group of open) {
    running[group.sequenceVersionId === newest.id ? 'here' : 'older'] += group._count._all
  }
  return {
    id: row.id,
    name: row.name,
    isDefault: row.isDefault,
    isOn: row.isOn,
    version: newest.number,
    publishedAt: newest.publishedAt,
    publishedBy: newest.publishedBy,
    body: parseSequence(newest.body),
    running,
    hasDraft: row.draftSavedAt !== null,
    segments: row._count.segments,
  }
}

// ---------------------------------------------------------------- made, copied, put away

/** Most sequences of a shop that are not put away. Ours: a merchant must be able to tell them apart. */
export const MOST_SEQUENCES = 20

type Made = { type: 'made'; id: string } | { type: 'refused'; say: string }

/** A new sequence from one of the presets. It is on, and serves nobody until a segment chooses it. */
export async function createSequence(
  db: PrismaClient,
  { shop, preset, actor }: { shop: string; preset: PresetKey; actor: string },
  now: Date,
): Promise<Made> {
  const chosen = presets().find(({ key }) => key === preset)
  if (!chosen) return { type: 'refused', say: 'Choose one of the presets.' }
  return make(db, { shop, actor, name: chosen.name, body: chosen.sequence, preset }, now)
}

/** A copy of the newest version, with a history of its own. Null: this shop has no such sequence. */
export async function duplicateSequence(
  db: PrismaClient,
  { shop, sequenceId, actor }: { shop: string; sequenceId: string; actor: string },
  now: Date,
): Promise<Made | null> {
  const row = await db.sequence.findFirst({
    where: { id: sequenceId, shop, archivedAt: null },
    include: newestVersion,
  })
  const newest = row?.versions[0]
  if (!row || !newest) return null
  const { name, preset } = row
  const body = parseSequence(newest.body)
  return make(db, { shop, actor, name: `Copy of ${name}`, body, preset }, now)
}

async function make(
  db: PrismaClient,
  {
    shop,
    actor,
    name,
    body,
    preset,
  }: { shop: string; actor: string; name: string; body: Sequence; preset: string | null },
  now: Date,
): Promise<Made> {
  return db.$transaction(async (tx) => {
    const names = await namesOf(tx, shop)
    if (names.length >= MOST_SEQUENCES)
      return {
        type: 'refused',
        say: `A shop has at most ${MOST_SEQUENCES} sequences. Archive one that you do not need first.`,
      }
    const id = randomUUID()
    await tx.sequence.create({
      data: {
        id,
        shop,
        name: freeName(name, names),
        preset,
        createdAt: now,
        versions: { create: versionRow(body, 1, actor, now) },
      },
    })
    await audit(tx, { shop, actor, action: 'sequence.created', target: id, data: { preset } }, now)
    return { type: 'made', id }
  })
}

async function namesOf(tx: Db, shop: string): Promise<string[]> {
  const rows = await tx.sequence.findMany({
    where: { shop, archivedAt: null },
    select: { name: true },
  })
  return rows.map(({ name }) => name)
}

/** "Gentle", and where that is taken "Gentle 2". */
function freeName(wanted: string, taken: readonly string[]): string {
  for (let count = 1; ; count++) {
    const end = count === 1 ? '' : ` ${count}`
    const name = wanted.slice(0, NAME_LENGTH - end.length) + end
    if (!taken.includes(name)) return name
  }
}

/**
 * Puts a sequence away: it is off, out of the list, and its draft is dropped; cases that are open go on. Not while
 * something would still give it to a case. Null: this shop has no such sequence.
 */
export async function archiveSequence(
  db: PrismaClient,
  { shop, sequenceId, actor }: { shop: string; sequenceId: string; actor: string },
  now: Date,
): Promise<{ type: 'archived' } | { type: 'refused'; say: string } | null> {
  return db.$transaction(async (tx) => {
    const found = await lockSequence(tx, shop, sequenceId)
    if (!found) return null
    const rule = await tx.segmentRule.findFirst({ where: { shop, sequenceId } })
    if (found.row.isDefault)
      return {
        type: 'refused',
        say: 'This is the default sequence, which always exists. Make another one the default first.',
      }
    if (rule)
      return {
        type: 'refused',
        say: `The segment “${rule.name}” chooses it. Give that segment another sequence first.`,
      }
    await tx.sequence.update({
      where: { id: sequenceId },
      data: { archivedAt: now, isOn: false, ...NO_DRAFT },
    })
    await audit(tx, { shop, actor, action: 'sequence.archived', target: sequenceId }, now)
    return { type: 'archived' }
  })
}

/** From now on it serves what no segment chooses another one for. Null: this shop has no such sequence. */
export async function makeDefault(
  db: PrismaClient,
  { shop, sequenceId, actor }: { shop: string; sequenceId: string; actor: string },
  now: Date,
): Promise<{ name: string } | null> {
  return db.$transaction(async (tx) => {
    const found = await lockSequence(tx, shop, sequenceId)
    if (!found) return null
    const { name, isDefault } = found.row
    if (isDefault) return { name }
    // At no moment two, by the unique index; outside this transaction at no moment none.
    await tx.sequence.updateMany({ where: { shop, isDefault: true }, data: { isDefault: false } })
    await tx.sequence.update({ where: { id: sequenceId }, data: { isDefault: true } })
    await audit(tx, { shop, actor, action: 'sequence.made_default', target: sequenceId }, now)
    return { name }
  })
}

/** Longest name of a sequence. Characters. */
const NAME_LENGTH = 80

/** An empty name changes nothing. Null: this shop has no such sequence. */
export async function renameSequence(
  db: PrismaClient,
  {
    shop,
    sequenceId,
    name,
    actor,
  }: { shop: string; sequenceId: string; name: string; actor: string },
  now: Date,
): Promise<{ name: string } | null> {
  return db.$transaction(async (tx) => {
    const row = await tx.sequence.findFirst({ where: { id: sequenceId, shop } })
    if (!row) return null
    const next = name.trim().slice(0, NAME_LENGTH) || row.name
    if (next === row.name) return { name: next }
    await tx.sequence.update({ where: { id: sequenceId }, data: { name: next } })
    await audit(tx, { shop, actor, action: 'sequence.renamed', target: sequenceId }, now)
    return { name: next }
  })
}

/** Off: new failures that it would serve open no case; cases that are open go on. Null: no such sequence. */
export async function turnSequence(
  db: PrismaClient,
  {
    shop,
    sequenceId,
    isOn,
    actor,
  }: { shop: string; sequenceId: string; isOn: boolean; actor: string },
  now: Date,
): Promise<{ isOn: boolean } | null> {
  return db.$transaction(async (tx) => {
    const { count } = await tx.sequence.updateMany({
      where: { id: sequenceId, shop, archivedAt: null, isOn: !isOn },
      data: { isOn },
    })
    if (count > 0) {
      const action = isOn ? 'sequence.turned_on' : 'sequence.turned_off'
      await audit(tx, { shop, actor, action, target: sequenceId }, now)
      return { isOn }
    }
    return tx.sequence.findFirst({
      where: { id: sequenceId, shop, archivedAt: null },
      select: { isOn: true },
    })
  })
}

// ---------------------------------------------------------------- rows

/** Holds the sequence for this transaction: of two who publish at once, one sees what the other did. */
export async function lockSequence(tx: Tx, shop: string, sequenceId: string) {
  await tx.$queryRaw`SELECT 1 FROM "Sequence" WHERE "id" = ${sequenceId}::uuid AND "shop" = ${shop} FOR UPDATE`
  const row = await tx.sequence.findFirst({
    where: { id: sequenceId, shop, archivedAt: null },
    include: { versions: { orderBy: { number: 'desc' }, take: 1 } },
  })
  const newest = row?.versions[0]
  return row && newest ? { row, newest } : null
}

/** The row of a version that belongs to no sequence yet. */
export function versionRow(body: Sequence, number: number, publishedBy: string, now: Date) {
  return {
    id: randomUUID(),
    number,
    body: body as unknown as Prisma.InputJsonObject,
    hash: hashOf(body),
    publishedAt: now,
    publishedBy,
  }
}

/** What a sequence without a draft holds in the place of one. */
export const NO_DRAFT = {
  draft: Prisma.DbNull,
  draftSavedAt: null,
  draftSavedBy: null,
  draftBasedOn: null,
}

/** The same plan has the same hash, whatever order its keys came back from the database in. */
export function hashOf(body: Sequence): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(body)))
    .digest('hex')
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  )
}
