/** What the database itself refuses, whoever asks: the invariants that SQL can hold (migration 20261122100500). */
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from './database.ts'

const SHOP = 'bean-and-bloom.myshopify.com'
const AT = '2026-11-12T08:00:00Z'
const LATER = '2026-12-02T08:00:00Z'

let database: FreshDatabase
let client: pg.Client
let caseId: string
let versionId: string

type Row = Record<string, unknown>

beforeAll(async () => {
  database = await freshDatabase()
  client = new pg.Client({ connectionString: database.url })
  await client.connect()
  const sequenceId = randomUUID()
  versionId = randomUUID()
  await client.query('BEGIN')
  await insert('Shop', {
    shop: SHOP,
    name: 'Bean & Bloom',
    zone: 'UTC',
    currency: 'EUR',
    installedAt: AT,
  })
  await insert('Sequence', { id: sequenceId, shop: SHOP, name: 'plan', createdAt: AT })
  await insert('SequenceVersion', {
    id: versionId,
    sequenceId,
    number: 1,
    body: '{}',
    hash: 'x',
    publishedAt: AT,
    publishedBy: 'Ada',
  })
  await client.query('COMMIT')
})

afterAll(async () => {
  await client.end()
  await database.drop()
})

// Every test sees one open case, and leaves nothing behind.
beforeEach(async () => {
  await client.query('BEGIN')
  caseId = await insert('RecoveryCase', openCase())
})
afterEach(() => client.query('ROLLBACK'))

describe('a case', () => {
  test.each<[string, Row]>([
    ['RecoveryCase_status_known', { status: 'thinking' }],
    ['RecoveryCase_closed_when_over', { status: 'exhausted' }],
    ['RecoveryCase_closed_when_over', { closedAt: LATER }],
    ['RecoveryCase_reason_fits', { reason: 'stock' }],
    ['RecoveryCase_reason_fits', { status: 'awaiting_customer', reason: 'paused' }],
    ['RecoveryCase_reason_fits', { status: 'awaiting_merchant', reason: null }],
    ['RecoveryCase_frozen_while_held', { status: 'held', reason: 'merchant' }],
    ['RecoveryCase_frozen_while_held', { frozenAt: LATER }],
    ['RecoveryCase_lane_known', { lane: 'FAST' }],
    ['RecoveryCase_class_known', { lastClass: 'SOFT' }],
    ['RecoveryCase_ends_after_it_began', { deadlineAt: '2026-11-11T08:00:00Z' }],
    ['RecoveryCase_amount', { amount: -1 }],
    ['RecoveryCase_amount', { currency: '€' }],
    ['RecoveryCase_recovered_money', { recoveredAmount: 24.9, recoveredCurrency: 'EUR' }],
    [
      'RecoveryCase_recovered_money',
      {
        status: 'recovered',
        closedAt: LATER,
        recoverySource: 'silent_retry',
        recoveredAmount: 24.9,
      },
    ],
    ['RecoveryCase_source_of_recovery', { recoverySource: 'silent_retry' }],
    ['RecoveryCase_source_of_recovery', { status: 'recovered', closedAt: LATER }],
  ])('is refused by %s as %o', async (name, over) => {
    await refused(insert('RecoveryCase', openCase({ cycleIndex: 2, ...over })), name)
  })

  test('I1: is the only open one of its cycle', async () => {
    await refused(insert('RecoveryCase', openCase()), 'RecoveryCase_open_cycle')
  })

  test('I2, F10: stays as it ended; what came of it afterwards has columns of its own', async () => {
    const closed = { status: 'recovered', closedAt: LATER, recoverySource: 'silent_retry' }
    await update('RecoveryCase', caseId, {
      ...closed,
      recoveredAmount: 24.9,
      recoveredCurrency: 'EUR',
    })
    for (const change of [
      {
        status: 'retrying',
        closedAt: null,
        recoverySource: null,
        recoveredAmount: null,
        recoveredCurrency: null,
      },
      { status: 'paid_elsewhere', recoverySource: 'elsewhere' },
      { closedAt: AT },
      { recoveredAmount: 12 },
      { recoverySource: 'paid_by_link' },
    ])
      await refused(update('RecoveryCase', caseId, change), 'RecoveryCase_end_is_final')
    await update('RecoveryCase', caseId, { refundedAmount: 24.9, customerName: null, version: 9 })
    // A new need opens a linked case.
    await insert('RecoveryCase', openCase({ predecessorId: caseId }))
  })

  test.each<Row>([
    { contractId: 'another' },
    { cycleIndex: 7 },
    { amount: 9.99 },
    { currency: 'USD' },
  ])('keeps the debt that it was opened for: %o', async (change) => {
    await refused(update('RecoveryCase', caseId, change), 'RecoveryCase_same_debt')
  })
})

