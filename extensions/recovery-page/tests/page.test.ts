/// <reference types="@shopify/ui-extensions/customer-account.page.render" />
import { getExtension } from '@shopify/ui-extensions-tester'
import { fireEvent, waitFor } from '@testing-library/preact'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  type Case,
  ENDINGS,
  INSTRUMENTS,
  REASONS,
  STATUSES,
  UPDATE_ROUTES,
} from '../../shared/src/api.ts'
import {
  aCase,
  button,
  only,
  readable,
  recorded,
  server,
  snapshotOf,
  speak,
} from '../../shared/tests/shopper.ts'
import { LANGUAGES } from './languages.ts'

const { ar, de, en } = LANGUAGES

const extension = getExtension('customer-account.page.render')
beforeEach(() => {
  extension.setUp()
  // As long as the merchant has saved none. The tester knows only the settings that are named.
  extension.shopify.settings.value = { intro: undefined, help_url: undefined }
  speak(extension.shopify, en, 'en')
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllEnvs()
  extension.tearDown()
})

async function shown(text: string | RegExp) {
  await waitFor(() => expect(readable()).toMatch(text))
}

const all = (selector: string) => [...document.body.querySelectorAll<HTMLElement>(selector)]

/** Shopify's dialog ends like this. */
function dialogEnds(outcome: object) {
  const invoke = vi.fn(async () => ({ complete: Promise.resolve(outcome) }))
  extension.shopify.intents.invoke = invoke as never
  return invoke
}

