/** What a merchant chooses about notices before a charge, and what became of the latest ones. */

import type { Prisma, PrismaClient, Shop } from '@prisma/client'
import { z } from 'zod'
import type { Db } from '../db.server.ts'
import { formatMoment, formatShortDay } from '../insight/format.ts'
import { messageStateWord, type Tone } from '../insight/words.ts'
import { audit } from './audit.server.ts'
import {
  DAYS_BEFORE,
  isAnyOn,
  type PreDunning,
  RENEWAL_PLANS,
  readPreDunning,
} from './before-failure.ts'

const days = ([least, most]: readonly [number, number]) => {
  const say = `Enter a number from ${least} to ${most}.`
  return z.coerce.number(say).int(say).min(least, say).max(most, say)
}

const shape = z.object({
  cardOn: z.enum(['on', 'off']),
  cardDays: days(DAYS_BEFORE.card),
  renewalOn: z.enum(['on', 'off']),
  plans: z.enum(RENEWAL_PLANS),
  renewalDays: days(DAYS_BEFORE.renewal),
  yearlyDays: days(DAYS_BEFORE.yearly),
})

export type PreDunningForm = Record<keyof z.infer<typeof shape>, string>
export type PreDunningErrors = Partial<Record<keyof z.infer<typeof shape>, string>>

export function preDunningForm(shop: Shop): PreDunningForm {
  const { cardExpires, renewal } = readPreDunning(shop.preDunning)
  return {
    cardOn: cardExpires.on ? 'on' : 'off',
    cardDays: String(cardExpires.daysBefore),
    renewalOn: renewal.on ? 'on' : 'off',
    plans: renewal.plans,
    renewalDays: String(renewal.daysBefore),
    yearlyDays: String(renewal.yearlyDaysBefore),
  }
}

/** Answers with what is wrong beside each field, or null when it is saved. The next look is due at once. */
export async function savePreDunning(
  db: PrismaClient,
  shop: string,
  actor: string,
  said: Record<string, unknown>,
  now: Date,
): Promise<PreDunningErrors | null> {
  const parsed = shape.safeParse(said)
  if (!parsed.success) {
    return Object.fromEntries(
      parsed.error.issues.map(({ path, message }) => [path[0], message]),
    ) as PreDunningErrors
  }
  const { cardOn, cardDays, renewalOn, plans, renewalDays, yearlyDays } = parsed.data
  const chosen: PreDunning = {
    cardExpires: { on: cardOn === 'on', daysBefore: cardDays },
    renewal: {
      on: renewalOn === 'on',
      plans,
      daysBefore: renewalDays,
      yearlyDaysBefore: yearlyDays,
    },
  }
  await db.$transaction(async (tx) => {
    const preDunning = chosen as unknown as Prisma.InputJsonObject
    await tx.shop.update({ where: { shop }, data: { preDunning } })
    await audit(tx, { shop, actor, action: 'early_notices.saved', data: preDunning }, now)
    if (!isAnyOn(chosen)) return
    await tx.shopClock.upsert({
      where: { shop_job: { shop, job: 'upcoming' } },
      create: { shop, job: 'upcoming', nextRunAt: now },
      update: { nextRunAt: now },
    })
  })
  return null
}

export type NoticeRow = {
  id: string
  what: string
  about: string
  charge: string
  when: string
  state: string
  tone: Tone
  reason: string | null
}

/** Rows of the list. */
const LISTED = 20

const KINDS: Record<string, string> = {
  card_expires: 'Card ends before the charge',
  renewal: 'Renewal comes up',
}

/** The latest notices, those to come first; each that was not sent says why. */
export async function latestNotices(db: Db, shop: Shop, now: Date): Promise<NoticeRow[]> {
  const found = await db.earlyNotice.findMany({
    where: { shop: shop.shop },
    include: { messages: { where: { template: { not: 'update_link' } }, take: 1 } },
    orderBy: { dueAt: 'desc' },
    take: LISTED,
  })
  const place = { zone: shop.zone, locale: shop.locale }
  return found.map((notice) => {
    const [message] = notice.messages
    const word =
      notice.state === 'planned'
        ? { label: 'Planned', tone: undefined }
        : notice.state === 'skipped'
          ? { label: 'Not sent', tone: undefined }
          : messageStateWord(message?.state ?? notice.state)
    const reason = message?.eventNote ?? notice.reason
    return {
      id: notice.id,
      what: KINDS[notice.kind] ?? notice.kind,
      about: [notice.productTitle ?? 'Subscription', notice.methodLabel]
        .filter(Boolean)
        .join(' · '),
      charge: formatShortDay(notice.chargeAt, place, now),
      when: formatMoment(notice.settledAt ?? notice.dueAt, place, now),
      state: word.label,
      tone: word.tone,
      reason: reason && reason.charAt(0).toUpperCase() + reason.slice(1),
    }
  })
}
