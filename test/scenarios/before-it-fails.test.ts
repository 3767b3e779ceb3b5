/** What is told before a charge, from which address, and what is said and done when everything is over. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  BROWSER,
  card,
  caseOf,
  newCard,
  reminders,
  startedShop,
  subscription,
  tasksOf,
} from '../factories.ts'
import { type Stack, startStack } from '../stack.ts'

let stack: Stack
let shop: string
beforeAll(async () => {
  stack = await startStack()
  // Thursday, 26 November, 06:00 in Berlin: five days before a charge on the 2nd of December is tomorrow.
  await stack.reset(new Date('2026-11-26T05:00:00Z'))
})
afterAll(() => stack.stop())

const at = (day: string, time: string) => ({ to: `2026-${day}T${time}:00+01:00` })
const ok = { type: 'ok' as const }
const ending = { expiryMonth: 11, expiryYear: 2026 }

const customer = (name: string) => ({
  firstName: name,
  lastName: 'Lindqvist',
  email: `${name.toLowerCase()}@example.com`,
  locale: 'en',
  country: 'DE',
})

/** A monthly plan that is charged on the 2nd of December with a card that ends in November. */
const endingSoon = (name: string, more = {}) =>
  subscription(stack, shop, ok, {
    customer: customer(name),
    card: card(ok, ending),
    firstChargeAt: '2026-12-02T08:00:00Z',
    ...more,
  })

/** What the browser of the shop's staff sends. */
async function submit(path: string, fields: Record<string, string>): Promise<Response> {
  const answer = await fetch(`${stack.appUrl}${path}`, {
    method: 'POST',
    headers: {
      'user-agent': BROWSER,
      'sec-fetch-site': 'same-origin',
      authorization: `Bearer ${await stack.sandbox.idToken(shop)}`,
    },
    body: new URLSearchParams(fields),
  })
  if (!answer.ok) throw new Error(`The app answered ${answer.status}: ${await answer.text()}`)
  return answer
}

const sending = (fields: Record<string, string>) => submit('/app/settings/sending.data', fields)
const mailsTo = async (name: string) =>
  (await reminders(stack)).filter(({ to }) => to === `${name.toLowerCase()}@example.com`)
const noticeOf = (contractId: string) => stack.db.earlyNotice.findMany({ where: { contractId } })
const pageIn = (text: string) => /https?:\/\/\S+\/r\/\S+/.exec(text)?.[0] ?? 'no link'

const press = (link: string, what: string) =>
  fetch(link, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'user-agent': BROWSER, origin: 'null', 'sec-fetch-site': 'same-origin' },
    body: new URLSearchParams({ press: what }),
  })