describe('what a shopper reads', () => {
  test('what failed, when we try again, and what happens if nothing changes', async () => {
    server(extension, snapshotOf(aCase()))
    await extension.render()
    expect(all('s-skeleton-paragraph').length).toBeGreaterThan(0)
    await shown('We could not process the payment of €24.00 on November 12, 2026.')
    expect(readable()).toMatch('We will try again on November 16, 2026.')
    expect(readable()).toMatch('Kaffeehaus pauses this subscription on December 3, 2026.')
    expect(readable()).toMatch('Payment method: Visa 4242')
    expect(all('s-button[variant="primary"]').map((each) => each.textContent)).toEqual([
      'Replace payment method',
    ])
  })

  test('days of the case’s own zone, wherever the browser is', async () => {
    // 22:00 of the 12th for the server and 14:00 where the browser is, and already the 13th in Auckland.
    const at = { failedAt: '2026-11-12T22:00:00Z', deadlineAt: '2026-12-03T22:00:00Z' }
    vi.stubEnv('TZ', 'America/Los_Angeles')
    expect(new Date(at.failedAt).getDate()).toBe(12)
    server(extension, snapshotOf(aCase({ ...at, zone: 'Pacific/Auckland' })))
    await extension.render()
    await shown('the payment of €24.00 on November 13, 2026.')
    await shown('pauses this subscription on December 4, 2026.')
    // Plain days are the same everywhere.
    await shown('between November 17, 2026 and December 2, 2026.')
  })

  test('days of the browser’s zone, where it does not know the case’s', async () => {
    server(extension, snapshotOf(aCase({ zone: 'Europe/Not-yet-named' })))
    await extension.render()
    await shown('the payment of €24.00 on November 12, 2026.')
  })

  test('the same in German', async () => {
    speak(extension.shopify, de, 'de')
    server(extension, snapshotOf(aCase(), aCase({ id: '2', title: 'Tee' })))
    await extension.render()
    await shown('konnte am 12. November 2026 nicht ausgeführt werden')
    expect(readable()).toMatch('24,00')
    expect(readable()).toMatch('2 Zahlungen brauchen einen Moment Ihrer Zeit.')
  })

  test('the same in Arabic, with the dual for two', async () => {
    speak(extension.shopify, ar, 'ar')
    server(extension, snapshotOf(aCase(), aCase({ id: '2' })))
    await extension.render()
    await shown('دفعتان تحتاجان')
    expect(readable()).toMatch('تغيير وسيلة الدفع')
  })

  test('that a technical problem is ours: nothing is counted as waiting, nothing urged', async () => {
    const tech = aCase({ reason: 'tech' })
    server(extension, snapshotOf(tech, { ...tech, id: '2' }))
    await extension.render()
    await shown('You do not need to do anything.')
    expect(readable()).not.toMatch('need a moment')
    expect(all('s-button[variant="primary"]')).toEqual([])
    expect(readable()).toMatch('Replace payment method')
  })

  test('a card’s number in words, its own and the other one', async () => {
    const [own, other] = aCase().methods
    if (!own || !other) throw new Error('two methods are recorded')
    const methods = [
      { ...own, label: 'Visa ···· 4242' },
      { ...other, label: 'Mastercard ···· 4444' },
    ]
    server(extension, snapshotOf(aCase({ method: { label: 'Visa ···· 4242' }, methods })))
    await extension.render()
    await shown('Payment method: Visa ending in 4242')
    expect(all('s-choice').map((each) => each.textContent)).toEqual(['Mastercard ending in 4444'])
    expect(readable()).not.toMatch('·')
  })

  test('several failing subscriptions on one page, each with its own controls', async () => {
    const sent = server(extension, snapshotOf(aCase(), aCase({ id: 'case-9', title: 'Tea' })))
    await extension.render()
    await shown('2 payments need a moment')
    expect(all('s-section').map((each) => each.getAttribute('heading'))).toEqual([
      'Coffee, monthly',
      'Tea',
    ])
    const ids = all('[id]').map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(sent).toHaveLength(1)
  })

  test('that all is well, when nothing is wrong', async () => {
    server(extension, snapshotOf())
    await extension.render()
    await shown('All is well')
  })

  test.each(['under_way', 'order'])(
    'that a bank debit (%s) is on its way, never that it failed or is to be paid',
    async (because) => {
      const actions = only([], because)
      const debit = { status: 'pending', instrument: 'bank_account', actions } as const
      server(extension, snapshotOf(aCase(debit)))
      await extension.render()
      await shown('on its way from your bank. That can take a few days.')
      expect(readable()).not.toMatch(/fail|could not|pay it|minute/i)
    },
  )

  test('that an order waits to be paid, where no bank has taken it up', async () => {
    server(extension, snapshotOf(aCase({ status: 'pending', actions: only([], 'order') })))
    await extension.render()
    await shown('Please pay it there.')
  })

  test('that it could not be loaded, and a second try', async () => {
    const sent = server(extension, 'no connection', snapshotOf(aCase()))
    await extension.render()
    await shown('Nothing has changed: please try again in a moment.')
    fireEvent.click(button('Try again'))
    await shown('Replace payment method')
    expect(sent).toHaveLength(2)
  })

  test('why something cannot be done now', async () => {
    server(extension, snapshotOf(aCase({ actions: only(['stop'], 'wait_a_day') })))
    await extension.render()
    await shown('can be tried again a day after the last attempt.')
  })

  test('why the day cannot be changed again, before why nothing can be paid today', async () => {
    const actions = only(['replace', 'skip'], 'wait_a_day')
    actions.day = { allowed: false, because: 'moved_twice' }
    server(extension, snapshotOf(aCase({ actions })))
    await extension.render()
    await shown('The day has been changed twice')
  })

  test('nothing about the old card beside the button that replaces it', async () => {
    server(
      extension,
      snapshotOf(aCase({ reason: 'card', actions: only(['replace'], 'method_first') })),
    )
    await extension.render()
    await shown('Replace payment method')
    expect(readable()).not.toMatch('would be declined again')
  })

  test('the payment terms as a link, where they are the address of a page', async () => {
    server(extension, snapshotOf())
    await extension.render()
    await shown('Payment terms of Kaffeehaus')
    const links = all('s-link').map((each) => each.getAttribute('href'))
    expect(links).toContain('https://kaffeehaus.example/payment')
  })

  test('the payment terms as they were written, where they are words', async () => {
    const text = 'Changes until noon.\n\nhttps://kaffeehaus.example/payment has more.'
    server(extension, { ...snapshotOf(), policy: { text } })
    await extension.render()
    await shown('Payment terms of Kaffeehaus\nChanges until noon.\nhttps://kaffeehaus.example')
    const links = all('s-link').map((each) => each.getAttribute('href'))
    expect(links).toEqual(['mailto:help@kaffeehaus.example'])
  })

  test('the merchant’s own words and help page', async () => {
    extension.shopify.settings.value = { intro: 'Hello!', help_url: 'https://shop.example/help' }
    server(extension, snapshotOf())
    await extension.render()
    await shown('Hello!')
    await shown('Help')
    expect(all('s-link').map((each) => each.getAttribute('href'))).toContain(
      'https://shop.example/help',
    )
  })
})

