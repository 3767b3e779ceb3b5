/** The signed page behind every mail (S9, S10, S23, F15): looking does nothing, a press does one thing once. */
import { randomBytes } from 'node:crypto'
import { Agent, request } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  BROWSER,
  card,
  caseOf,
  cleanOracle,
  ledger,
  newCard,
  on,
  reminders,
  startedShop,
  subscription,
} from '../factories.ts'
import type { Instrument } from '../sandbox-client.ts'
import { type Stack, startStack } from '../stack.ts'

let stack: Stack
beforeAll(async () => {
  stack = await startStack()
})
afterAll(() => stack.stop())
beforeEach(() => stack.reset())

/** A subscriber whose card has expired, the mail about it, and the page behind the mail. */
async function expired(instrument: Instrument = 'card') {
  const shop = await startedShop(stack)
  const made = await subscription(
    stack,
    shop,
    { type: 'expired' },
    { card: card({ type: 'expired' }, { instrument }) },
  )
  await stack.sandbox.moveClock(on('11-12'))
  return { shop, ...made, link: await linkInLastMail() }
}

async function linkInLastMail(to = ''): Promise<string> {
  const mail = (await reminders(stack)).findLast((one) => one.to.includes(to))
  const link = /https?:\/\/\S+\/r\/\S+/.exec(mail?.text ?? '')?.[0]
  if (!link) throw new Error(`No link in ${JSON.stringify(mail)}`)
  return link
}

const tailOf = (id: string) => id.slice(id.lastIndexOf('/') + 1)

const MARA = { firstName: 'Mara', lastName: 'Lindqvist', locale: 'en', country: 'DE' }

const look = (link: string) =>
  fetch(link, { headers: { 'user-agent': BROWSER }, redirect: 'manual' })

const press = (
  link: string,
  what: string,
  headers: Record<string, string> = {},
  more: Record<string, string> = {},
) =>
  fetch(link, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'user-agent': BROWSER, origin: 'null', 'sec-fetch-site': 'same-origin', ...headers },
    body: new URLSearchParams({ press: what, ...more }),
  })

/** A request as it comes through a load balancer, from the caller's address. */
function knock(agent: Agent, path: string, address: string) {
  const { hostname, port } = new URL(stack.appUrl)
  const headers = { 'user-agent': BROWSER, 'x-forwarded-for': address }
  return new Promise<{ status: number; body: string }>((answered, failed) => {
    const sent = request({ hostname, port, path, agent, headers }, async (answer) => {
      let body = ''
      for await (const part of answer) body += part
      answered({ status: answer.statusCode ?? 0, body })
    })
    sent.on('error', failed)
    sent.end()
  })
}

const fromShopify = async () =>
  (await stack.sandbox.mailbox()).filter((mail) => mail.from.includes('Shopify'))

