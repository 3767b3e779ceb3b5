/** What a merchant sets for the whole shop: sender, hours, the two switches. Each change leaves an audit row. */

import type { PrismaClient, Shop } from '@prisma/client'
import { z } from 'zod'
import type { Db } from '../db.server.ts'
import { sendForShop } from '../messages/sender-domain.server.ts'
import { operatorStop } from '../place.server.ts'
import { audit } from './audit.server.ts'

export async function loadShop(db: Db, shop: string): Promise<Shop | null> {
  return db.shop.findUnique({ where: { shop } })
}

const hour = (least: number, most: number) => z.coerce.number().int().min(least).max(most)

const senderShape = z.object({
  senderName: z
    .string()
    .trim()
    .min(1, 'Enter the name that shoppers know your shop by.')
    .max(80, 'Use at most 80 characters.')
    .regex(
      /^[^\p{Cc}\p{Zl}\p{Zp}<>"]*$/u,
      'Leave out quotation marks, angle brackets and line breaks.',
    ),
  replyTo: z
    .string()
    .trim()
    .max(254, 'Use at most 254 characters.')
    .pipe(z.email('Enter an e-mail address that a person reads, like help@example.com.')),
})

const settingsShape = senderShape
  .extend({
    emailFromHour: hour(0, 23),
    emailUntilHour: hour(1, 24),
    smsOn: z.enum(['on', 'off']).transform((said) => said === 'on'),
  })
  .refine(({ emailFromHour, emailUntilHour }) => emailUntilHour - emailFromHour >= 2, {
    path: ['emailUntilHour'],
    message: 'Leave at least two hours between start and end.',
  })

export type SettingsErrors = Partial<
  Record<'senderName' | 'replyTo' | 'emailFromHour' | 'emailUntilHour', string>
>

export type Said = Record<string, FormDataEntryValue>

/** Saves the settings form. Answers with what is wrong beside each field, or null when all is saved. */
export async function saveSettings(
  db: PrismaClient,
  shop: string,
  actor: string,
  said: Said,
  now: Date,
): Promise<SettingsErrors | null> {
  return save(db, shop, actor, settingsShape.safeParse(said), now)
}

/** Saves sender name and reply-to alone, as first run asks for them. */
export async function saveSender(
  db: PrismaClient,
  shop: string,
  actor: string,
  said: Said,
  now: Date,
): Promise<SettingsErrors | null> {
  return save(db, shop, actor, senderShape.safeParse(said), now)
}

async function save(
  db: PrismaClient,
  shop: string,
  actor: string,
  parsed:
    | { success: true; data: z.infer<typeof senderShape> }
    | { success: false; error: z.ZodError },
  now: Date,
): Promise<SettingsErrors | null> {
  if (!parsed.success) {
    return Object.fromEntries(
      parsed.error.issues.map(({ path, message }) => [path[0], message]),
    ) as SettingsErrors
  }
  await db.$transaction(async (tx) => {
    await tx.shop.update({ where: { shop }, data: parsed.data })
    await audit(tx, { shop, actor, action: 'settings.saved', data: parsed.data }, now)
  })
  return null
}

/** The merchant's answer to "are other failure notices turned off?". */
export async function answerOtherNotices(
  db: PrismaClient,
  shop: string,
  actor: string,
  off: boolean,
  now: Date,
): Promise<void> {
  await db.$transaction(async (tx) => {
    await tx.shop.update({ where: { shop }, data: { otherNoticesOffAt: off ? now : null } })
    const action = off ? 'other_notices.off' : 'other_notices.on'
    await audit(tx, { shop, actor, action }, now)
  })
}

/** The merchant's stop switch. While it is on, nothing is charged and nothing is sent for this shop. */
export async function setStopped(
  db: PrismaClient,
  shop: string,
  actor: string,
  stopped: boolean,
  now: Date,
): Promise<void> {
  await db.$transaction(async (tx) => {
    await tx.shop.update({
      where: { shop },
      data: stopped ? { stoppedAt: now, stoppedBy: actor } : { stoppedAt: null, stoppedBy: null },
    })
    await audit(tx, { shop, actor, action: stopped ? 'shop.stopped' : 'shop.resumed' }, now)
  })
}

/** From here on failures open cases. Answers with what is still missing, or null when it has started. */
export async function startRecovering(
  db: PrismaClient,
  shop: Shop,
  actor: string,
  now: Date,
): Promise<string | null> {
  const missing = whatIsMissing(shop)
  if (missing) return missing
  await db.$transaction(async (tx) => {
    await tx.shop.update({ where: { shop: shop.shop }, data: { recoveryStartedAt: now } })
    // What failed between the search at install and now belongs to the old failures, too.
    await tx.shopClock.updateMany({
      where: { shop: shop.shop, job: 'scan' },
      data: { nextRunAt: now },
    })
    await audit(tx, { shop: shop.shop, actor, action: 'recovery.started' }, now)
  })
  return null
}

/** The one thing that first run still needs before "Start recovering" works; null: nothing. */
export function whatIsMissing(shop: Shop): string | null {
  if (!shop.ownsContracts) return 'Shopify shows this app no subscription that it may charge.'
  if (!shop.otherNoticesOffAt) return 'Say first whether other failure notices are turned off.'
  if (!shop.senderName || !shop.replyTo) return 'Save the sender name and reply-to address first.'
  return null
}

/** Sends a short mail to the shop's own address, as shoppers would see the sender. Null: it was sent. */
export async function sendTestMail(
  db: PrismaClient,
  shop: Shop,
  actor: string,
  now: Date,
): Promise<string | null> {
  if (!shop.email) {
    return 'Shopify gave no e-mail address for this shop. Set the sender e-mail in your Shopify settings.'
  }
  if (!shop.senderName || !shop.replyTo) return 'Save the sender name and reply-to address first.'
  const stop = operatorStop()
  if (stop) return `Nothing is mailed now: ${stop}.`
  const text =
    `This is a test from Reprise, as your shoppers would see the sender: ${shop.senderName}.\n\n` +
    `An answer to this mail goes to ${shop.replyTo}. Nothing was charged, and no shopper was written to.\n`
  const result = await sendForShop(shop.shop, {
    to: shop.email,
    fromName: shop.senderName,
    replyTo: shop.replyTo,
    subject: `Test: this is how ${shop.senderName} appears to your shoppers`,
    text,
    html: `<!doctype html><html lang="en"><body style="font-family:sans-serif">${text
      .trim()
      .split('\n\n')
      .map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`)
      .join('')}</body></html>`,
    customArgs: {},
    categories: ['test'],
  })
  if (result.state !== 'sent') return `The test mail was not sent: ${result.because}`
  await db.$transaction(async (tx) => {
    await tx.shop.update({ where: { shop: shop.shop }, data: { testMailSentAt: now } })
    await audit(tx, { shop: shop.shop, actor, action: 'test_mail.sent' }, now)
  })
  return null
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

/** Hands a dead delivery back to the workers, with its tries counted from none. */
export async function driveEventAgain(
  db: PrismaClient,
  shop: string,
  eventId: string,
  actor: string,
  now: Date,
): Promise<void> {
  if (!isId(eventId)) return
  await db.$transaction(async (tx) => {
    const { count } = await tx.webhookEvent.updateMany({
      where: { id: eventId, shop, state: 'dead' },
      data: { state: 'received', tries: 0, nextTryAt: now, leaseUntil: null, leaseBy: null },
    })
    if (count > 0)
      await audit(tx, { shop, actor, action: 'event.driven_again', target: eventId }, now)
  })
}

/** A form may say anything; the database takes only a UUID. */
function isId(text: string): boolean {
  return z.guid().safeParse(text).success
}
