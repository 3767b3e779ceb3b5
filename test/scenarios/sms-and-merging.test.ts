/** Texts with consent, in civil hours, ended by STOP; one mail for several debts; nothing that stopped being true. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { DEFAULT_BRAND } from '../../app/messages/template.ts'
import { saveBrand, saveTemplate } from '../../app/messages/templates.server.ts'
import { BROWSER, caseOf, ledger, on, reminders, startedShop, subscription } from '../factories.ts'
import { type Stack, startStack } from '../stack.ts'

let stack: Stack
beforeAll(async () => {
  stack = await startStack()
})
afterAll(() => stack.stop())
beforeEach(() => stack.reset())

const noMoney = { type: 'code', code: 'INSUFFICIENT_FUNDS' } as const

const person = (
  firstName: string,
  more: { phone?: string; acceptsTexts?: boolean; acceptsEmail?: boolean } = {},
) => ({
  firstName,
  lastName: 'Lindqvist',
  email: `${firstName.toLowerCase()}@example.com`,
  locale: 'en',
  country: 'DE',
  ...more,
})

async function reasonsOf(contractId: string, kind: string): Promise<(string | null)[]> {
  const { stepRuns } = await caseOf(stack, contractId)
  return stepRuns
    .filter((run) => run.kind === kind && run.state !== 'scheduled')
    .map((run) => run.reason)
}

test('texts go to who agreed, in civil hours, until STOP; every one that is not sent says why', async () => {
  const shop = await startedShop(stack)
  await stack.db.shop.update({ where: { shop }, data: { smsOn: true } })
  const mara = '+4917139200001'
  const nora = '+4917139200002'
  const agreed = await subscription(stack, shop, noMoney, {
    customer: person('Mara', { phone: mara, acceptsTexts: true }),
  })
  const late = await subscription(stack, shop, noMoney, {
    customer: person('Nora', { phone: nora, acceptsTexts: true }),
  })
  const silent = await subscription(stack, shop, noMoney, {
    customer: person('Jonas', { phone: '+4917139200003' }),
  })
  const abroad = await subscription(stack, shop, noMoney, {
    customer: person('Femi', { phone: '+2348000000000', acceptsTexts: true }),
  })
  const none = await subscription(stack, shop, noMoney, { customer: person('Wim') })

  // Nora's text comes due in the evening.
  await stack.sandbox.moveClock(on('11-16', '20:00'))
  const { id, stepRuns } = await caseOf(stack, late.contractId)
  const text = stepRuns.find(({ kind, state }) => kind === 'sms' && state === 'scheduled')
  const evening = new Date('2026-11-16T20:30:00+01:00')
  await stack.db.stepRun.update({ where: { id: text?.id ?? '' }, data: { dueAt: evening } })
  await stack.db.recoveryCase.update({ where: { id }, data: { nextActionAt: evening } })
  await stack.sandbox.moveClock(on('11-16', '21:00'))
  expect(await stack.sandbox.texts()).toEqual([])
  expect((await caseOf(stack, late.contractId)).events.at(-1)?.because).toMatch(/quiet hours/)

  await stack.sandbox.textBehaviour('cut', 1)
  await stack.sandbox.moveClock(on('11-18', '08:00'))
  const texts = await stack.sandbox.texts()
  expect(texts.map(({ number }) => number).sort()).toEqual([mara, nora])
  expect(texts.find(({ number }) => number === nora)?.at).toMatch(/^2026-11-17T08:00/)
  for (const { text: said } of texts)
    expect(said).toMatch(/^Bean & Bloom Coffee: .*\/r\/[\w-]{43} Reply STOP to end texts\.$/)

  // One of the two got no answer from Twilio: never sent again, settled by what Twilio tells.
  const sent = async () =>
    stack.db.message.findMany({ where: { channel: 'sms' }, orderBy: { state: 'asc' } })
  expect(await sent()).toMatchObject([
    { state: 'sent', smsSegments: expect.any(Number) },
    { state: 'uncertain' },
  ])
  for (const { sid } of texts) {
    expect(await stack.sandbox.textStatus(sid, 'delivered', { copies: 3 })).toEqual([200, 200, 200])
    await stack.sandbox.textStatus(sid, 'sent')
    expect(await stack.sandbox.textStatus(sid, 'failed', { signature: 'bad' })).toEqual([401])
  }
  expect(await sent()).toMatchObject([{ state: 'delivered' }, { state: 'delivered' }])
  expect(await stack.db.messageEvent.count()).toBe(4)

  expect(await reasonsOf(silent.contractId, 'sms')).toEqual([
    'not sent: the shopper has not agreed to texts',
  ])
  expect(await reasonsOf(abroad.contractId, 'sms')).toEqual([
    'not sent: texts do not go to the country of this number',
  ])
  expect(await reasonsOf(none.contractId, 'sms')).toEqual([
    'not sent: Shopify gives no phone number for this customer',
  ])

  await stack.sandbox.replyByText(mara, 'Stop please')
  expect((await stack.sandbox.texts(mara)).at(-1)?.text).toMatch(/no more texts/)
  await stack.sandbox.acceptTexts(late.customerId, false)
  await stack.sandbox.moveClock(on('11-27'))
  expect((await stack.sandbox.texts(mara)).filter(({ way }) => way === 'in')).toHaveLength(2)
  expect(await stack.sandbox.texts(nora)).toHaveLength(1)
  expect((await reasonsOf(agreed.contractId, 'sms')).at(-1)).toBe(
    'not sent: the shopper answered STOP to a text',
  )
  expect((await reasonsOf(late.contractId, 'sms')).at(-1)).toBe(
    'not sent: the shopper has not agreed to texts',
  )
  // Who asked something waits for an answer, also when the payment came in meanwhile.
  await stack.sandbox.replyByText(nora, 'I paid in the shop: is that all right?')
  await stack.sandbox.changeCycle(late.contractId, 1, 'bill-elsewhere')
  await stack.sandbox.moveClock(on('11-28'))
  expect((await caseOf(stack, late.contractId)).status).toBe('paid_elsewhere')
  expect(await stack.db.staffTask.findMany({ where: { kind: 'text_answer' } })).toMatchObject([
    { caseId: id, doneAt: null },
  ])

  // Mail goes on, and no shopper heard from us twice within a day.
  const heard = await stack.db.message.findMany({
    where: { customerId: agreed.customerId, sentAt: { not: null } },
    orderBy: { sentAt: 'asc' },
  })
  expect(heard.length).toBeGreaterThan(3)
  for (const [i, { sentAt }] of heard.slice(1).entries())
    expect(Number(sentAt) - Number(heard[i]?.sentAt)).toBeGreaterThanOrEqual(24 * 3_600_000)
})

test('S7, S14: three failing subscriptions of one customer: one mail names all three, each charged once', async () => {
  const shop = await startedShop(stack)
  const first = await subscription(stack, shop, noMoney, { productTitle: 'Morning Roast' })
  const { methodId } = first
  const second = await subscription(stack, shop, noMoney, { methodId, productTitle: 'Decaf' })
  const third = await subscription(stack, shop, noMoney, { methodId, productTitle: 'Espresso' })
  const contracts = [first, second, third].map(({ contractId }) => contractId)
  await stack.sandbox.moveClock(on('11-14'))

  const mails = await reminders(stack)
  expect(mails).toHaveLength(1)
  for (const product of ['Morning Roast', 'Decaf', 'Espresso']) {
    expect(mails[0]?.text).toContain(product)
    expect(mails[0]?.html).toContain(product)
  }
  const links = new Set(mails[0]?.text.match(/\/r\/[\w-]{43}/g))
  expect(links.size).toBe(3)
  const told = await stack.db.message.findMany({ where: { channel: 'email' } })
  const teller = told.find(({ state }) => state === 'sent')
  expect(told.filter(({ state }) => state === 'merged').map((m) => m.mergedInto)).toEqual([
    teller?.id,
    teller?.id,
  ])
  for (const contractId of contracts) {
    expect(await ledger(stack, contractId)).toEqual([
      'biller: INSUFFICIENT_FUNDS',
      'app: INSUFFICIENT_FUNDS',
    ])
    const { id, events, stepRuns } = await caseOf(stack, contractId)
    if (id === teller?.caseId) continue
    const run = stepRuns.find(({ template, kind }) => template === 'first' && kind === 'email')
    expect(run).toMatchObject({
      state: 'skipped',
      reason: expect.stringMatching(/^told in the mail about/),
    })
    expect(events.some(({ because }) => /told in the mail about/.test(because))).toBe(true)
  }

  // One of them is paid: the next mail names the other two. Who was told by another's mail gets no thank-you.
  const cases = await Promise.all(contracts.map((contractId) => caseOf(stack, contractId)))
  const paid = cases.find(({ id }) => id !== teller?.caseId)
  await stack.sandbox.changeCycle(paid?.contractId ?? '', 1, 'bill-elsewhere')
  await stack.sandbox.moveClock(on('11-18'))
  const next = (await reminders(stack)).slice(1)
  expect(next).toHaveLength(1)
  for (const { id, productTitle } of cases)
    expect(next[0]?.text.includes(productTitle ?? '?')).toBe(id !== paid?.id)
})

test('a mail for two that SendGrid will not take: the other debt is told of by itself, on its own day', async () => {
  const shop = await startedShop(stack)
  const { methodId, ...first } = await subscription(stack, shop, noMoney, { productTitle: 'Decaf' })
  const second = await subscription(stack, shop, noMoney, { methodId, productTitle: 'Espresso' })
  await stack.sandbox.mailBehaviour(400, 1)
  await stack.sandbox.moveClock(on('11-14'))

  const cases = await Promise.all([first, second].map((one) => caseOf(stack, one.contractId)))
  const untold = cases.find(({ messages }) => messages.length === 2)
  expect(untold?.messages.map(({ state }) => state).sort()).toEqual(['failed', 'sent'])
  expect(
    untold?.stepRuns
      .filter(({ template, kind }) => template === 'first' && kind === 'email')
      .map(({ occurrence, state }) => `${occurrence} ${state}`)
      .sort(),
  ).toEqual(['0 skipped', '1 done'])
  const mails = (await reminders(stack)).filter(({ answer }) => answer === 202)
  expect(mails).toHaveLength(1)
  expect(mails[0]?.text).toContain(untold?.productTitle)
})

test('S14 paid between the words and the sending: nothing is sent, and the timeline says so', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, noMoney)
  await stack.sandbox.fault({
    operation: 'customer',
    mode: 'then',
    path: `contracts/${encodeURIComponent(contractId)}/cycles/1/bill-elsewhere`,
    times: 1,
  })
  await stack.sandbox.moveClock(on('11-14'))
  expect(await reminders(stack)).toEqual([])
  const { status, messages } = await caseOf(stack, contractId)
  expect(status).toBe('paid_elsewhere')
  expect(messages).toMatchObject([
    { state: 'suppressed', reason: 'not sent: nothing is owed for this cycle now' },
  ])
})

test('an offer goes to who agreed to offers, with one press to end them; then notices alone', async () => {
  const shop = await startedShop(stack)
  const at = new Date()
  const key = { stage: 'first', lane: '*', channel: 'email', tag: 'en' } as const
  const offer = {
    subject: 'A word, and 10 % off',
    preview: '',
    blocks: [{ type: 'text' as const, text: '{{ happened }} Take 10 % off.' }],
    commercial: true,
  }
  await saveTemplate(stack.db, shop, 'staff:1', key, offer, null, at)
  await saveBrand(
    stack.db,
    shop,
    'staff:1',
    { ...DEFAULT_BRAND, postalAddress: '1 Quay\nKiel' },
    at,
  )
  const fan = await subscription(
    stack,
    shop,
    { type: 'expired' },
    {
      customer: person('Mara', { acceptsEmail: true }),
    },
  )
  const other = await subscription(stack, shop, { type: 'expired' }, { customer: person('Jonas') })
  await stack.sandbox.moveClock(on('11-12'))
  const [mail, ...more] = await reminders(stack)
  expect(more).toEqual([])
  const link =
    /<(http[^>]+\/u\/[\w-]{43})>/.exec(mail?.headers['List-Unsubscribe'] ?? '')?.[1] ?? ''
  expect(mail?.headers['List-Unsubscribe-Post']).toBe('List-Unsubscribe=One-Click')
  expect(mail?.text).toContain(link)
  expect((await caseOf(stack, other.contractId)).messages).toMatchObject([
    { state: 'suppressed', reason: 'not sent: the shopper has not agreed to offers' },
  ])

  const offersEnded = () => stack.db.suppression.count({ where: { channel: 'offers' } })
  const asBrowser = { headers: { 'user-agent': BROWSER } }
  expect((await fetch(link, asBrowser)).status).toBe(200)
  expect(await offersEnded()).toBe(0)
  const pressed = await fetch(link, {
    method: 'POST',
    headers: { 'user-agent': BROWSER, 'sec-fetch-site': 'cross-site' },
    body: new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }),
  })
  expect(pressed.status).toBe(200)
  expect(await offersEnded()).toBe(2) // the customer, and the address
  expect((await fetch(link.replace('/u/', '/r/'), asBrowser)).status).toBe(404)
  const forged = link.replace(/.{4}$/, 'AAAA')
  expect((await fetch(forged, { ...asBrowser, method: 'POST' })).status).toBe(404)

  // Jonas had agreed when his case opened, and has taken it back since.
  const { id, traits } = await caseOf(stack, other.contractId)
  const agreed = { ...Object(traits), consent: { email: true, sms: true } }
  await stack.db.recoveryCase.update({ where: { id }, data: { traits: agreed } })

  // The next offer is not sent; a notice is.
  await saveTemplate(stack.db, shop, 'staff:1', { ...key, stage: 'reminder' }, offer, null, at)
  await stack.sandbox.moveClock(on('11-20'))
  const { messages } = await caseOf(stack, fan.contractId)
  expect(messages.map(({ template, state, reason }) => `${template}: ${state}, ${reason}`)).toEqual(
    [
      expect.stringMatching(/^first: sent/),
      'reminder: suppressed, not sent: the shopper unsubscribed from offers',
      expect.stringMatching(/^options: sent|^plan: sent/),
    ],
  )
  const untold = (await caseOf(stack, other.contractId)).messages
  expect(untold.find(({ template }) => template === 'reminder')?.reason).toBe(
    'not sent: the shopper has not agreed to offers',
  )

  // Long after, when nobody knows any more whom the mail went to: it is not said to be done.
  const { id: old } = await caseOf(stack, fan.contractId)
  await stack.db.message.deleteMany({ where: { caseId: old } })
  await stack.db.recoveryCase.update({ where: { id: old }, data: { customerId: null } })
  for (const method of ['GET', 'POST']) {
    const late = await fetch(link, { ...asBrowser, method })
    expect(late.status).toBe(410)
    expect(await late.text()).toContain('This link is too old')
  }
  expect(await offersEnded()).toBe(2)
})