describe('looking', () => {
  test('shows the order and changes nothing, however often a scanner does it', async () => {
    const { contractId, link } = await expired()
    const before = await caseOf(stack, contractId)
    const answers = await Promise.all(Array.from({ length: 20 }, () => look(link)))
    for (const answer of answers) {
      expect(answer.status).toBe(200)
      expect(answer.headers.get('cache-control')).toBe('no-store')
      expect(answer.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    }
    const page = (await answers[0]?.text()) ?? ''
    expect(page).toContain('Morning Roast 1 kg')
    expect(page).toContain('€24.90')
    expect(page).not.toContain('<script')
    expect(await caseOf(stack, contractId)).toEqual(before)
    expect(await fromShopify()).toEqual([])
  })

  test('with an altered or invented link finds nothing, and is told nothing', async () => {
    const { link } = await expired()
    for (const wrong of [
      link.slice(0, -1),
      `${link.slice(0, -4)}AAAA`,
      link.replace(/r\/.*/, 'r/x'),
    ]) {
      const answer = await look(wrong)
      expect(answer.status).toBe(404)
      expect(await answer.text()).not.toMatch(/Bean|Morning|24\.90/)
    }
  })

  test('for ten thousand guesses finds nothing, soon costs nothing, and keeps nobody else out', async () => {
    const { contractId, link } = await expired()
    const before = await caseOf(stack, contractId)
    const token = new URL(link).pathname.split('/').at(-1) ?? ''
    const known = Buffer.from(token, 'base64url').subarray(0, 16)
    const letters = (bytes: Buffer) => bytes.toString('base64url')
    const guesses: ((i: number) => string)[] = [
      () => letters(randomBytes(32)),
      // Whoever knows the case guesses its signature only, or a later turn's.
      () => letters(Buffer.concat([known, randomBytes(16)])),
      (i) => letters(Buffer.concat([known, Buffer.from([0, i % 256]), randomBytes(16)])),
      (i) => letters(randomBytes(3 + (i % 64))),
    ]
    const line = new Agent({ keepAlive: true, maxSockets: 16 })
    const answers = new Map<string, number>()
    let sent = 0
    const guess = async () => {
      while (sent < 10_000) {
        const at = sent++
        const { status, body } = await knock(line, `/r/${guesses[at % 4]?.(at)}`, '203.0.113.7')
        const said = `${status} ${status === 404 ? body : ''}`
        answers.set(said, (answers.get(said) ?? 0) + 1)
      }
    }
    await Promise.all(Array.from({ length: 16 }, guess))
    // One answer for all that we did not sign, whatever is wrong with it, and no more than one address is worth.
    const kinds = [...answers.keys()].map((said) => said.slice(0, 3)).sort()
    expect(kinds).toEqual(['404', '429'])
    expect([...answers].find(([said]) => said.startsWith('404'))?.[1]).toBeLessThanOrEqual(600)
    expect((await knock(line, new URL(link).pathname, '203.0.113.7')).status).toBe(429)
    const elsewhere = await knock(line, new URL(link).pathname, '198.51.100.9')
    expect(elsewhere.status).toBe(200)
    expect(elsewhere.body).toContain('Morning Roast')
    line.destroy()
    expect(await caseOf(stack, contractId)).toEqual(before)
  })

  test('after an uninstall finds nothing any more', async () => {
    const { shop, link } = await expired()
    await stack.sandbox.uninstall(shop)
    await stack.sandbox.moveClock({ by: 'PT1M' })
    expect((await look(link)).status).toBe(410)
    expect((await press(link, 'stop')).status).toBe(410)
  })
})

describe('asking for the secure mail', () => {
  test('has Shopify send it once, however often and however fast it is pressed', async () => {
    const { contractId, link } = await expired()
    const answers = await Promise.all([1, 2, 3].map(() => press(link, 'update')))
    answers.push(await press(link, 'update'))
    expect(answers.map(({ status }) => status)).toEqual([303, 303, 303, 303])
    expect(await fromShopify()).toHaveLength(1)
    expect(await (await look(link)).text()).toContain('on its way')
    const { messages } = await caseOf(stack, contractId)
    expect(messages.filter(({ template }) => template === 'update_link')).toMatchObject([
      { state: 'sent', channel: 'email', countsTowardCap: true },
    ])
    // The notice that led here has brought the shopper; looking at the page alone would not say so.
    expect(messages.filter(({ clickedAt }) => clickedAt).map(({ template }) => template)).toEqual([
      'first',
    ])
    await cleanOracle(stack)
  })

  test('counts as a mail: ours waits a day', async () => {
    const { link } = await expired()
    await stack.sandbox.moveClock(on('11-14', '20:00'))
    await press(link, 'update')
    const before = (await reminders(stack)).length
    await stack.sandbox.moveClock(on('11-15', '19:00'))
    expect(await reminders(stack)).toHaveLength(before)
    await stack.sandbox.moveClock(on('11-17'))
    expect(await reminders(stack)).toHaveLength(before + 1)
  })

  test('whose answer is lost is not sent a second time', async () => {
    const { contractId, link } = await expired()
    await stack.sandbox.fault({
      operation: 'customerPaymentMethodSendUpdateEmail',
      mode: 'lose_answer',
      times: 1,
    })
    await press(link, 'update')
    await press(link, 'update')
    expect(await fromShopify()).toHaveLength(1)
    const { messages } = await caseOf(stack, contractId)
    expect(messages.find(({ template }) => template === 'update_link')?.state).toBe('uncertain')
  })

  test('while Shopify throttles is refused honestly, and can be pressed again', async () => {
    const { link } = await expired()
    await stack.sandbox.fault({
      operation: 'customerPaymentMethodSendUpdateEmail',
      mode: 'throttled',
      times: 1,
    })
    expect((await press(link, 'update')).headers.get('location')).toMatch(/notice=not_now$/)
    expect(await fromShopify()).toHaveLength(0)
    expect((await press(link, 'update')).headers.get('location')).not.toMatch(/notice/)
    expect(await fromShopify()).toHaveLength(1)
  })
})

test('S9 each instrument has the way that mends it: Shop Pay a page of Shopify’s, fetched at the press; the others Shopify’s mail', async () => {
  const shop = await startedShop(stack)
  const ways: [Instrument, string][] = [
    ['card', 'Send me the secure link'],
    ['paypal', 'approve the payment in PayPal'],
    ['shop_pay', 'Update in Shop Pay'],
  ]
  for (const [instrument] of ways)
    await subscription(
      stack,
      shop,
      { type: 'expired' },
      {
        customer: { ...MARA, email: `${instrument}@example.com` },
        card: card({ type: 'expired' }, { instrument }),
      },
    )
  await stack.sandbox.moveClock(on('11-12'))
  for (const [instrument, words] of ways) {
    const link = await linkInLastMail(`${instrument}@example.com`)
    expect(await (await look(link)).text()).toContain(words)
    for (const turn of [1, 2]) {
      const answer = await press(link, 'update')
      const to = new URL(answer.headers.get('location') ?? '', link)
      if (instrument === 'shop_pay')
        expect(to.origin, `press ${turn}`).not.toBe(new URL(link).origin)
      else expect(to.origin).toBe(new URL(link).origin)
    }
    const mails = (await fromShopify()).filter(({ to }) => to.includes(instrument))
    expect(mails, instrument).toHaveLength(instrument === 'shop_pay' ? 0 : 1)
  }
  const led = { type: 'shopper_update', actor: 'shopper' }
  expect(await stack.db.caseEvent.count({ where: led })).toBe(2)
  // Shopify advises its mail where it gives no page.
  await stack.sandbox.fault({
    operation: 'customerPaymentMethodGetUpdateUrl',
    mode: 'refuse',
    code: 'TOO_MANY_REQUESTS',
    times: 1,
  })
  await press(await linkInLastMail('shop_pay@example.com'), 'update')
  expect((await fromShopify()).filter(({ to }) => to.includes('shop_pay'))).toHaveLength(1)
})

test('S8 a revoked PayPal leads to Shopify’s dialog, never to a mail that Shopify would not send', async () => {
  const { contractId, methodId, link } = await expired('paypal')
  expect(await (await look(link)).text()).toContain('approve the payment in PayPal')
  await stack.sandbox.revokeMethod(methodId, 'MANUALLY_REVOKED')
  await stack.sandbox.moveClock({ by: 'PT10M' })
  const { methodRevokedAt } = await caseOf(stack, contractId)
  expect(methodRevokedAt).not.toBeNull()
  const page = await (await look(link)).text()
  expect(page).not.toContain('value="update"')
  expect(page).toContain('Please choose another payment method')
  expect((await press(link, 'update')).headers.get('location')).toMatch(/notice=not_possible$/)
  expect(await fromShopify()).toEqual([])
})

describe('a bank’s challenge', () => {
  async function challenged(interval: 'WEEK' | 'MONTH' = 'MONTH') {
    const shop = await startedShop(stack)
    const made = await subscription(stack, shop, { type: 'challenge', then: 'OK' }, { interval })
    await stack.sandbox.moveClock(on('11-12'))
    const { attempts } = await caseOf(stack, made.contractId)
    return { ...made, link: await linkInLastMail(), attemptId: attempts.at(-1)?.shopifyId ?? '' }
  }

  test('is never in the mail: the press reads it and leads there', async () => {
    const { link, contractId } = await challenged()
    const answer = await press(link, 'challenge')
    const { events } = await caseOf(stack, contractId)
    expect(events.at(-1)).toMatchObject({ type: 'shopper_challenge', actor: 'shopper' })
    const bank = answer.headers.get('location') ?? ''
    expect(new URL(bank).origin).not.toBe(new URL(link).origin)
    for (const { html, text } of await reminders(stack)) {
      expect(html + text).not.toContain(new URL(bank).pathname)
    }
  })

  test('F6 that has run out untold is said to have, with the time from which it can be started again', async () => {
    const { contractId, link, attemptId } = await challenged()
    await stack.sandbox.webhookPolicy({ topic: '*', mode: 'lost' })
    await stack.sandbox.answerChallenge(attemptId, 'expire')
    const answer = await press(link, 'challenge')
    expect(answer.headers.get('location')).toMatch(/notice=challenge_gone$/)
    // The press has made us look: the page does not lead there a second time, and the way goes on.
    const page = await (await look(link)).text()
    expect(page).toContain('The last confirmation has run out')
    expect(page).toMatch(/start it again from Friday,? 13 November at 09:00/)
    expect(page).toContain('value="update"')
    expect(page).not.toContain('value="challenge"')
    expect((await press(link, 'pay')).headers.get('location')).toMatch(/notice=not_possible$/)

    // A day after the last one it can be started anew, by the shopper and nobody else, and passed.
    await stack.sandbox.webhookPolicy({ topic: '*', mode: 'normal' })
    await stack.sandbox.moveClock(on('11-13', '09:30'))
    expect(await (await look(link)).text()).toContain('You can start it again now')
    const presses = await Promise.all([1, 2, 3].map(() => press(link, 'pay')))
    expect(presses.map(({ status }) => status)).toEqual([303, 303, 303])
    await stack.sandbox.moveClock({ by: 'PT10M' })
    const { attempts } = await caseOf(stack, contractId)
    expect(attempts).toMatchObject([{ state: 'failed' }, { trigger: 'shopper' }])
    expect((await press(link, 'challenge')).headers.get('location')).toMatch(/\/challenge\//)
    await stack.sandbox.answerChallenge(attempts[1]?.shopifyId ?? '', 'pass')
    await stack.sandbox.moveClock({ by: 'PT10M' })
    expect(await caseOf(stack, contractId)).toMatchObject({
      status: 'recovered',
      recoverySource: 'paid_by_link',
    })
    const { charges } = await cleanOracle(stack, { contract: contractId })
    expect(charges).toMatchObject([
      { by: 'biller' },
      { by: 'app', actor: 'CUSTOMER', result: 'paid' },
    ])
  })

  test('F6 passed after the end: the old link tells of the payment, not of the pause', async () => {
    const { contractId, link, attemptId } = await challenged('WEEK')
    await stack.sandbox.answerChallenge(attemptId, 'abandon')
    const { deadlineAt } = await caseOf(stack, contractId)
    await stack.sandbox.moveClock({ to: new Date(deadlineAt.getTime() + 3_600_000) })
    const paused = await (await look(link)).text()
    expect(paused).toContain('Your subscription is paused')
    expect(paused).toMatch(/value="resume" class="primary"/)
    await stack.sandbox.answerChallenge(attemptId, 'pass')
    await stack.sandbox.moveClock({ by: 'PT10M' })
    expect(await (await look(link)).text()).toContain('Thank you, it worked')
  })
})

test('a second press is answered in peace, and no old notice stands over a good end', async () => {
  const shop = await startedShop(stack)
  const noMoney = { type: 'code', code: 'INSUFFICIENT_FUNDS' } as const
  await subscription(stack, shop, noMoney)
  await stack.sandbox.moveClock(on('11-14', '18:00'))
  const link = await linkInLastMail()
  const told = async (what: string) =>
    new URL((await press(link, what)).headers.get('location') ?? '', link).searchParams.get(
      'notice',
    )
  expect([await told('pay'), await told('pay')]).toEqual([null, null])
  const scolded = () => look(`${link}?notice=not_possible`).then((answer) => answer.text())
  const scold = 'That is not possible any more'
  expect(await scolded()).toContain(scold)
  await stack.sandbox.moveClock({ by: 'PT10M' })
  expect([await told('skip'), await told('skip'), await told('pay')]).toEqual([
    null,
    null,
    'not_possible',
  ])
  expect(await scolded()).not.toContain(scold)
})

test('paid: no notice of an earlier press stands over the thanks', async () => {
  const { contractId, link } = await expired()
  await stack.sandbox.changeMethod(contractId, newCard)
  await stack.sandbox.moveClock({ by: 'PT10M' })
  for (const notice of ['not_possible', 'not_now', 'not_started']) {
    const page = await (await look(`${link}?notice=${notice}`)).text()
    expect(page).toContain('Thank you, it worked')
    expect(page).not.toMatch(/not possible any more|did not work|could not be started/)
  }
})

describe('a press that must not count', () => {
  test('from another site, of another kind, or without a form', async () => {
    const { contractId, link } = await expired()
    const before = await caseOf(stack, contractId)
    const answers = await Promise.all([
      press(link, 'stop', { 'sec-fetch-site': 'cross-site' }),
      press(link, 'stop', { 'sec-fetch-site': 'same-site' }),
      press(link, 'refund'),
      press(link, 'smaller'),
      press(link, 'smaller', {}, { 'line.1': 'all' }),
      fetch(link, { method: 'POST', headers: { 'user-agent': BROWSER }, body: '{"press":"stop"}' }),
      fetch(link, { method: 'DELETE', headers: { 'user-agent': BROWSER } }),
    ])
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400, 400, 400, 405])
    // Read, and refused: nobody offers less of this order, nor was any of it left out.
    for (const [what, pieces, notice] of [
      ['smaller', '1', 'not_possible'],
      ['smaller', '0', 'nothing_less'],
      ['whole', '1', 'not_possible'],
    ] as const) {
      const answer = await press(link, what, {}, { 'line.1': pieces })
      expect(answer.status).toBe(303)
      expect(answer.headers.get('location')).toMatch(new RegExp(`notice=${notice}$`))
    }
    expect(await caseOf(stack, contractId)).toEqual(before)
  })

  test('the link of one case opens no other', async () => {
    const first = await expired()
    const other = await subscription(
      stack,
      first.shop,
      { type: 'expired' },
      {
        firstChargeAt: '2026-11-13T08:00:00Z',
        productTitle: 'Evening Decaf',
      },
    )
    await stack.sandbox.moveClock(on('11-13'))
    expect(await (await look(first.link)).text()).not.toContain('Evening Decaf')
    await press(first.link, 'stop')
    expect((await caseOf(stack, other.contractId)).status).not.toBe('held')
  })
})