describe('replacing the payment method', () => {
  const recovered = snapshotOf(aCase({ status: 'recovered', actions: only([]) }))

  test('in Shopify’s dialog, and then one request', async () => {
    const sent = server(extension, snapshotOf(aCase()), recovered)
    const invoke = dialogEnds({ code: 'ok', data: {} })
    await extension.render()
    await shown('Replace')
    fireEvent.click(button('Replace payment method'))
    await shown('It worked')
    expect(invoke).toHaveBeenCalledWith({
      action: 'open',
      type: 'shopify/SubscriptionContract',
      value: 'gid://shopify/SubscriptionContract/1',
      data: { field: 'paymentMethod' },
    })
    expect(sent.slice(1)).toMatchObject([
      { method: 'POST', path: 'payment-method/replaced', body: { caseId: 'case-1' } },
    ])
  })

  test('closed: no request, no word', async () => {
    const sent = server(extension, snapshotOf(aCase()))
    const invoke = dialogEnds({ code: 'closed' })
    await extension.render()
    await shown('Replace')
    fireEvent.click(button('Replace payment method'))
    await waitFor(() => expect(invoke).toHaveBeenCalled())
    await waitFor(() => expect(all('s-button[loading]')).toEqual([]))
    expect(sent).toHaveLength(1)
    expect(all('s-banner')).toEqual([])
  })

  test.each([[{ code: 'error', message: 'no' }], [{}]])(
    'failed with %j: said, and no request',
    async (outcome) => {
      const sent = server(extension, snapshotOf(aCase()))
      dialogEnds(outcome)
      await extension.render()
      await shown('Replace')
      fireEvent.click(button('Replace payment method'))
      await shown('Your payment method was not changed.')
      expect(sent).toHaveLength(1)
    },
  )

  test('when only our server could not be told, the next press tells it under the same key', async () => {
    const sent = server(extension, snapshotOf(aCase()), 'no connection', recovered)
    const invoke = dialogEnds({ code: 'ok' })
    await extension.render()
    await shown('Replace')
    fireEvent.click(button('Replace payment method'))
    await shown('nothing will be done twice')
    fireEvent.click(button('Replace payment method'))
    await shown('It worked')
    expect(invoke).toHaveBeenCalledTimes(1)
    expect(sent[1]?.key).toBe(sent[2]?.key)
  })

  test('a second card after one that was declined: the dialog opens again', async () => {
    vi.useFakeTimers()
    const pending = snapshotOf(aCase({ status: 'pending', actions: only([], 'under_way') }))
    server(extension, snapshotOf(aCase()), pending, snapshotOf(aCase()), 409, snapshotOf(aCase()))
    const invoke = dialogEnds({ code: 'ok' })
    await extension.render()
    for (let times = 1; times <= 3; times++) {
      await vi.advanceTimersByTimeAsync(5_000)
      fireEvent.click(button('Replace payment method'))
      await vi.advanceTimersByTimeAsync(100)
      expect(invoke).toHaveBeenCalledTimes(times)
    }
  })

  test('by Shop Pay’s own page', async () => {
    const navigate = vi.fn()
    extension.navigation.navigate = navigate
    server(extension, snapshotOf(aCase({ updateRoute: 'shop_pay_url', instrument: 'shop_pay' })), {
      url: 'https://shop.app/pay/update',
    })
    await extension.render()
    await shown('Update in Shop Pay')
    fireEvent.click(button('Update in Shop Pay'))
    await waitFor(() => expect(navigate).toHaveBeenCalledWith('https://shop.app/pay/update'))
  })

  test('by Shopify’s mail for PayPal; sent once, it says where to look', async () => {
    const paypal = aCase({ updateRoute: 'email', instrument: 'paypal', reason: 'issuer' })
    const mailed = { ...paypal, actions: only(['stop'], 'mail_sent') }
    const sent = server(extension, snapshotOf(paypal), snapshotOf(mailed))
    await extension.render()
    await shown('PayPal did not approve')
    expect(readable()).toMatch('to approve the payment in PayPal')
    fireEvent.click(button('Send me the secure link'))
    await shown('The secure link is in your inbox.')
    expect(sent[1]?.path).toBe('payment-method/update-link')
  })

  test('where no way works, an honest sentence and the contact', async () => {
    server(
      extension,
      snapshotOf(aCase({ reason: 'revoked', updateRoute: 'none', actions: only([]) })),
    )
    await extension.render()
    await shown('cannot be changed here. Please write to Kaffeehaus')
    expect(all('s-link').map((each) => each.getAttribute('href'))).toContain(
      'mailto:help@kaffeehaus.example',
    )
  })
})

