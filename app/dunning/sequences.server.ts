/** Loads and publishes sequences. A version is never changed: a case keeps the one that it was opened with. */

import { createHash, randomUUID } from 'node:crypto'
import type { Prisma, PrismaClient } from '@prisma/client'
import type { Db } from '../db.server.ts'
import { audit } from './audit.server.ts'
import { startClocks } from './clocks.server.ts'
import {
  checkSequence,
  defaultSequence,
  parseSequence,
  type SequenceDraft,
  type SequenceProblem,
} from './sequence.ts'
import type { Sequence } from './types.ts'

export type NewShop = {
  shop: string
  name: string
  email: string | null
  zone: string
  currency: string
  locale: string
  ownsContracts: boolean
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
}

/** Every sequence of the shop with its newest version, the default one first. */
export async function listSequences(db: Db, shop: string): Promise<SequenceOverview[]> {
  const found = await db.sequence.findMany({
    where: { shop },
    orderBy: [{ isDefault: 'desc' }, { createdAt: 'asc' }],
    include: newestVersion,
  })
  const overviews = await Promise.all(found.map((row) => overview(db, row)))
  return overviews.filter((one) => one !== null)
}

/** Null: this shop has no such sequence. */
export async function loadSequence(
  db: Db,
  shop: string,
  id: string,
): Promise<SequenceOverview | null> {
  const found = await db.sequence.findFirst({ where: { id, shop }, include: newestVersion })
  return found ? overview(db, found) : null
}

const newestVersion = { versions: { orderBy: { number: 'desc' }, take: 1 } } as const

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
  }
}

/** What the page of a sequence lets staff change. The steps and the hours for retries stay as they are. */
export type SequenceEdits = { isOn: boolean } & Pick<
  SequenceDraft,
  'finalAction' | 'deadlineDays' | 'graceDays' | 'stockFinalAction'
>

export type Published =
  | { type: 'published'; version: number }
  /** Only the switch changed, or nothing did: no new version was needed. */
  | { type: 'kept'; version: number }
  /** Somebody published since the page was opened. */
  | { type: 'outdated'; version: number }
  | { type: 'refused'; problems: SequenceProblem[] }

/** Publishes the edits as the next version. `basedOn`: the version that the page showed. Null: no such sequence. */
export async function publishEdits(
  db: PrismaClient,
  {
    shop,
    sequenceId,
    basedOn,
    edits,
    actor,
  }: { shop: string; sequenceId: string; basedOn: number; edits: SequenceEdits; actor: string },
  now: Date,
): Promise<Published | null> {
  const { isOn, ...knobs } = edits
  return db.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT 1 FROM "Sequence" WHERE "id" = ${sequenceId}::uuid AND "shop" = ${shop} FOR UPDATE`
    const loaded = await loadSequence(tx, shop, sequenceId)
    if (!loaded) return null
    if (loaded.version !== basedOn) return { type: 'outdated', version: loaded.version }

    const checked = checkSequence({ ...loaded.body, ...knobs })
    if (!checked.ok) return { type: 'refused', problems: checked.problems }

    if (loaded.isOn !== isOn) {
      await tx.sequence.update({ where: { id: sequenceId }, data: { isOn } })
      const action = isOn ? 'sequence.turned_on' : 'sequence.turned_off'
      await audit(tx, { shop, actor, action, target: sequenceId }, now)
    }
    const body = checked.sequence
    if (hashOf(body) === hashOf(loaded.body)) return { type: 'kept', version: loaded.version }

    const version = loaded.version + 1
    await tx.sequenceVersion.create({
      data: { sequenceId, ...versionRow(body, version, actor, now) },
    })
    await audit(
      tx,
      { shop, actor, action: 'sequence.published', target: sequenceId, data: { version } },
      now,
    )
    return { type: 'published', version }
  })
}

function versionRow(body: Sequence, number: number, publishedBy: string, now: Date) {
  return {
    id: randomUUID(),
    number,
    body: body as unknown as Prisma.InputJsonObject,
    hash: hashOf(body),
    publishedAt: now,
    publishedBy,
  }
}

/** The same plan has the same hash, whatever order its keys came back from the database in. */
function hashOf(body: Sequence): string {
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