test('the mail leads to the account page, too, and so does the page, in the shop’s own colours', async () => {
  const { shop, contractId, link } = await expired()
  const mail = (await reminders(stack)).at(-1)?.text ?? ''
  const account = /https?:\/\/\S+\/pages\/[0-9a-f-]{36}/.exec(mail)?.[0] ?? 'no account page'
  const door = await fetch(account, { redirect: 'manual' })
  expect(door.headers.get('location')).toMatch(/^\/account\/\d+\/pages\/recovery-page$/)
  const colours = { accent: '#7b1fa2', background: '#fff8e1', ink: '#1d2624' }
  await stack.db.brand.create({
    data: { shop, logoAlt: '', ...colours, updatedAt: new Date(), updatedBy: 'owner' },
  })
  const page = await (await look(link)).text()
  expect(page).toContain(`href="${account}"`)
  expect(page).toContain('--button: #7b1fa2')

  // Taken away from the account, it is offered no more: the night's look finds it gone, and back again.
  const { accountPage } = await stack.db.shop.findUniqueOrThrow({ where: { shop } })
  expect(accountPage).toBe(account)
  await stack.sandbox.withholdScope(shop, 'read_content')
  await stack.sandbox.moveClock({ by: 'P1D' })
  expect(await (await look(link)).text()).not.toContain('Open your account')
  expect((await caseOf(stack, contractId)).status).toBe('awaiting_customer')
})