describe('the other ways', () => {
  test('a double click acts once', async () => {
    const sent = server(extension, snapshotOf(aCase()), snapshotOf(aCase({ actions: only([]) })))
    await extension.render()
    await shown('Pay €24.00 now')
    const pay = button('Pay €24.00 now')
    fireEvent.click(pay)
    fireEvent.click(pay)
    await waitFor(() => expect(readable()).not.toMatch('Pay €24.00 now'))
    expect(sent.map(({ path }) => path)).toEqual(['state', 'retry'])
  })

  test('with the bank: its address is asked for at the press', async () => {
    const navigate = vi.fn()
    extension.navigation.navigate = navigate
    const waits = aCase({
      status: 'confirm',
      reason: 'auth',
      actions: only(['confirm', 'replace']),
    })
    const sent = server(extension, snapshotOf(waits), { url: 'https://bank.example/3ds' })
    await extension.render()
    await shown('Your bank wants you to confirm the payment of €24.00.')
    fireEvent.click(button('Confirm with your bank'))
    await waitFor(() => expect(navigate).toHaveBeenCalledWith('https://bank.example/3ds'))
    expect(sent[1]).toMatchObject({ path: 'confirm', body: { caseId: 'case-1' } })
  })

  describe('once its confirmation is over', () => {
    const from = '2026-11-16T09:00:00Z'
    const over = (changes: Partial<Case>) =>
      snapshotOf(aCase({ reason: 'auth', confirmation: { ranOut: true, from: null }, ...changes }))
    const primary = () => all('s-button[variant="primary"]').map((each) => each.textContent)

    test('says from when it can be started again, and offers another method', async () => {
      server(
        extension,
        over({ confirmation: { ranOut: true, from }, actions: only(['replace'], 'wait_a_day') }),
      )
      await extension.render()
      await shown('The last confirmation of the payment of €24.00 has run out.')
      await shown(/You can start it again from November 16, 2026 at 10:00\sAM, or use another/)
      expect(readable()).not.toMatch(/wants you to confirm|takes a minute|a day after/)
      expect(primary()).toEqual(['Replace payment method'])
    })

    test('can be started with one press, which says what it does', async () => {
      const sent = server(extension, over({ actions: only(['replace', 'pay']) }))
      await extension.render()
      await shown('You can start it again now.')
      expect(primary()).toEqual(['Start the confirmation'])
      fireEvent.click(button('Start the confirmation'))
      await waitFor(() => expect(sent[1]).toMatchObject({ path: 'retry' }))
    })

    test('for the last time: asks for another method', async () => {
      server(
        extension,
        over({
          confirmation: { ranOut: false, from: null },
          actions: only(['replace'], 'no_more_tries'),
        }),
      )
      await extension.render()
      await shown('The last confirmation of the payment of €24.00 did not succeed.')
      await shown('It cannot be started again for this order. Please use another payment method.')
      expect(readable()).not.toMatch('cannot be tried again')
    })
  })

  test('another saved method: only those that can be used, and not the present one', async () => {
    const sent = server(extension, snapshotOf(aCase()))
    await extension.render()
    await shown('Saved payment methods')
    expect(all('s-choice').map((each) => each.textContent)).toEqual(['Mastercard 4444'])
    fireEvent.click(button('Use this one'))
    await waitFor(() => expect(sent).toHaveLength(2))
    expect(sent[1]).toMatchObject({
      path: 'payment-method/use',
      body: { caseId: 'case-1', methodId: 'gid://shopify/CustomerPaymentMethod/b2' },
    })
  })

  test('another day: within its bounds only', async () => {
    const sent = server(extension, snapshotOf(aCase()))
    await extension.render()
    await shown('You can still change the day 2 times.')
    const field = document.querySelector('s-date-field')
    if (!field) throw new Error('There is no field for the day.')
    expect(field.getAttribute('allow')).toBe('2026-11-17--2026-12-02')
    const choose = (date: string) => {
      field.value = date
      field.dispatchEvent(new Event('change'))
    }
    fireEvent.click(button('Pay on this day'))
    await shown('Choose a day between November 17, 2026 and December 2, 2026.')
    choose('2026-12-03')
    fireEvent.click(button('Pay on this day'))
    await shown('Choose a day between')
    choose('2026-12-02')
    await shown('You chose December 2, 2026.')
    fireEvent.click(button('Pay on this day'))
    await waitFor(() => expect(sent).toHaveLength(2))
    expect(sent[1]).toMatchObject({ path: 'offers/day', body: { date: '2026-12-02' } })
  })

  test.each([
    ['Skip this order', 'offers/skip'],
    ['Pause the subscription', 'offers/pause'],
    ['Stop, please', 'stop'],
  ])('%s', async (text, path) => {
    const sent = server(extension, snapshotOf(aCase()))
    await extension.render()
    await shown(text)
    fireEvent.click(button(text))
    await waitFor(() => expect(sent).toHaveLength(2))
    expect(sent[1]).toMatchObject({ path, body: { caseId: 'case-1' } })
  })

  test('a paused subscription is resumed by one press', async () => {
    const paused = aCase({ status: 'paused', actions: only(['resume']) })
    const sent = server(extension, snapshotOf(paused))
    await extension.render()
    await shown('This subscription is paused.')
    fireEvent.click(button('Resume subscription'))
    await waitFor(() => expect(sent[1]).toMatchObject({ path: 'offers/resume' }))
  })

  test.each<[Case['ending'], RegExp]>([
    ['cancelled', /Your subscription has ended/],
    ['left_open', /payment of €24.00 is still open.*Kaffeehaus is happy to help/],
    ['kept_open', /Kaffeehaus keeps your order open/],
    ['stopped', /We have stopped, as you told us/],
    ['closed', /Kaffeehaus has closed this order/],
  ])('an end is told as the one it was: %s', async (ending, words) => {
    server(extension, snapshotOf(aCase({ status: 'ended', ending, actions: only([], 'over') })))
    await extension.render()
    await shown(words)
  })

  test('paid in another way: settled, and no thanks for what we did not do', async () => {
    const settled = aCase({ status: 'recovered', ending: 'settled', actions: only([], 'over') })
    server(extension, snapshotOf(settled))
    await extension.render()
    await shown('This is settled: your order is paid.')
    expect(readable()).not.toMatch('It worked')
  })

  test('skipped: says when the next order comes', async () => {
    server(extension, snapshotOf(...recorded.cases.filter(({ status }) => status === 'skipped')))
    await extension.render()
    await shown('Your next order and its payment are planned for December 12, 2026.')
  })

  test('once resumed after its end: it goes on, when the next order comes, and nothing to press', async () => {
    const resumed = recorded.cases.find(({ status }) => status === 'resumed')
    if (!resumed) throw new Error('none recorded')
    server(extension, snapshotOf(resumed))
    await extension.render()
    await shown('Your subscription goes on.')
    await shown('Your next order and its payment are planned for December 12, 2026.')
    expect(readable()).not.toMatch(/closed|still open/)
    expect(all('s-button[variant="primary"]')).toEqual([])
  })

  test('a pause at the end names the day until which it can be lifted', async () => {
    server(extension, snapshotOf(...recorded.cases.filter(({ status }) => status === 'paused')))
    await extension.render()
    await shown('You can resume it here until March 3, 2027.')
  })

  test('one question when it is over: an answer is needed, a note is not', async () => {
    const over = recorded.cases.find(({ status }) => status === 'recovered')
    if (!over) throw new Error('none recorded')
    const sent = server(extension, snapshotOf(over), snapshotOf())
    await extension.render()
    await shown('Your next order and its payment are planned for December 12, 2026.')
    fireEvent.click(button('Send'))
    await shown('Please choose an answer.')
    const list = document.querySelector('s-choice-list')
    if (!list) throw new Error('There is no list of answers.')
    list.values = ['unclear']
    list.dispatchEvent(new Event('change'))
    await waitFor(() => expect(readable()).not.toMatch('Please choose an answer.'))
    fireEvent.click(button('Send'))
    await waitFor(() => expect(sent).toHaveLength(2))
    expect(sent[1]).toMatchObject({
      path: 'feedback',
      body: { caseId: over.id, reason: 'unclear' },
    })
  })
})