describe('before a charge', () => {
  let mara: string
  let ines: string
  let jonas: string
  let yuki: string

  beforeAll(async () => {
    shop = await startedShop(stack)
    await stack.db.shop.update({
      where: { shop },
      data: { senderName: 'Bean & Bloom', replyTo: 'help@beanandbloom.example' },
    })
    await submit('/app/settings/notices.data', {
      cardOn: 'on',
      cardDays: '5',
      renewalOn: 'on',
      plans: 'yearly',
      renewalDays: '3',
      yearlyDays: '30',
    })
    mara = (await endingSoon('Mara')).contractId
    ines = (await endingSoon('Ines')).contractId
    yuki = (
      await endingSoon('Yuki', {
        card: card(ok),
        interval: 'YEAR',
        firstChargeAt: '2026-12-27T08:00:00Z',
      })
    ).contractId
    // Jonas has a payment that fails now, on the card that also pays another subscription on the 2nd.
    const failing = await endingSoon('Jonas', {
      card: card({ type: 'codes', codes: ['INSUFFICIENT_FUNDS'] }, ending),
      firstChargeAt: '2026-11-26T11:00:00Z',
    })
    jonas = (await endingSoon('Jonas', { methodId: failing.methodId })).contractId

    await sending({ intent: 'add', domain: 'Notices.BeanAndBloom.example' })
    await sending({ intent: 'check' })
    await sending({ intent: 'check' })
    await stack.sandbox.moveClock(at('11-27', '08:00'))
    await stack.sandbox.changeMethod(ines, newCard)
    await stack.sandbox.moveClock(at('11-27', '11:30'))
  })

  test('a card that ends before it is told once, from the shop’s own domain, and nothing is said to have failed', async () => {
    const [mail, ...more] = await mailsTo('Mara')
    expect(more).toEqual([])
    expect(mail).toMatchObject({
      from: 'Bean & Bloom <notices@notices.beanandbloom.example>',
      replyTo: 'help@beanandbloom.example',
      subject: 'Visa ending in 4242 may not be valid for your next order',
      categories: ['payment-notice', 'stage-card_expires'],
    })
    expect(mail?.text).toMatch(/Wednesday 2 December/)
    expect(mail?.text).not.toMatch(/fail|declin/i)
    expect(await noticeOf(mara)).toMatchObject([{ kind: 'card_expires', state: 'sent' }])
  })

  test('a card that was changed, and a shopper whose payment has failed, hear nothing of it', async () => {
    expect(await noticeOf(ines)).toMatchObject([
      { state: 'skipped', reason: 'not sent: the payment method was changed meanwhile' },
    ])
    expect(await mailsTo('Ines')).toEqual([])
    expect(await noticeOf(jonas)).toMatchObject([
      { state: 'skipped', reason: expect.stringMatching(/has failed, and they hear of that/) },
    ])
  })

  test('a yearly renewal is told thirty days ahead, with its price and its day', async () => {
    const [mail, ...more] = await mailsTo('Yuki')
    expect(more).toEqual([])
    expect(mail?.subject).toContain('Sunday 27 December')
    expect(mail?.text).toContain('€24.90 (before tax)')
    expect(await noticeOf(yuki)).toMatchObject([{ kind: 'renewal', state: 'sent' }])
  })

  test('its page has Shopify mail the secure link, once, and takes “not me”', async () => {
    const [mail] = await mailsTo('Mara')
    const link = pageIn(mail?.text ?? '')
    const page = await (await fetch(link, { headers: { 'user-agent': BROWSER } })).text()
    expect(page).toContain('Send me the secure link')
    expect((await fetch(link, { method: 'HEAD' })).status).toBe(200)
    const clicks = () =>
      stack.db.message.count({ where: { template: 'card_expires', clickedAt: { not: null } } })
    expect(await clicks()).toBe(0)
    expect((await press(link, 'update')).status).toBe(303)
    expect((await press(link, 'update')).status).toBe(303)
    const fromShopify = (await stack.sandbox.mailbox()).filter(({ from }) => from === 'Shopify')
    expect(fromShopify.map(({ to }) => to)).toEqual(['mara@example.com'])
    expect(await clicks()).toBe(1)

    expect((await press(link, 'stop')).status).toBe(303)
    expect(await tasksOf(stack, shop)).toContain('shopper_stop')
    const { customerId } = await stack.db.earlyNotice.findFirstOrThrow({
      where: { contractId: mara },
    })
    const gone = { shop, recipient: customerId, channel: 'all' }
    expect(await stack.db.suppression.count({ where: gone })).toBe(1)
  })

  test('a domain that is lost costs no mail: ours sends, and staff are told', async () => {
    await stack.sandbox.senderDomain('notices.beanandbloom.example', false)
    await submit('/app/settings.data', { intent: 'test_mail' })
    expect((await reminders(stack)).at(-1)).toMatchObject({
      from: 'Bean & Bloom <billing@reprise.example>',
      categories: ['test'],
    })
    expect(await tasksOf(stack, shop)).toContain('sender_domain')
    expect(await stack.db.senderDomain.findFirst()).toMatchObject({ valid: false })
  })
})