test('another saved method pays by the link alone, on its last day, once', async () => {
  const shop = await startedShop(stack)
  const { contractId, methodId } = await subscription(stack, shop, { type: 'ok' })
  await stack.sandbox.changeMethod(contractId, card({ type: 'expired' }, { last4: '9999' }))
  const stranger = await subscription(
    stack,
    shop,
    { type: 'ok' },
    {
      customer: { ...MARA, email: 'other@example.com' },
    },
  )
  await stack.sandbox.moveClock(on('11-12'))
  const link = await linkInLastMail()
  const { deadlineAt } = await caseOf(stack, contractId)
  await stack.sandbox.moveClock({ to: new Date(deadlineAt.getTime() - 3_600_000) })
  const shown = /name="press" value="(method:[^"]+)"[^>]*>([^<]+)</.exec(
    await (await look(link)).text(),
  )
  expect(shown?.slice(1)).toEqual([`method:${tailOf(methodId)}`, 'Visa ending in 4242'])
  for (const wrong of [`method:${tailOf(stranger.methodId)}`, 'method:none'])
    expect((await press(link, wrong)).headers.get('location')).toMatch(/notice=not_possible$/)
  const pressed = await Promise.all([1, 2].map(() => press(link, shown?.[1] ?? '')))
  expect(pressed.map(({ status }) => status)).toEqual([303, 303])
  await stack.sandbox.moveClock({ by: 'PT10M' })
  expect(await ledger(stack, contractId)).toEqual(['biller: EXPIRED_CARD', 'app: paid'])
  const { status, events } = await caseOf(stack, contractId)
  expect(status).toBe('recovered')
  const said = events.filter(({ actor }) => actor === 'shopper').map(({ because }) => because)
  expect(said.join('\n')).toContain('another saved method: Visa ···· 4242')
  await cleanOracle(stack)
})

