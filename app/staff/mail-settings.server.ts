/** What a merchant sets about mail to their own staff. */

import type { PrismaClient, Shop } from '@prisma/client'
import { z } from 'zod'
import { audit } from '../dunning/audit.server.ts'
import { nextDigestAt } from './staff-mail.ts'

const shape = z.object({
  digest: z.enum(['off', 'daily', 'weekly']),
  alertsTo: z
    .string()
    .trim()
    .max(254, 'Use at most 254 characters.')
    .pipe(z.union([z.literal(''), z.email('Enter an e-mail address, or leave it empty.')])),
  alertsOn: z.enum(['on', 'off']),
  alertAbove: z
    .string()
    .trim()
    .regex(
      /^(\d{1,9}([.]\d{1,2})?)?$/,
      'Enter an amount like 100 or 99.50, or leave it empty for none.',
    ),
})

export type StaffMailErrors = Partial<Record<'alertsTo' | 'alertAbove', string>>

export function staffMailForm(shop: Shop) {
  return {
    digest: shop.digest,
    alertsTo: shop.alertsTo ?? '',
    alertsOn: shop.alertsOn ? 'on' : 'off',
    alertAbove: shop.alertAbove?.toString() ?? '',
  }
}

/** What is wrong beside each field, or null. A form without these fields leaves them as they are. */
export function wrongInStaffMail(said: Record<string, unknown>): StaffMailErrors | null {
  if (said.digest === undefined) return null
  const parsed = shape.safeParse(said)
  return parsed.success
    ? null
    : (Object.fromEntries(
        parsed.error.issues.map(({ path, message }) => [path[0], message]),
      ) as StaffMailErrors)
}

/** Saves what `wrongInStaffMail` finds nothing wrong in; nothing else. */
export async function saveStaffMail(
  db: PrismaClient,
  shop: Shop,
  actor: string,
  said: Record<string, unknown>,
  now: Date,
): Promise<void> {
  const parsed = shape.safeParse(said)
  if (!parsed.success) return
  const { digest, alertsTo, alertsOn, alertAbove } = parsed.data
  const data = {
    digest,
    alertsTo: alertsTo || null,
    alertsOn: alertsOn === 'on',
    alertAbove: alertAbove || null,
    // The date stands while the choice does: saving something else sends nothing twice and skips nothing.
    ...(digest === shop.digest
      ? {}
      : { digestNextAt: digest === 'off' ? null : nextDigestAt(digest, shop.zone, now) }),
  }
  await db.$transaction(async (tx) => {
    await tx.shop.update({ where: { shop: shop.shop }, data })
    const told = { digest, alertsOn, alertAbove: data.alertAbove, ownAddress: alertsTo !== '' }
    await audit(tx, { shop: shop.shop, actor, action: 'staff_mail.saved', data: told }, now)
  })
}
