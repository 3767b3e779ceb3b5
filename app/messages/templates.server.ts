/**
 * A shop's own templates and its brand: kept, changed with a trace, and found for a message. What a shop has not
 * changed is not in the database: it follows our words, also when they become better.
 */
import { randomUUID } from 'node:crypto'
import type { PrismaClient } from '@prisma/client'
import type { Db } from '../db.server.ts'
import { audit } from '../dunning/audit.server.ts'
import type { Lane } from '../dunning/types.ts'
import { isPaymentLane } from './default-templates/language.ts'
import { problemsInMails } from './preview.ts'
import {
  type Brand,
  DEFAULT_BRAND,
  defaultFor,
  type Problem,
  problemsOf,
  problemsOfBrand,
  readTemplate,
  type Template,
  type TemplateKey,
  type TemplateStage,
} from './template.ts'

export type FoundTemplate = {
  template: Template
  /** Whose words: the shop's for this lane, the shop's for every lane, or ours. */
  source: 'own' | 'own_any_lane' | 'default'
  /** Of the shop's own; null for ours. */
  version: number | null
  updatedAt: Date | null
  updatedBy: string | null
}

/**
 * The words for a message: the shop's for this lane, else the shop's for every lane, else ours. Ours follow whatever
 * final action the case's sequence has. Null: this channel has no words for this stage and lane. `tag` is the language
 * that `wordsLocale` found: the shopper's, else the shop's, else English.
 */
export async function templateFor(
  db: Db,
  shop: string,
  { stage, lane, channel, tag }: TemplateKey,
): Promise<FoundTemplate | null> {
  const rows = await db.messageTemplate.findMany({
    where: { shop, stage, channel, language: tag, lane: { in: lanesFor(lane, stage) } },
  })
  const row = rows.find((each) => each.lane === lane) ?? rows[0]
  const own = row && readTemplate(row)
  if (row && own) {
    return {
      template: own,
      source: row.lane === lane ? 'own' : 'own_any_lane',
      version: row.version,
      updatedAt: row.updatedAt,
      updatedBy: row.updatedBy,
    }
  }
  const template = defaultFor({ stage, lane, channel, tag }, null)
  return (
    template && { template, source: 'default', version: null, updatedAt: null, updatedBy: null }
  )
}

/** The shop's own lanes never take words that were written about a payment. */
function lanesFor(lane: Lane | '*', stage: TemplateStage): string[] {
  return lane === '*' || isPaymentLane(lane) || stage === 'address' ? [lane, '*'] : [lane]
}

export type OwnTemplate = {
  key: TemplateKey
  template: Template
  version: number
  updatedAt: Date
  updatedBy: string
}

/** Everything that the shop has changed, of all stages or of one. A row that cannot be read is as good as none. */
export async function ownTemplates(
  db: Db,
  shop: string,
  stage?: TemplateStage,
): Promise<OwnTemplate[]> {
  const rows = await db.messageTemplate.findMany({
    where: { shop, ...(stage ? { stage } : {}) },
    orderBy: [{ stage: 'asc' }, { lane: 'asc' }, { channel: 'asc' }, { language: 'asc' }],
  })
  return rows.flatMap((row) => {
    const template = readTemplate(row)
    const { version, updatedAt, updatedBy, channel, language } = row
    const key = { stage: row.stage, lane: row.lane, channel, tag: language } as TemplateKey
    return template ? [{ key, template, version, updatedAt, updatedBy }] : []
  })
}

export type Saved = {
  /** Null: nothing was saved. */
  version: number | null
  problems: Problem[]
}

/**
 * Saves a template. `basedOn`: the version that was edited, null for ours; if somebody saved another meanwhile, nothing
 * is overwritten. Answers the new version, or null and what is in the way.
 */
export async function saveTemplate(
  db: PrismaClient,
  shop: string,
  actor: string,
  key: TemplateKey,
  value: unknown,
  basedOn: number | null,
  now: Date,
): Promise<Saved> {
  const template = readTemplate(value)
  if (!template) {
    return refused('This is not a template.', 'Load the page again and repeat the change.')
  }
  const problems = problemsOf(template, key.channel)
  if (!problems.some(({ stops }) => stops)) {
    problems.push(...problemsInMails(template, key, await loadBrand(db, shop)))
  }
  if (problems.some(({ stops }) => stops)) return { version: null, problems }
  const { stage, lane, channel, tag: language } = key
  const where = { shop, stage, lane, channel, language }
  const version = (basedOn ?? 0) + 1
  const changed = { ...template, version, updatedAt: now, updatedBy: actor }
  const isSaved = await db.$transaction(async (tx) => {
    const { count } =
      basedOn === null
        ? await tx.messageTemplate.createMany({
            data: [{ id: randomUUID(), ...where, ...changed }],
            skipDuplicates: true,
          })
        : await tx.messageTemplate.updateMany({
            where: { ...where, version: basedOn },
            data: changed,
          })
    if (count === 0) return false
    await audit(
      tx,
      { shop, actor, action: 'template.saved', target: nameOf(key), data: { version } },
      now,
    )
    return true
  })
  return isSaved
    ? { version, problems }
    : refused(
        'Somebody else has saved this template meanwhile.',
        'Look at theirs, and put your change into it if you still want to.',
      )
}

/** Back to our words. `basedOn`: the version that was seen. False: it is gone, or somebody saved another meanwhile. */
export async function resetTemplate(
  db: PrismaClient,
  shop: string,
  actor: string,
  key: TemplateKey,
  basedOn: number,
  now: Date,
): Promise<boolean> {
  const { stage, lane, channel, tag: language } = key
  return db.$transaction(async (tx) => {
    const { count } = await tx.messageTemplate.deleteMany({
      where: { shop, stage, lane, channel, language, version: basedOn },
    })
    if (count === 0) return false
    await audit(tx, { shop, actor, action: 'template.reset', target: nameOf(key) }, now)
    return true
  })
}

export async function loadBrand(db: Db, shop: string): Promise<Brand> {
  const row = await db.brand.findUnique({ where: { shop } })
  if (!row) return DEFAULT_BRAND
  const { logoUrl, logoAlt, accent, background, ink, policy, postalAddress } = row
  return { logoUrl, logoAlt, accent, background, ink, policy, postalAddress }
}

/** Saves the brand and answers what is wrong or could be better; whatever `stops` kept it from being saved. */
export async function saveBrand(
  db: PrismaClient,
  shop: string,
  actor: string,
  brand: Brand,
  now: Date,
): Promise<Problem[]> {
  const problems = problemsOfBrand(brand)
  if (problems.some(({ stops }) => stops)) return problems
  const { logoUrl, logoAlt, accent, background, ink, policy, postalAddress } = brand
  const fields = { logoUrl, logoAlt, accent, background, ink, policy, postalAddress }
  const changed = { ...fields, updatedAt: now, updatedBy: actor }
  await db.$transaction(async (tx) => {
    await tx.brand.upsert({ where: { shop }, create: { shop, ...changed }, update: changed })
    await audit(tx, { shop, actor, action: 'brand.saved', data: fields }, now)
  })
  return problems
}

/** As audit rows name a template. */
export function nameOf({ stage, lane, channel, tag }: TemplateKey): string {
  return `${channel}/${stage}/${lane}/${tag}`
}

function refused(say: string, mend: string): Saved {
  return { version: null, problems: [{ where: 'template', line: null, say, mend, stops: true }] }
}
