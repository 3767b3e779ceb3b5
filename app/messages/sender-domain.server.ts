/**
 * Which address a shop's mails come from: its own domain while SendGrid finds its entries, else ours. A domain that is
 * lost never costs a mail: it goes out from ours, and staff are told.
 */
import { randomUUID } from 'node:crypto'
import type { PrismaClient, SenderDomain } from '@prisma/client'
import { now, realNow } from '../clock.server.ts'
import { db, type Tx } from '../db.server.ts'
import { audit } from '../dunning/audit.server.ts'
import { env } from '../env.server.ts'
import { log } from '../log.server.ts'
import { rateLimit } from '../rate-limit.server.ts'
import { addressAt, type DnsRecord, domainOf, readDomain, readRecords } from './domain.ts'
import { createDomain, deleteDomain, validateDomain } from './domain-api.server.ts'
import { type Email, type SendResult, sendEmail } from './email.server.ts'

/** Until it is proved for the first time a domain is looked at this often, for so long; later once a day. */
const FIRST_LOOKS_HOURS = 1
const FIRST_LOOKS_DAYS = 3
const HOUR_MS = 3_600_000

/** SendGrid looks into the DNS at each press. Per shop and web process; ours. */
const additions = rateLimit({ times: 5, perMs: 60 * 60_000 })
const presses = rateLimit({ times: 6, perMs: 60_000 })

/** Sends from the shop's own address where it has one, else from ours. */
export async function sendForShop(shop: string, email: Omit<Email, 'from'>): Promise<SendResult> {
  const own = await db.senderDomain.findUnique({ where: { shop } })
  if (!own?.valid) return sendEmail(email)
  const result = await sendEmail({ ...email, from: addressAt(own.domain) })
  if (result.state !== 'failed' || !result.senderRefused) return result
  // Surely not sent, so it may go out from ours at once.
  await loseDomain(own, 'SendGrid refuses it as a sender', now())
  return sendEmail(email)
}

export type DomainPage = {
  domain: string
  address: string
  records: DnsRecord[]
  valid: boolean
  checkedAt: Date | null
  problem: string | null
}

export async function domainPage(shop: string): Promise<DomainPage | null> {
  const row = await db.senderDomain.findUnique({ where: { shop } })
  if (!row) return null
  const { domain, valid, checkedAt, problem } = row
  return {
    domain,
    address: addressAt(domain),
    records: readRecords(row.records),
    valid,
    checkedAt,
    problem,
  }
}

/** Null: it is added, and its entries are shown. Otherwise why not, in words for the field. */
export async function addDomain(
  client: PrismaClient,
  shop: string,
  actor: string,
  typed: string,
  at: Date,
): Promise<string | null> {
  const read = readDomain(typed, domainOf(env().MAIL_FROM))
  if ('error' in read) return read.error
  const { domain } = read
  if (await client.senderDomain.findUnique({ where: { shop } }))
    return 'This shop has a domain already. Remove it first.'
  if (await isProvedByAnother(client, shop, domain)) return TAKEN
  if (!additions.allows(shop, realNow().getTime()))
    return 'Too many domains in an hour. Try again later.'
  const made = await createDomain(domain)
  if (!made.ok) return made.because
  const { providerId, records } = made.value
  await client.$transaction(async (tx) => {
    await tx.senderDomain.create({
      data: { shop, domain, providerId, records, addedAt: at, addedBy: actor },
    })
    const nextRunAt = new Date(at.getTime() + FIRST_LOOKS_HOURS * HOUR_MS)
    const clock = { nextRunAt, cursor: null, startedAt: null, tries: 0, error: null }
    await tx.shopClock.upsert({
      where: { shop_job: { shop, job: 'domain' } },
      create: { shop, job: 'domain', ...clock },
      update: clock,
    })
    await audit(tx, { shop, actor, action: 'domain.added', data: { domain } }, at)
  })
  return null
}

const TAKEN =
  'Another shop sends from this domain. Use a subdomain of it, like notices.example.com, or remove it there first.'

async function isProvedByAnother(
  client: PrismaClient,
  shop: string,
  domain: string,
): Promise<boolean> {
  const other = await client.senderDomain.count({
    where: { domain, valid: true, shop: { not: shop } },
  })
  return other > 0
}

/** Mails go from our address at once. Null: removed. */
export async function removeDomain(
  client: PrismaClient,
  shop: string,
  actor: string,
  at: Date,
): Promise<string | null> {
  const row = await client.senderDomain.findUnique({ where: { shop } })
  if (!row) return null
  const gone = await deleteDomain(row.providerId)
  if (!gone.ok) return gone.because
  await client.$transaction(async (tx) => {
    await tx.senderDomain.delete({ where: { shop } })
    await tx.shopClock.deleteMany({ where: { shop, job: 'domain' } })
    await closeTask(tx, row, at)
    await audit(tx, { shop, actor, action: 'domain.removed', data: { domain: row.domain } }, at)
  })
  return null
}

/** Stands for the shop of a domain whose shop was erased. */
const ERASED = 'erased '

/** Domains of erased shops that are removed at SendGrid in one go; a call takes seconds. Ours. */
const ERASED_AT_ONCE = 20