describe('the question at the end', () => {
  const over = (id: string) =>
    aCase({
      id,
      status: 'recovered',
      actions: only(['feedback']),
      feedback: { reasons: ['easy', 'other'] },
    })

  test('is not asked while another payment is open', async () => {
    server(extension, snapshotOf(over('1'), aCase({ id: '2' })))
    await extension.render()
    await shown('It worked')
    expect(readable()).not.toMatch('How was it to sort this out?')
  })

  test('is asked about one of several, and its answer does not bring up the next', async () => {
    const sent = server(
      extension,
      snapshotOf(over('1'), over('2')),
      snapshotOf({ ...over('1'), feedback: null, actions: only([], 'answered') }, over('2')),
    )
    await extension.render()
    await shown('How was it to sort this out?')
    expect(all('s-choice-list')).toHaveLength(1)
    const list = document.querySelector('s-choice-list')
    if (!list) throw new Error('There is no list of answers.')
    list.values = ['easy']
    list.dispatchEvent(new Event('change'))
    await waitFor(() => expect(all('s-choice[selected]').length).toBe(1))
    fireEvent.click(button('Send'))
    await waitFor(() => expect(all('s-choice-list')).toHaveLength(0))
    expect(sent).toHaveLength(2)
  })
})

describe('when things change under the page', () => {
  test('a case that closed meanwhile is read again, and said', async () => {
    const ended = snapshotOf(
      aCase({ status: 'ended', ending: 'closed', actions: only([], 'over') }),
    )
    const sent = server(extension, snapshotOf(aCase()), 409, ended)
    await extension.render()
    await shown('Pay €24.00 now')
    fireEvent.click(button('Pay €24.00 now'))
    await shown('Something had changed in the meantime.')
    await shown('Kaffeehaus has closed this order.')
    expect(sent.map(({ path }) => path)).toEqual(['state', 'retry', 'state'])
  })

  test('a payment under way is looked after until it worked', async () => {
    vi.useFakeTimers()
    const pending = snapshotOf(aCase({ status: 'pending', actions: only([], 'under_way') }))
    const worked = snapshotOf(aCase({ status: 'recovered', actions: only([]) }))
    const sent = server(extension, pending, pending, worked)
    await extension.render()
    await vi.advanceTimersByTimeAsync(500)
    expect(readable()).toMatch('under way')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(readable()).toMatch('It worked')
    expect(sent).toHaveLength(3)
  })

  test('a payment that comes back unpaid is said, and the next press begins anew', async () => {
    vi.useFakeTimers()
    const pending = snapshotOf(aCase({ status: 'pending', actions: only([], 'under_way') }))
    server(extension, pending, snapshotOf(aCase()), pending)
    await extension.render()
    await vi.advanceTimersByTimeAsync(5_000)
    expect(readable()).toMatch('The payment did not go through this time.')
    fireEvent.click(button('Pay €24.00 now'))
    await vi.advanceTimersByTimeAsync(100)
    expect(readable()).not.toMatch('did not go through')
  })

  test('one that waited for the shop is no payment that came back', async () => {
    vi.useFakeTimers()
    const held = snapshotOf(aCase({ status: 'pending', actions: only(['stop'], 'shop') }))
    server(extension, held, 409, snapshotOf(aCase()))
    await extension.render()
    await vi.advanceTimersByTimeAsync(100)
    fireEvent.click(button('Stop, please'))
    await vi.advanceTimersByTimeAsync(100)
    expect(readable()).toMatch('Something had changed in the meantime.')
    expect(readable()).not.toMatch('did not go through')
  })

  test('the next order is told of only until its day', async () => {
    const over = recorded.cases.find(({ status }) => status === 'recovered')
    if (!over) throw new Error('none recorded')
    server(extension, { ...snapshotOf(over), now: '2026-12-13T00:00:00.000Z' })
    await extension.render()
    await shown('It worked')
    expect(readable()).not.toMatch('planned for')
  })

  test('a payment that does not settle is left alone after a minute', async () => {
    vi.useFakeTimers()
    const sent = server(
      extension,
      snapshotOf(aCase({ status: 'pending', actions: only([], 'under_way') })),
    )
    await extension.render()
    await vi.advanceTimersByTimeAsync(60 * 60_000)
    expect(sent).toHaveLength(7)
  })
})