describe('an attempt', () => {
  test.each<[string, Row]>([
    ['Attempt_state_known', { state: 'maybe', settledAt: AT }],
    ['Attempt_settled_when_over', { state: 'failed' }],
    ['Attempt_settled_when_over', { settledAt: AT }],
    ['Attempt_class_known', { class: 'SOFT' }],
    ['Attempt_ladder', { trigger: 'merchant' }],
    ['Attempt_number', { number: 0 }],
    ['Attempt_refused_with_its_code', { state: 'refused', settledAt: AT }],
    ['Attempt_known_at_shopify', { state: 'succeeded', settledAt: AT }],
    ['Attempt_known_at_shopify', { trigger: 'external', countsTowardLadder: false }],
  ])('is refused by %s as %o', async (name, over) => {
    await refused(insert('Attempt', attempt(over)), name)
  })

  test('I4, H1: is the only live one of its cycle, across linked cases', async () => {
    const states = ['intended', 'submitted', 'unknown']
    for (const state of states) {
      await client.query('SAVEPOINT live')
      await insert('Attempt', attempt({ state }))
      const linked = await insert('RecoveryCase', closedCase({ predecessorId: caseId }))
      await refused(
        insert('Attempt', attempt({ caseId: linked, key: 'another', number: 2 })),
        'Attempt_live_cycle',
      )
      await client.query('ROLLBACK TO live')
    }
  })

  test('F10: goes forward only, and its result is final', async () => {
    const id = await insert('Attempt', attempt())
    await update('Attempt', id, { state: 'unknown' })
    await refused(update('Attempt', id, { state: 'intended' }), 'Attempt_settled_is_settled')
    await update('Attempt', id, { state: 'failed', settledAt: LATER, rawCode: 'CARD_DECLINED' })
    for (const change of [
      { state: 'submitted', settledAt: null },
      { state: 'succeeded', shopifyId: 'a' },
      { state: 'abandoned' },
    ])
      await refused(update('Attempt', id, change), 'Attempt_settled_is_settled')
  })

  test('keeps its key and its id at Shopify, and no other has that key', async () => {
    const id = await insert('Attempt', attempt({ state: 'submitted', shopifyId: 'a' }))
    for (const change of [{ key: 'again' }, { intendedAt: LATER }, { shopifyId: 'b' }])
      await refused(update('Attempt', id, change), 'Attempt_key_is_kept')
    const settled = { state: 'abandoned', settledAt: AT, number: 2, shopifyId: null }
    await refused(insert('Attempt', attempt(settled)), 'Attempt_key_key')
  })

  test('is never deleted but with its case', async () => {
    await insert('Attempt', attempt())
    await refused(run('DELETE FROM "Attempt"'), 'Attempt_is_kept')
    await client.query('DELETE FROM "RecoveryCase"')
    expect((await client.query('SELECT FROM "Attempt"')).rowCount).toBe(0)
  })
})

describe('a step run', () => {
  test.each<[string, Row]>([
    ['StepRun_state_known', { state: 'later', settledAt: AT }],
    ['StepRun_settled_when_over', { state: 'done' }],
    ['StepRun_not_run_says_why', { state: 'skipped', settledAt: AT }],
    ['StepRun_lane_known', { lane: 'FAST' }],
    ['StepRun_kind_known', { kind: 'letter' }],
    ['StepRun_occurrence', { occurrence: -1 }],
  ])('is refused by %s as %o', async (name, over) => {
    await refused(insert('StepRun', step(over)), name)
  })

  test('is made once, and once settled it never comes back', async () => {
    const id = await insert('StepRun', step())
    await refused(insert('StepRun', step()), 'StepRun_caseId_versionId_stepKey_occurrence_key')
    await update('StepRun', id, { dueAt: LATER })
    await update('StepRun', id, { state: 'done', settledAt: LATER })
    const again = { state: 'scheduled', settledAt: null }
    await refused(update('StepRun', id, again), 'StepRun_settled_is_settled')
    // Shopify would not create its charge: it was not run.
    await update('StepRun', id, { state: 'skipped', reason: 'refused' })
    await refused(update('StepRun', id, again), 'StepRun_settled_is_settled')
  })
})

describe('a message', () => {
  test('is single for its cause, recipient and channel', async () => {
    await insert('Message', message())
    await refused(
      insert('Message', message()),
      'Message_caseId_triggerKey_recipientHash_channel_key',
    )
    await refused(insert('Message', message({ triggerKey: '' })), 'Message_trigger')
    await refused(insert('Message', message({ channel: 'pigeon' })), 'Message_channel_known')
  })

  test.each(['sent', 'uncertain', 'delivered', 'bounced', 'dropped'])(
    'F12: that is %s is not sent again',
    async (state) => {
      const id = await insert('Message', message({ state }))
      for (const again of ['intended', 'sending', 'suppressed'])
        await refused(update('Message', id, { state: again }), 'Message_is_sent_once')
    },
  )

  test.each([
    ['sent', 'uncertain'],
    ['sent', 'failed'],
    ['delivered', 'sent'],
    ['delivered', 'failed'],
    ['bounced', 'delivered'],
    ['bounced', 'sent'],
    ['dropped', 'delivered'],
  ])('S17: that is %s does not go back to %s', async (state, back) => {
    const id = await insert('Message', message({ state }))
    await refused(update('Message', id, { state: back }), 'Message_goes_forward')
  })

  test('S17: that is in doubt is settled, and a delivered one may still come back', async () => {
    const id = await insert('Message', message({ state: 'uncertain' }))
    for (const state of ['sent', 'delivered', 'bounced']) await update('Message', id, { state })
  })

  test('that surely was not sent may be tried again', async () => {
    const id = await insert('Message', message({ state: 'sending' }))
    for (const state of ['intended', 'sending', 'failed', 'sending', 'sent', 'delivered'])
      await update('Message', id, { state })
  })
})