/** The shop is being erased: SendGrid's number of its domain is all that stays, until SendGrid has forgotten it, too. */
export async function eraseDomain(tx: Tx, shop: string): Promise<void> {
  const row = await tx.senderDomain.findUnique({ where: { shop } })
  if (!row) return
  await tx.senderDomain.update({
    where: { shop },
    data: {
      shop: `${ERASED}${row.providerId}`,
      domain: '',
      records: [],
      valid: false,
      problem: null,
      addedBy: '',
    },
  })
}

/** Removes at SendGrid what erased shops had there. What SendGrid does not do now is asked for again. How many are gone. */
export async function forgetErasedDomains(): Promise<number> {
  const rows = await db.senderDomain.findMany({
    where: { shop: { startsWith: ERASED } },
    take: ERASED_AT_ONCE,
  })
  let gone = 0
  for (const { shop, providerId } of rows) {
    const answer = await deleteDomain(providerId)
    if (answer.ok) gone += (await db.senderDomain.deleteMany({ where: { shop } })).count
    else
      log.warn({ providerId, because: answer.because }, 'an erased shop’s domain stays at SendGrid')
  }
  return gone
}

/** "Check now". */
export async function checkDomainNow(shop: string, at: Date): Promise<string | null> {
  return presses.allows(shop, realNow().getTime())
    ? checkDomain(shop, at)
    : 'It was checked just now. DNS entries take minutes to hours: try again in a while.'
}

/** Has SendGrid look again. Null: it looked, and the page tells what it found. */
async function checkDomain(shop: string, at: Date): Promise<string | null> {
  const row = await db.senderDomain.findUnique({ where: { shop } })
  if (!row) return 'Add a domain first.'
  const checked = await validateDomain(row.providerId)
  if (!checked.ok) {
    // What SendGrid forgot cannot send; a SendGrid that is away says nothing about the domain.
    if (checked.gone && row.valid) await loseDomain(row, checked.because, at)
    await db.senderDomain.updateMany({
      where: { shop, providerId: row.providerId },
      data: { problem: checked.because },
    })
    return checked.because
  }
  const { valid, found } = checked.value
  const records = readRecords(row.records).map((record) => {
    const seen = found.get(record.key)
    return { ...record, valid: seen?.valid ?? valid, problem: seen?.reason?.slice(0, 300) ?? null }
  })
  if (valid && (await isProvedByAnother(db, shop, row.domain))) {
    await keepCheck(row, { records, valid: false, problem: TAKEN, checkedAt: at })
    return TAKEN
  }
  if (!valid && row.valid) await loseDomain(row, 'SendGrid does not find its entries any more', at)
  await keepCheck(row, { records, valid, problem: null, checkedAt: at })
  if (valid && !row.valid) {
    await closeTask(db, row, at)
    await audit(
      db,
      { shop, actor: 'engine', action: 'domain.valid', data: { domain: row.domain } },
      at,
    )
  }
  return null
}

async function keepCheck(
  { shop, providerId }: SenderDomain,
  data: { records: DnsRecord[]; valid: boolean; problem: string | null; checkedAt: Date },
): Promise<void> {
  await db.senderDomain.updateMany({ where: { shop, providerId }, data })
}

/** The look by the clock. Answers when the next one is; null: there is no domain. */
export async function lookAtDomain(shop: string, at: Date): Promise<Date | null> {
  const problem = await checkDomain(shop, at)
  if (problem) log.info({ shop, problem }, 'the sender domain could not be confirmed')
  const row = await db.senderDomain.findUnique({ where: { shop } })
  if (!row) return null
  const isNew = !row.valid && at.getTime() - row.addedAt.getTime() < FIRST_LOOKS_DAYS * 24 * HOUR_MS
  return new Date(at.getTime() + (isNew ? FIRST_LOOKS_HOURS : 24) * HOUR_MS)
}

/** Back to our address, and a task for staff; once, however many mails meet it. */
async function loseDomain(row: SenderDomain, because: string, at: Date): Promise<void> {
  const { shop, domain, providerId } = row
  const { count } = await db.senderDomain.updateMany({
    where: { shop, providerId, valid: true },
    data: { valid: false, problem: because },
  })
  if (count === 0) return
  log.warn({ shop, because }, 'a sender domain is not valid any more')
  await db.staffTask.createMany({
    data: [
      {
        id: randomUUID(),
        shop,
        kind: 'sender_domain',
        subject: domain,
        title: `Mails do not go out from ${domain} any more`,
        body: `${because}. Until its DNS entries are back, mails go out from our address, with your reply-to. Settings › Sending address shows which entry is missing.`,
        createdAt: at,
      },
    ],
    skipDuplicates: true,
  })
  await audit(db, { shop, actor: 'engine', action: 'domain.lost', data: { domain, because } }, at)
}

async function closeTask(
  tx: Pick<PrismaClient, 'staffTask'>,
  { shop, domain }: SenderDomain,
  at: Date,
): Promise<void> {
  await tx.staffTask.updateMany({
    where: { shop, kind: 'sender_domain', subject: domain, doneAt: null },
    data: { doneAt: at, doneBy: 'engine' },
  })
}