describe('when it is over', () => {
  test('the shopper answers one question once, and the timeline says it', async () => {
    const { contractId } = await subscription(
      stack,
      shop,
      { type: 'expired' },
      {
        customer: customer('Nora'),
        firstChargeAt: '2026-11-27T11:00:00Z',
      },
    )
    await stack.sandbox.moveClock(at('11-27', '12:30'))
    const [mail] = await mailsTo('Nora')
    const link = pageIn(mail?.text ?? '')
    expect((await press(link, 'feedback:easy')).status).toBe(303)
    expect(await caseOf(stack, contractId)).toMatchObject({ feedback: null })

    await stack.sandbox.changeMethod(contractId, newCard)
    await stack.sandbox.moveClock(at('11-27', '13:00'))
    expect(await (await fetch(link)).text()).toContain('How was it to sort this out?')
    await press(link, 'feedback:easy')
    await press(link, 'feedback:other')
    const found = await caseOf(stack, contractId)
    expect(found).toMatchObject({ status: 'recovered', feedback: 'easy' })
    const said = found.events.filter(({ type }) => type === 'feedback')
    expect(said).toMatchObject([
      { actor: 'shopper', because: expect.stringContaining('It was easy') },
    ])
  })

  test('what is still owed is exported only once the merchant allows it, with a trace and no formula', async () => {
    const { contractId } = await subscription(
      stack,
      shop,
      { type: 'expired' },
      {
        customer: { ...customer('Otto'), firstName: '=1+1' },
        firstChargeAt: '2026-11-27T12:30:00Z',
      },
    )
    await stack.sandbox.moveClock(at('11-27', '14:00'))
    const { id } = await caseOf(stack, contractId)
    const closedAt = await stack.sandbox.now()
    // As the engine leaves it after a last notice and a deadline whose action is to leave it open.
    await stack.db.stepRun.updateMany({
      where: { caseId: id, state: 'scheduled' },
      data: { state: 'cancelled', reason: 'the case is over', settledAt: closedAt },
    })
    await stack.db.message.updateMany({ where: { caseId: id }, data: { template: 'last' } })
    await stack.db.recoveryCase.update({
      where: { id },
      data: {
        status: 'exhausted',
        reason: null,
        closedAt,
        nextActionAt: null,
        lookAgainAt: null,
        // The notice told this much.
        smallerLines: [{ id: 'line-1', title: 'Morning Roast', quantity: 1 }],
        smallerAmount: '12.40',
      },
    })
    await expect(submit('/app/recoveries/collections', {})).rejects.toThrow(/403/)

    await stack.db.shop.update({ where: { shop }, data: { collectionsExport: true } })
    const file = await (await submit('/app/recoveries/collections', {})).text()
    const [, row, ...more] = file.trim().split('\r\n')
    expect(more).toEqual([])
    expect(row).toContain(`"${id}"`)
    expect(row).toContain(`"'=1+1 Lindqvist"`)
    expect(row).toContain('"12.40"')
    const audited = await stack.db.auditEntry.findMany({
      where: { action: 'collections.exported' },
    })
    expect(audited).toMatchObject([{ data: { cases: 1 }, actor: expect.stringMatching(/^staff:/) }])
    const { events } = await caseOf(stack, contractId)
    expect(events.map(({ type }) => type)).toContain('collections_export')
  })
})

test('an erased shop leaves no domain at SendGrid', async () => {
  const domain = 'notices.beanandbloom.example'
  await stack.sandbox.senderDomain(domain, false)
  await stack.sandbox.uninstall(shop)
  await stack.sandbox.requestCompliance(shop, 'shop/redact')
  await stack.sandbox.moveClock({ by: 'PT1M' })
  expect(await stack.db.shop.findFirst()).toMatchObject({ redactedAt: expect.any(Date) })
  expect(await stack.db.senderDomain.count()).toBe(0)
  await expect(stack.sandbox.senderDomain(domain, true)).rejects.toThrow(/Nobody has asked for/)
})