describe('what we did and why', () => {
  test('a line of the timeline has a reason and a place, and is never changed', async () => {
    const line = {
      caseId,
      seq: 1,
      type: 'facts_read',
      actor: 'engine',
      because: 'declined',
      at: AT,
    }
    await refused(insert('CaseEvent', { ...line, because: ' ' }), 'CaseEvent_says_why')
    await refused(insert('CaseEvent', { ...line, seq: 0 }), 'CaseEvent_seq')
    await insert('CaseEvent', line)
    await refused(insert('CaseEvent', line), 'CaseEvent_pkey')
    await refused(run(`UPDATE "CaseEvent" SET because = 'approved'`), 'CaseEvent_is_written_once')
  })

  test('I7: only a pause of ours is ever undone', async () => {
    const done = { id: randomUUID(), caseId, kind: 'skip', before: 'ACTIVE', state: 'done', at: AT }
    const undone = { state: 'undone', undoneAt: LATER }
    await refused(insert('ContractAction', { ...done, ...undone }), 'ContractAction_undone')
    await refused(
      insert('ContractAction', { ...done, kind: 'refund' }),
      'ContractAction_kind_known',
    )
    await insert('ContractAction', { ...done, kind: 'pause', ...undone })
  })

  test('S19: a published version of a sequence stays as it is', async () => {
    const change = { body: '{"steps":[]}' }
    await refused(update('SequenceVersion', versionId, change), 'SequenceVersion_is_frozen')
  })
})

// ---------------------------------------------------------------- rows

function openCase(over: Row = {}): Row {
  return {
    id: randomUUID(),
    shop: SHOP,
    contractId: 'gid://shopify/SubscriptionContract/1',
    cycleIndex: 1,
    expectedAt: AT,
    anchorAt: AT,
    openedAt: AT,
    status: 'retrying',
    amount: 24.9,
    currency: 'EUR',
    zone: 'UTC',
    zoneSource: 'shop',
    lane: 'FUNDS',
    laneEnteredAt: AT,
    sequenceVersionId: versionId,
    nextActionAt: AT,
    deadlineAt: LATER,
    graceEndsAt: LATER,
    source: 'webhook',
    correlationId: 'c',
    ...over,
  }
}

const closedCase = (over: Row) => openCase({ status: 'exhausted', closedAt: LATER, ...over })

function attempt(over: Row = {}): Row {
  return {
    id: randomUUID(),
    caseId,
    shop: SHOP,
    contractId: 'gid://shopify/SubscriptionContract/1',
    cycleIndex: 1,
    number: 1,
    trigger: 'scheduled',
    countsTowardLadder: true,
    key: 'reprise-1',
    state: 'intended',
    intendedAt: AT,
    ...over,
  }
}

function step(over: Row = {}): Row {
  return {
    id: randomUUID(),
    caseId,
    versionId,
    stepKey: 'funds.r1',
    lane: 'FUNDS',
    kind: 'retry',
    dueAt: AT,
    wallTime: '2026-11-12T08:00',
    zone: 'UTC',
    state: 'scheduled',
    ...over,
  }
}

function message(over: Row = {}): Row {
  return {
    id: randomUUID(),
    caseId,
    shop: SHOP,
    triggerKey: 'funds.e1#0',
    recipientHash: 'hash',
    channel: 'email',
    template: 'first',
    locale: 'en',
    state: 'intended',
    createdAt: AT,
    ...over,
  }
}

async function insert(table: string, row: Row): Promise<string> {
  const columns = Object.keys(row)
  await run(
    `INSERT INTO "${table}" (${columns.map((one) => `"${one}"`).join(', ')})
     VALUES (${columns.map((_, i) => `$${i + 1}`).join(', ')})`,
    Object.values(row),
  )
  return String(row.id)
}

async function update(table: string, id: string, row: Row): Promise<void> {
  const columns = Object.keys(row)
  await run(
    `UPDATE "${table}" SET ${columns.map((one, i) => `"${one}" = $${i + 2}`).join(', ')} WHERE id = $1`,
    [id, ...Object.values(row)],
  )
}

/** A statement that fails leaves the transaction of its test as it was. */
async function run(text: string, values: unknown[] = []): Promise<void> {
  await client.query('SAVEPOINT before')
  await client.query(text, values).catch(async (error: unknown) => {
    await client.query('ROLLBACK TO before')
    throw error
  })
}

/** The statement fails by this rule and by no other. */
async function refused(statement: Promise<unknown>, rule: string): Promise<void> {
  const error = await statement.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  expect(error, `${rule} let it pass`).toBeInstanceOf(pg.DatabaseError)
  expect((error as pg.DatabaseError).constraint).toBe(rule)
}
