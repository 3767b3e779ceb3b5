/** Declines that may pass later: no money yet, a moody issuer, a processor that is down, a code nobody knows. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { previewCase } from '../../app/dunning/preview.ts'
import { wallTime } from '../../app/dunning/schedule.ts'
import { anchorDay, defaultSequence, email, retry } from '../../app/dunning/sequence.ts'
import type { Sequence, Step, StepKind } from '../../app/dunning/types.ts'
import { DEFAULT_BRAND } from '../../app/messages/template.ts'
import { saveBrand, saveTemplate } from '../../app/messages/templates.server.ts'
import {
  caseOf,
  cleanOracle,
  ledger,
  on,
  reminders,
  stages,
  startedShop,
  subscription,
  tasksOf,
} from '../factories.ts'
import { type Stack, startStack } from '../stack.ts'

let stack: Stack
beforeAll(async () => {
  stack = await startStack()
})
afterAll(() => stack.stop())
beforeEach(() => stack.reset())

test('no money until payday: a silent retry, one mail, then the money is there', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, {
    type: 'no_money_until',
    at: '2026-11-15T00:00:00+01:00',
  })

  // 12 November, 09:00: the merchant's biller fails, a case opens. Nobody is written to.
  await stack.sandbox.moveClock(on('11-12'))
  expect(await caseOf(stack, contractId)).toMatchObject({
    status: 'retrying',
    lane: 'FUNDS',
    currency: 'EUR',
  })
  expect(await stages(stack)).toEqual([])

  // 13 November: R1 fails between nine and ten; two hours later the first mail goes out.
  await stack.sandbox.moveClock(on('11-13', '10:30'))
  expect(await ledger(stack, contractId)).toEqual([
    'biller: INSUFFICIENT_FUNDS',
    'app: INSUFFICIENT_FUNDS',
  ])
  expect(await stages(stack)).toEqual([])
  await stack.sandbox.moveClock(on('11-13', '13:00'))
  expect(await stages(stack)).toEqual(['first'])

  // 14 November: a quiet day.
  await stack.sandbox.moveClock(on('11-14', '20:00'))
  expect(await ledger(stack, contractId)).toHaveLength(2)

  // 15 November, payday: R2 goes through, the case closes, the shopper is thanked.
  await stack.sandbox.moveClock(on('11-15'))
  expect(await ledger(stack, contractId)).toEqual([
    'biller: INSUFFICIENT_FUNDS',
    'app: INSUFFICIENT_FUNDS',
    'app: paid',
  ])
  const closed = await caseOf(stack, contractId)
  expect(closed).toMatchObject({ status: 'recovered', recoverySource: 'retry_after_message' })
  expect(closed.recoveredAmount?.toString()).toBe('24.9')
  expect(closed.stepRuns.filter((step) => step.state === 'scheduled')).toEqual([])
  expect(await stages(stack)).toEqual(['first', 'recovered'])

  // Nothing more happens, also after the deadline.
  await stack.sandbox.moveClock(on('12-11'))
  expect(await ledger(stack, contractId)).toHaveLength(3)
  expect(await stages(stack)).toEqual(['first', 'recovered'])
  expect(closed.events.every((event) => event.because.length > 0)).toBe(true)
  // What Shopify told us is Shopify's on the timeline; what we did about it is ours, whatever woke us.
  const ours = closed.events.filter(({ type }) => /^message_|^attempt_accepted$/.test(type))
  expect(ours.map(({ type, actor }) => `${type} by ${actor}`)).toEqual([
    'attempt_accepted by engine',
    'message_sent by engine',
    'attempt_accepted by engine',
    'message_sent by engine',
  ])
})

test('each mail leads to one signed page, and opening it changes nothing', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, {
    type: 'code',
    code: 'INSUFFICIENT_FUNDS',
  })
  await stack.sandbox.moveClock(on('11-13', '13:00'))
  const [mail] = await reminders(stack)
  const link = /https?:\/\/[^\s"<]+\/r\/[^\s"<]+/.exec(mail?.text ?? '')?.[0]
  expect(link).toBeDefined()
  const before = await caseOf(stack, contractId)
  for (let i = 0; i < 3; i++) expect((await fetch(link ?? '')).status).toBe(200)
  const after = await caseOf(stack, contractId)
  expect(after.version).toBe(before.version)
  expect(after.events).toHaveLength(before.events.length)
  expect(await ledger(stack, contractId)).toHaveLength(2)
})

test('a moody issuer: no more than four retries, spaced, until it agrees', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, {
    type: 'moody',
    codes: ['DO_NOT_HONOR', 'CARD_DECLINED'],
    okOnAttempt: 4,
  })
  await stack.sandbox.moveClock(on('11-25'))
  expect(await caseOf(stack, contractId)).toMatchObject({ status: 'recovered', lane: 'ISSUER' })
  const charges = (await cleanOracle(stack, { contract: contractId })).charges
  expect(charges.map((charge) => charge.result)).toEqual([
    'DO_NOT_HONOR',
    'CARD_DECLINED',
    'DO_NOT_HONOR',
    'paid',
  ])
})

test('an issuer that gives the same answer three times running is asked no more', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, { type: 'code', code: 'DO_NOT_HONOR' })
  await stack.sandbox.moveClock(on('11-30'))
  expect(await ledger(stack, contractId)).toEqual([
    'biller: DO_NOT_HONOR',
    'app: DO_NOT_HONOR',
    'app: DO_NOT_HONOR',
  ])
  expect(await caseOf(stack, contractId)).toMatchObject({
    status: 'awaiting_customer',
    reason: 'method',
  })
})

test('a processor that is down for two days: silent retries, the shopper hears nothing', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, {
    type: 'processor_down',
    until: '2026-11-14T00:00:00+01:00',
  })
  await stack.sandbox.moveClock(on('11-15'))
  expect(await caseOf(stack, contractId)).toMatchObject({
    status: 'recovered',
    recoverySource: 'silent_retry',
  })
  expect((await ledger(stack, contractId)).at(-1)).toBe('app: paid')
  expect(await stages(stack)).toEqual([])
})

test('Shopify gives no address: retries go on, nothing is sent, staff are told once', async () => {
  const shop = await startedShop(stack)
  const unknown = { firstName: 'Mara', lastName: 'L', email: null, locale: 'en', country: 'DE' }
  const script = {
    type: 'codes' as const,
    codes: ['INSUFFICIENT_FUNDS', 'INSUFFICIENT_FUNDS', 'OK'],
  }
  const first = await subscription(stack, shop, script, { customer: unknown })
  const second = await subscription(stack, shop, script, { customer: unknown })
  await stack.sandbox.moveClock(on('11-16'))
  for (const { contractId } of [first, second]) {
    const recovered = await caseOf(stack, contractId)
    expect(recovered).toMatchObject({ status: 'recovered', recoverySource: 'silent_retry' })
    expect(recovered.messages).toMatchObject([{ template: 'first', state: 'suppressed' }])
  }
  expect(await stages(stack)).toEqual([])
  expect((await tasksOf(stack, shop)).filter((kind) => kind === 'no_address')).toHaveLength(1)
})

test('a code nobody knows: one late retry, then neutral words, and engineering is told', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, { type: 'code', code: 'MARTIAN_ERROR' })
  await stack.sandbox.moveClock(on('11-14', '20:00'))
  expect(await ledger(stack, contractId)).toHaveLength(1)
  await stack.sandbox.moveClock(on('11-20'))
  expect(await ledger(stack, contractId)).toHaveLength(2)
  expect(await tasksOf(stack, shop)).toContain('unknown_code')
  expect((await caseOf(stack, contractId)).status).toBe('awaiting_customer')
  expect((await stages(stack)).length).toBeGreaterThan(0)
})

test('each shopper reads their own language, and the shop’s own words where it has some', async () => {
  const shop = await startedShop(stack)
  const AT = new Date(on('11-11').to)
  const key = { stage: 'first', lane: '*', channel: 'email', tag: 'fr' } as const
  const blocks = [
    { type: 'text', text: 'Chère Mara, {{ happened }}' },
    { type: 'button', label: '{{ button }}' },
  ]
  const template = { subject: 'Un mot de {{ shop_name }}', preview: '', blocks, commercial: false }
  expect(await saveTemplate(stack.db, shop, 'staff:1', key, template, null, AT)).toEqual({
    version: 1,
    problems: [],
  })
  const accent = '#aa0055'
  await saveBrand(stack.db, shop, 'staff:1', { ...DEFAULT_BRAND, accent }, AT)
  for (const locale of ['de', 'fr-FR', 'fi']) {
    const customer = {
      firstName: 'Mara',
      lastName: 'L',
      email: `${locale}@example.com`,
      locale,
      country: 'DE',
    }
    await subscription(stack, shop, { type: 'expired' }, { customer })
  }
  await stack.sandbox.moveClock(on('11-12'))
  const mails = await reminders(stack)
  expect(mails.map(({ to, subject }) => `${to}: ${subject}`).sort()).toEqual([
    'de@example.com: Bitte aktualisieren Sie die Zahlungsart für Morning Roast 1 kg',
    'fi@example.com: Please update your payment method for Morning Roast 1 kg',
    expect.stringMatching(/^fr-FR@example\.com: Un mot de /),
  ])
  for (const { html } of mails) expect(html).toContain(`background:${accent}`)
  expect(mails.find(({ to }) => to === 'fr-FR@example.com')?.text).toMatch(
    /Chère Mara, La date de validité est dépassée[\s\S]*Mettre à jour la carte :/,
  )
})

test('every kind of step, from a published version to the end of the case, as the preview shows it', async () => {
  const shop = await startedShop(stack)
  const sequence = everyKind()
  const { id: sequenceId } = await stack.db.sequence.findFirstOrThrow({
    where: { shop, isDefault: true },
  })
  await stack.db.sequenceVersion.create({
    data: {
      id: randomUUID(),
      sequenceId,
      number: 2,
      body: sequence,
      hash: 'every kind',
      publishedAt: await stack.sandbox.now(),
      publishedBy: 'Ada',
    },
  })
  const { contractId } = await subscription(stack, shop, {
    type: 'code',
    code: 'INSUFFICIENT_FUNDS',
  })
  await stack.sandbox.moveClock(on('11-23'))

  const found = await caseOf(stack, contractId)
  const settled = found.stepRuns
    .filter(({ state }) => state === 'done' || state === 'skipped')
    .sort((a, b) => Number(a.settledAt) - Number(b.settledAt))
    .map((run) => `${run.wallTime.slice(0, 10)} ${run.stepKey} ${run.state}`)
  const { lines, ended } = previewCase(sequence, {
    code: 'INSUFFICIENT_FUNDS',
    zone: found.zone,
    interval: { unit: 'MONTH', count: 1 },
    amount: { amount: found.amount.toString(), currency: found.currency },
    failedAt: found.anchorAt,
    smsReady: false,
  })
  const shown = lines
    .filter(({ stepKey }) => stepKey !== null)
    .map(({ at, stepKey, kind }) => {
      const state = kind === 'skipped' ? 'skipped' : 'done'
      return `${wallTime(at, found.zone).slice(0, 10)} ${stepKey} ${state}`
    })
  expect(settled).toEqual(shown)
  expect(settled).toHaveLength(9)
  expect(found.status).toBe(ended)
  expect(await tasksOf(stack, shop)).toContain('funds.call')
  await cleanOracle(stack)
})

/** A plan with a branch, a notice, a call, a wait, a text and an early end in its FUNDS lane. */
function everyKind(): Sequence {
  const base = defaultSequence()
  const rich = { fact: 'amount', is: 'at_least', value: 20 } as const
  const branch = (side: 'yes' | 'no') => ({ branch: { stepKey: 'funds.b', side } })
  const other = (key: string, kind: StepKind, days: number, more: Partial<Step>): Step => ({
    ...retry(`funds.${key}`, anchorDay(days)),
    kind,
    ...more,
  })
  return {
    ...base,
    steps: [
      other('n', 'account_notice', 0, { stage: 'first' }),
      other('b', 'branch', 1, { when: [rich] }),
      { ...retry('funds.r1', anchorDay(2)), ...branch('yes') },
      { ...email('funds.e1', anchorDay(3), 'first'), ...branch('yes') },
      { ...email('funds.e0', anchorDay(3), 'reminder'), ...branch('no') },
      other('call', 'staff_task', 4, { task: 'Call', phone: { script: 'Hello' } }),
      other('w', 'wait', 5, { until: { event: 'task_done', days: 2 } }),
      email('funds.e2', anchorDay(6), 'options'),
      other('s', 'sms', 8, { stage: 'reminder' }),
      other('a', 'contract_action', 10, { action: 'pause' }),
      ...base.steps.filter(({ lane }) => lane !== 'FUNDS'),
    ],
  }
}