test.each(Object.entries(LANGUAGES))('every state has its words in %s', async (language, texts) => {
  speak(extension.shopify, texts, language)
  // A failed payment never waits for the shop: the server's test holds it to that.
  const failures = REASONS.filter((reason) => reason !== 'merchant')
  const states = [
    ...failures.map((reason) => ({ status: 'failing' as const, reason })),
    ...failures.map((reason) => ({
      status: 'failing' as const,
      reason,
      instrument: 'paypal' as const,
    })),
    ...ENDINGS.map((ending) => ({ status: 'ended' as const, ending })),
    ...STATUSES.flatMap((status) => INSTRUMENTS.map((instrument) => ({ status, instrument }))),
  ]
  const codes = Object.keys(en.why)
  const cases = states.map((state, at) =>
    aCase({
      ...state,
      id: `case-${at}`,
      updateRoute: UPDATE_ROUTES[at % UPDATE_ROUTES.length] ?? 'none',
      actions: only(at % 2 ? ['replace', 'feedback', 'day'] : [], codes[at % codes.length] ?? null),
      feedback: { reasons: ['easy', 'unclear', 'too_many', 'other'] },
    }),
  )
  server(extension, snapshotOf(...cases))
  await extension.render()
  await waitFor(() => expect(all('s-section')).toHaveLength(cases.length))
  expect(readable()).not.toMatch(/[{}]|undefined|null/)
})
