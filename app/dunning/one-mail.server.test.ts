import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabase } from '../../test/database.ts'
import { caseRow, DEMO_COFFEE, stepRow } from '../../test/rows.ts'
import { ONE_MESSAGE_A_DAY } from './decide.ts'

const AT = new Date('2026-11-12T08:00:00Z')
const days = (count: number) => new Date(AT.getTime() + count * 86_400_000)

const database = await freshDatabase()
Object.assign(process.env, {
  DATABASE_URL: database.url,
  SHOPIFY_API_KEY: 'test-key',
  SHOPIFY_API_SECRET: 'test-secret',
  SHOPIFY_APP_URL: 'https://app.example.test',
  SCOPES: 'read_orders',
  LOG_LEVEL: 'silent',
})
const { db, disconnect } = await import('../db.server.ts')
const { installShop } = await import('./sequences.server.ts')
const { othersToTell } = await import('./one-mail.server.ts')

let versionId: string
beforeAll(async () => {
  await installShop(db, DEMO_COFFEE, AT)
  versionId = (await db.sequenceVersion.findFirstOrThrow()).id
})
afterAll(async () => {
  await disconnect()
  await database.drop()
})

/** A case of the same customer with one e-mail to come. */
async function withMail(
  template: string,
  dueAt: Date,
  { reason, ...changes }: { reason?: string; customerId?: string; deadReason?: string } = {},
): Promise<string> {
  const step = { stepKey: 'funds.m1', kind: 'email', template, ...(reason ? { reason } : {}) }
  const contractId = `gid://shopify/SubscriptionContract/${randomUUID()}`
  const { id } = await db.recoveryCase.create({
    data: {
      ...caseRow(AT, versionId, { contractId, ...changes }),
      stepRuns: { create: stepRow(dueAt, versionId, step) },
    },
  })
  return id
}

test('a mail looks only at the other cases that would say the same within a day', async () => {
  const teller = await withMail('first', AT)
  const soon = await withMail('first', days(1))
  const putOff = await withMail('first', days(2), { reason: ONE_MESSAGE_A_DAY })
  await withMail('first', days(2))
  await withMail('reminder', AT)
  await withMail('first', AT, { customerId: 'gid://shopify/Customer/2' })
  await withMail('first', AT, { deadReason: 'it failed too often' })
  const told = await withMail('reminder', days(3))
  const messageId = randomUUID()
  await db.message.create({
    data: {
      id: randomUUID(),
      caseId: told,
      shop: DEMO_COFFEE.shop,
      triggerKey: 'funds.m0#0',
      recipientHash: 'of the customer',
      channel: 'email',
      template: 'first',
      locale: 'en',
      state: 'merged',
      mergedInto: messageId,
      createdAt: AT,
    },
  })
  const found = await othersToTell(
    {
      shop: DEMO_COFFEE.shop,
      customerId: 'gid://shopify/Customer/1',
      caseId: teller,
      messageId,
      stage: 'first',
    },
    AT,
  )
  expect(new Map(found.map(({ id, isTold }) => [id, isTold]))).toEqual(
    new Map([
      [soon, false],
      [putOff, false],
      [told, true],
    ]),
  )
})
