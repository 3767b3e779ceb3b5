/** A shop and its rows, put straight into the database of a test that needs no story. */
import { randomUUID } from 'node:crypto'
import type { Prisma } from '@prisma/client'

export const DEMO_COFFEE = {
  shop: 'demo.myshopify.com',
  name: 'Demo Coffee',
  email: 'owner@demo.example.test',
  zone: 'Europe/Berlin',
  currency: 'EUR',
  locale: 'en',
  ownsContracts: true,
}

/** A case that waits for its next retry; everything of it happens `at` once. */
export function caseRow(
  at: Date,
  versionId: string,
  changes: Partial<Prisma.RecoveryCaseUncheckedCreateInput> = {},
): Prisma.RecoveryCaseUncheckedCreateInput {
  const id = changes.id ?? randomUUID()
  return {
    id,
    shop: DEMO_COFFEE.shop,
    contractId: 'gid://shopify/SubscriptionContract/1',
    cycleIndex: 1,
    expectedAt: at,
    anchorAt: at,
    openedAt: at,
    status: 'retrying',
    amount: '24.90',
    currency: 'EUR',
    zone: 'Europe/Berlin',
    zoneSource: 'shop',
    lane: 'FUNDS',
    laneEnteredAt: at,
    customerId: 'gid://shopify/Customer/1',
    sequenceVersionId: versionId,
    nextActionAt: at,
    deadlineAt: at,
    graceEndsAt: at,
    source: 'webhook',
    correlationId: id,
    ...changes,
  }
}

/** A step of such a case that is still to come. */
export function stepRow(
  dueAt: Date,
  versionId: string,
  { stepKey, kind, ...changes }: { stepKey: string; kind: string } & Partial<StepRow>,
): StepRow {
  return {
    id: randomUUID(),
    versionId,
    stepKey,
    lane: 'FUNDS',
    kind,
    dueAt,
    wallTime: '2026-11-15T09:00',
    zone: 'Europe/Berlin',
    state: 'scheduled',
    ...changes,
  }
}

type StepRow = Prisma.StepRunUncheckedCreateWithoutCaseInput