test('a link that staff withdraw opens nothing and presses nothing; the next notice carries a new one', async () => {
  const { shop, contractId, link } = await expired()
  const { id } = await caseOf(stack, contractId)
  const answer = await fetch(`${stack.appUrl}/app/recoveries/${id}.data`, {
    method: 'POST',
    headers: {
      'user-agent': BROWSER,
      'sec-fetch-site': 'same-origin',
      authorization: `Bearer ${await stack.sandbox.idToken(shop)}`,
    },
    body: new URLSearchParams({ intent: 'withdraw_link' }),
  })
  expect(answer.status).toBe(200)
  for (const gone of [await look(link), await press(link, 'stop'), await press(link, 'update')]) {
    expect(gone.status).toBe(410)
    const words = await gone.text()
    expect(words).toContain('This link was withdrawn')
    expect(words).toContain('newest e-mail')
    expect(words).not.toMatch(/Morning Roast|24\.90/)
  }
  const { events, status } = await caseOf(stack, contractId)
  expect(status).toBe('awaiting_customer')
  expect(events.at(-1)).toMatchObject({
    type: 'link_withdrawn',
    actor: expect.stringMatching(/^staff/),
    because: expect.stringContaining('the next notice carries a new one'),
  })
  const audited = await stack.db.auditEntry.findMany({ where: { action: 'case.link_withdrawn' } })
  expect(audited).toMatchObject([{ shop, target: id }])

  await stack.sandbox.moveClock(on('11-17'))
  const next = await linkInLastMail()
  expect(next).not.toBe(link)
  expect((await look(next)).status).toBe(200)
  expect((await look(link)).status).toBe(410)
})

test('the link works to the end: thanks after the recovery, and gone when the case is long over', async () => {
  const { contractId, link } = await expired()
  await stack.sandbox.changeMethod(contractId, newCard)
  await stack.sandbox.moveClock({ by: 'PT10M' })
  const thanks = await (await look(link)).text()
  expect(thanks).toContain('Thank you, it worked')
  expect(await linkInLastMail()).toBe(link)
  const next = 'Your next order is planned for Saturday 12 December.'
  for (const text of [thanks, (await reminders(stack)).at(-1)?.text])
    expect(text?.replace(/,/g, '')).toContain(next)
  expect((await press(link, 'update')).headers.get('location')).toMatch(/notice=not_possible$/)
  await stack.sandbox.changeContract(contractId, 'cancel')
  await stack.sandbox.moveClock({ by: 'P91D' })
  expect((await look(link)).status).toBe(410)
})
