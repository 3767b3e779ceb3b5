import { describe, expect, test } from 'vitest'
import { unpaid } from '../../test/shopper/unpaid.ts'
import type { Instrument } from '../dunning/types.ts'
import type { Template } from '../messages/template.ts'
import { hasUpdatePage } from './permissions.ts'
import type { OrderInParts } from './snapshot.ts'
import { type ShopperSnapshot, viewOf } from './view.ts'

const said = (changes: Partial<ShopperSnapshot>) => {
  const view = viewOf(unpaid(changes))
  return [
    view.title,
    ...view.paragraphs,
    ...view.facts.map(({ name, value }) => `${name}: ${value}`),
    view.action?.label ?? '',
    view.action?.note ?? '',
    view.sent ?? '',
  ].join('\n')
}

describe('an unpaid order', () => {
  test('is told plainly: what happened, what comes next and when, how it would end', () => {
    const view = viewOf(unpaid())
    expect(view.title).toBe('The payment for Morning Roast has not gone through yet')
    expect(view.paragraphs.join('\n')).toContain('We will try again on Sunday, 15 November.')
    expect(view.paragraphs.at(-1)).toContain(
      'pause your subscription to Morning Roast on Thursday, 3 December',
    )
    expect(view.facts).toEqual([
      { name: 'Order', value: 'Morning Roast' },
      { name: 'Amount', value: '€24.90' },
      { name: 'Payment method', value: 'Visa ending in 4242' },
      { name: 'Next try', value: 'Sunday, 15 November' },
    ])
    expect(view.canStop).toBe(true)
  })

  const accountPage = 'https://shopify.com/7/account/pages/810b'
  const routes: [Instrument, revoked: boolean, button: RegExp | null, account: boolean][] = [
    ['card', false, /Send me the secure link/, true],
    ['shop_pay', false, /Update in Shop Pay/, false],
    ['paypal', false, /approve the payment in PayPal/, false],
    ['bank_account', false, null, true],
    ['other', false, null, true],
    ['card', true, null, true],
    ['shop_pay', true, null, true],
    ['paypal', true, null, true],
    ['bank_account', true, null, true],
    ['other', true, null, true],
  ]
  test.each(routes)(
    '%s, revoked: %s, has its way to be mended',
    (instrument, revoked, button, account) => {
      const hasMethod = !revoked
      const canUpdate = hasMethod && hasUpdatePage(instrument)
      const lost: Partial<ShopperSnapshot> = { lane: 'CARD', code: null, nextTryAt: null }
      const known = { instrument, hasMethod, canUpdate, ...lost }
      const view = viewOf(unpaid({ ...known, accountPage }))
      expect(view.account !== null).toBe(account)
      if (account) expect(view.account?.isMain).toBe(button === null)
      if (button === null) expect(view.action).toBeNull()
      else {
        expect(view.action?.press).toBe('update')
        expect(`${view.action?.label} ${view.action?.note}`).toMatch(button)
      }
      const words = view.paragraphs.join('\n')
      if (revoked)
        expect(words).toMatch(/can no longer be used[\s\S]*choose another payment method/)
      // Without an account page, what has no page of its own is a matter for the shop's people.
      const alone = viewOf(unpaid({ ...known, accountPage: null }))
      expect(alone.action === null).toBe(button === null)
      const asks = alone.paragraphs.includes(
        'Write to hello@beanandbloom.example, and Bean & Bloom Coffee will help you.',
      )
      expect(asks).toBe(button === null)
    },
  )

  test('with nothing to press for new details, still says when it is tried again', () => {
    const said = viewOf(unpaid({ instrument: 'bank_account', canUpdate: false })).paragraphs.join(
      '\n',
    )
    expect(said).toMatch(/try again on Sunday, 15 November[\s\S]*Write to hello@/)
    expect(said).not.toContain('update your payment method')
  })

  test('for which the secure mail was just asked, says that it is on its way', () => {
    const view = viewOf(unpaid({ secureMailAt: new Date('2026-11-14T09:14:00Z') }))
    expect(view.action).toBeNull()
    expect(view.sent).toMatch(/on its way.*Saturday, 14 November at 10:14/)
  })

  test('with no method to change and no retry left, asks to write to the shop', () => {
    const view = viewOf(
      unpaid({
        lane: 'CARD',
        code: 'PAYMENT_METHOD_NOT_SPECIFIED',
        canUpdate: false,
        nextTryAt: null,
      }),
    )
    expect(view.action).toBeNull()
    expect(view.paragraphs.join('\n')).toContain('Write to hello@beanandbloom.example')
  })

  test('with a payment under way offers nothing to press', () => {
    const view = viewOf(unpaid({ underWay: true }))
    expect(view.title).toBe('A payment is under way')
    expect(view.action).toBeNull()
    expect(view.canStop).toBe(false)
  })
})

describe('a bank debit', () => {
  test.each<[string, Partial<ShopperSnapshot>]>([
    ['that was sent', { underWay: true }],
    ['that an order waits for', { status: 'awaiting_customer', reason: 'order' }],
  ])('%s is on its way for days, and nobody is asked to pay', (_, changes) => {
    const view = viewOf(unpaid({ instrument: 'bank_account', ...changes }))
    expect(view.title).toBe('A payment is under way')
    expect(view.paragraphs).toEqual([
      'The payment for Morning Roast is on its way from your bank. That can take a few days.',
      'You do not have to do anything.',
    ])
    expect(view.action).toBeNull()
    expect(view.choices).toEqual([])
  })

  test('that has failed is told like any other', () => {
    const { title } = viewOf(unpaid({ instrument: 'bank_account' }))
    expect(title).toBe('The payment for Morning Roast has not gone through yet')
  })

  test('is nothing that a card’s open order waits for', () => {
    const view = viewOf(unpaid({ status: 'awaiting_customer', reason: 'order' }))
    expect(view.title).toBe('Your order waits to be paid')
  })
})

describe('a bank that wants a confirmation', () => {
  const auth = {
    lane: 'AUTH',
    status: 'awaiting_customer',
    reason: 'challenge',
    code: null,
  } as const

  test('is led to, while it waits', () => {
    expect(viewOf(unpaid({ ...auth, challengeOpen: true })).action?.press).toBe('challenge')
  })

  test('can be asked again once a day has passed', () => {
    const view = viewOf(unpaid(auth))
    expect(view.action?.press).toBe('pay')
    expect(view.paragraphs.join('\n')).toContain('You can start it again now.')
  })

  test('before that, the page says from when, and offers another method', () => {
    const view = viewOf(unpaid({ ...auth, tryAgainFrom: new Date('2026-11-15T08:00:00Z') }))
    expect(view.action?.press).toBe('update')
    expect(view.paragraphs.join('\n')).toContain('from Sunday, 15 November at 09:00')
  })
})

describe('words that must not be said', () => {
  test('the shop’s own trouble: nothing of payment, nothing to press but "stop"', () => {
    for (const status of [
      'awaiting_merchant',
      'held',
      'recovered',
      'skipped',
      'written_off',
    ] as const) {
      for (const lane of ['MERCHANT', 'STOCK'] as const) {
        const words = said({ status, lane, reason: 'config', code: 'MERCHANT_ACCOUNT_ERROR' })
        expect(words, `${status} in ${lane}`).not.toMatch(
          /\bpay|payment|card\b|bank|charge|visa|€|stock/i,
        )
        expect(viewOf(unpaid({ status, lane })).action).toBeNull()
      }
    }
  })

  test('an incomplete address is asked for in a friendly way', () => {
    const words = said({
      status: 'awaiting_merchant',
      lane: 'MERCHANT',
      code: 'INVALID_SHIPPING_ADDRESS',
    })
    expect(words).toContain('Could you check your shipping address?')
    expect(words).toContain('hello@beanandbloom.example')
  })

  test('money and fraud are never mentioned, nor any code of ours', () => {
    for (const lane of ['FUNDS', 'STOP', 'ISSUER', 'TECH', 'CARD', 'UNKNOWN'] as const) {
      const words = said({ lane, code: lane === 'STOP' ? 'FRAUD_SUSPECTED' : 'INSUFFICIENT_FUNDS' })
      expect(words).not.toMatch(
        /balance|insufficient|funds|fraud|fail|overdue|[A-Z]+_[A-Z]+|undefined/i,
      )
    }
  })
})

describe('a case that is over', () => {
  test('recovered: thanks, with the order’s total', () => {
    const view = viewOf(
      unpaid({ status: 'recovered', recovered: { amount: '26.63', currency: 'EUR' } }),
    )
    expect(view.title).toBe('Thank you, it worked')
    expect(view.paragraphs[0]).toContain('€26.63')
    expect(view.action).toBeNull()
    expect(view.canStop).toBe(false)
  })

  test('paused by us, and ours to lift: one press resumes it', () => {
    const answersUntil = new Date('2027-03-03T08:00:00Z')
    const view = viewOf(
      unpaid({ status: 'exhausted', done: 'pause', mayResume: true, answersUntil }),
    )
    expect(view.action).toMatchObject({ press: 'resume', label: 'Resume the subscription' })
    expect(view.paragraphs).toContain('You can resume it here until Wednesday, 3 March.')
    expect(view.choices).toEqual([])
    expect(view.paragraphs.join('\n')).not.toContain('Write to')
  })

  test.each(['exhausted', 'written_off'] as const)(
    '%s, paused and resumed since: the subscription goes on, and says when',
    (status) => {
      const view = viewOf(unpaid({ status, resumed: true }))
      expect(view.title).toBe('Your subscription goes on')
      expect(view.paragraphs).toContain('Your next order is planned for Saturday, 12 December.')
      expect(view.paragraphs.join('\n')).toMatch(/not tried again/)
      expect(view.paragraphs.join('\n')).not.toMatch(/still open|Write to|by ourselves/)
      expect(view.action).toBeNull()
    },
  )

  test('a pause in the middle is lifted for the order that is owed, and says so', () => {
    const paused = { status: 'held', reason: 'paused', mayResume: true } as const
    expect(viewOf(unpaid(paused)).action).toMatchObject({
      press: 'resume',
      note: 'Your subscription goes on, and the payment for Morning Roast is tried again.',
    })
  })

  test.each([
    { lane: 'CARD' },
    { lane: 'STOP' },
    { lane: 'AUTH' },
    { lane: 'FUNDS', nextTryAt: null },
  ] as const)('a pause in the middle promises no try where none is made: %o', (owed) => {
    const paused = { status: 'held', reason: 'paused', mayResume: true, ...owed } as const
    expect(viewOf(unpaid(paused)).action).toMatchObject({
      press: 'resume',
      note: 'Your subscription goes on. The payment for Morning Roast is still open, and this page then shows what comes next.',
    })
  })

  test('paused again since, it is paused', () => {
    const view = viewOf(unpaid({ status: 'exhausted', done: 'pause', resumed: true }))
    expect(view.title).toBe('Your subscription is paused')
  })

  test('paid: says what comes next and when, as long as it lies ahead', () => {
    const next = 'Your next order is planned for Saturday, 12 December.'
    expect(viewOf(unpaid({ status: 'recovered' })).paragraphs).toContain(next)
    const gone = viewOf(unpaid({ status: 'recovered', nextOrderAt: null }))
    expect(gone.paragraphs.join('\n')).not.toContain('next order')
  })

  test('paused by us, and not ours to lift: says so and who can help', () => {
    const view = viewOf(unpaid({ status: 'exhausted', done: 'pause' }))
    expect(view.title).toBe('Your subscription is paused')
    expect(view.paragraphs.join('\n')).toMatch(/is paused.*Write to hello@/s)
    expect(view.accountUrl).toBe('https://bean-and-bloom.myshopify.com/account')
  })

  test.each<[string, Partial<ShopperSnapshot>]>([
    ['by the shopper', { status: 'skipped' }],
    ['at the end', { status: 'exhausted', done: 'skip' }],
  ])('skipped %s: says when the next order comes', (_, changes) => {
    const next = 'Your next order is planned for Saturday, 12 December.'
    expect(viewOf(unpaid(changes)).paragraphs).toContain(next)
    expect(viewOf(unpaid({ ...changes, nextOrderAt: null })).paragraphs).not.toContain(next)
  })

  test('never claims an action that was not done', () => {
    expect(viewOf(unpaid({ status: 'exhausted', done: null })).title).toBe(
      'This payment is still open',
    )
  })

  test('stopped by the shopper: confirms it, and there is nothing more to press', () => {
    const view = viewOf(unpaid({ status: 'held', reason: 'shopper_stop' }))
    expect(view.title).toBe('We have stopped')
    expect(view.canStop).toBe(false)
    expect(view.action).toBeNull()
  })

  test('every status has words', () => {
    for (const status of [
      'open',
      'retrying',
      'awaiting_customer',
      'awaiting_merchant',
      'held',
      'in_doubt',
      'recovered',
      'paid_elsewhere',
      'exhausted',
      'skipped',
      'cancelled',
      'superseded',
      'written_off',
    ] as const) {
      for (const done of [null, 'pause', 'skip', 'cancel', 'unpaid_order', 'leave'] as const) {
        const view = viewOf(unpaid({ status, done }))
        expect(view.title).not.toBe('')
        expect(view.paragraphs.length).toBeGreaterThan(0)
      }
    }
  })
})

describe('a notice that the sequence put on the page', () => {
  const at = new Date('2026-11-14T09:00:00Z')

  test('stands above all else, politely and with its day, while the order waits', () => {
    const view = viewOf(unpaid({ accountNotice: { stage: 'last', at, own: null } }))
    expect(view.aside).toEqual([
      'Bean & Bloom Coffee, Saturday, 14 November: We will pause your subscription to Morning Roast on Thursday, 3 December',
    ])
  })

  test('is shown whole where the words are the merchant’s own', () => {
    const own: Template = {
      subject: 'A word from us',
      preview: '',
      blocks: [{ type: 'text', text: 'We kept {{ product }} for you.' }],
      commercial: false,
    }
    const { aside } = viewOf(unpaid({ accountNotice: { stage: 'last', at, own } }))
    expect(aside).toEqual([
      'Bean & Bloom Coffee, Saturday, 14 November: A word from us',
      'We kept Morning Roast for you.',
    ])
  })

  test('is gone when the order is, and is never about payment in the shop’s own lanes', () => {
    const accountNotice = { stage: 'last' as const, at, own: null }
    expect(viewOf(unpaid({ accountNotice, status: 'recovered' })).aside).toEqual([])
    expect(viewOf(unpaid({ accountNotice, lane: 'STOCK' })).aside).toEqual([])
  })

  test('does not say twice what the page says', () => {
    expect(viewOf(unpaid({ accountNotice: { stage: 'first', at, own: null } })).aside).toEqual([])
  })
})

describe('the one question', () => {
  test.each(['recovered', 'exhausted', 'skipped', 'cancelled'] as const)(
    'is asked after %s, until it is answered',
    (status) => {
      const asked = viewOf(unpaid({ status }))
      expect(asked.question?.answers.map(({ press }) => press)).toEqual([
        'feedback:easy',
        'feedback:unclear',
        'feedback:too_many',
        'feedback:other',
      ])
      const answered = viewOf(unpaid({ status, feedback: 'easy' }))
      expect(answered.question).toBeNull()
      expect(answered.sent).toMatch(/Thank you/)
    },
  )

  test.each(['retrying', 'awaiting_customer', 'held', 'in_doubt', 'written_off'] as const)(
    'is not asked while it is %s',
    (status) => expect(viewOf(unpaid({ status })).question).toBeNull(),
  )
})

describe('the shopper’s account, where Shopify’s dialog is', () => {
  const accountPage = 'https://shopify.com/7/account/pages/810b'
  const withAccount = (changes: Partial<ShopperSnapshot> = {}) =>
    viewOf(unpaid({ lane: 'CARD', code: 'EXPIRED_CARD', accountPage, ...changes }))

  test('is offered beside the secure mail, and first where nothing else brings new details', () => {
    expect(withAccount().account).toEqual({
      href: accountPage,
      label: 'Open your account',
      note: expect.stringContaining('Bean & Bloom Coffee'),
      isMain: false,
    })
    expect(withAccount({ hasMethod: false, canUpdate: false }).account?.isMain).toBe(true)
  })

  test.each<[string, Partial<ShopperSnapshot>]>([
    ['there is none', { accountPage: null }],
    ['Shop Pay has a page of its own', { instrument: 'shop_pay' }],
    ['PayPal is approved through Shopify’s mail', { instrument: 'paypal' }],
    ['the bank waits', { lane: 'AUTH', challengeOpen: true }],
    ['the shopper asked us to stop', { status: 'held', reason: 'shopper_stop' }],
    ['recovery is stopped', { halted: true, canUpdate: false }],
    ['a payment is under way', { underWay: true }],
    ['it is over', { status: 'recovered' }],
  ])('is not offered where %s', (_, changes) => expect(withAccount(changes).account).toBeNull())
})

test('another saved method is one press each, in words that can be read aloud', () => {
  const other = {
    id: 'gid://shopify/CustomerPaymentMethod/b2-c',
    label: 'Mastercard ···· 4444',
    current: false,
    usable: true,
  }
  const offered = (changes: Partial<ShopperSnapshot> = {}) =>
    viewOf(unpaid(changes), { methods: [other], order: null }).choices.find(({ label }) =>
      /another saved/.test(label),
    )
  expect(offered()?.presses).toEqual([{ press: 'method:b2-c', label: 'Mastercard ending in 4444' }])
  expect(offered({ challengeOpen: true })).toBeUndefined()
  expect(offered({ status: 'recovered' })).toBeUndefined()
})

describe('less of this one order', () => {
  const euro = (amount: string) => ({ amount, currency: 'EUR' })
  const line = (id: string, title: string, quantity: number, chosen = quantity) => ({
    id: `gid://shopify/SubscriptionLine/${id}`,
    title,
    quantity,
    chosen,
    price: euro('8.30'),
  })
  const order: OrderInParts = {
    lines: [line('a1-b', 'Morning Roast', 2), line('c3', 'Filters', 1)],
    whole: euro('24.90'),
  }
  const offered = (changes: Partial<ShopperSnapshot> = {}, held: OrderInParts | null = order) =>
    viewOf(unpaid({ offersSmaller: true, ...changes }), { methods: [], order: held })
  const chosen: Partial<ShopperSnapshot> = {
    amount: euro('16.6'),
    smaller: {
      lines: [
        { id: 'gid://shopify/SubscriptionLine/a1-b', title: 'Morning Roast', quantity: 1 },
        { id: 'gid://shopify/SubscriptionLine/c3', title: 'Filters', quantity: 1 },
      ],
      amount: euro('16.6'),
    },
  }

  test('is one field for each line, with every number of pieces and "none", and one button', () => {
    const choice = offered().choices.find(({ label }) => label === 'Take less this time')
    expect(choice?.presses).toEqual([{ press: 'smaller', label: 'Make this order smaller' }])
    expect(choice?.note).toMatch(/Only this order.*next one is whole.*Nothing is charged now/)
    expect(choice?.fields).toEqual([
      {
        name: 'line.a1-b',
        label: 'Morning Roast, €8.30 each',
        options: [
          { value: '0', label: 'None this time', chosen: false },
          { value: '1', label: '1', chosen: false },
          { value: '2', label: '2', chosen: true },
        ],
      },
      {
        name: 'line.c3',
        label: 'Filters, €8.30 each',
        options: [
          { value: '0', label: 'None this time', chosen: false },
          { value: '1', label: '1', chosen: true },
        ],
      },
    ])
  })

  test('of more pieces than are named one by one is a number up to all of them', () => {
    const fields = (quantity: number) =>
      offered({}, { ...order, lines: [line('a1', 'Capsules', quantity, 5)] }).choices.flatMap(
        (choice) => choice.fields ?? [],
      )
    expect(fields(21)).toEqual([
      { name: 'line.a1', label: 'Capsules, €8.30 each', most: 21, chosen: 5 },
    ])
    expect(fields(20)).toMatchObject([{ options: { length: 21, 5: { chosen: true } } }])
  })

  test('stands between another day and skipping, and beside it the way back', () => {
    const presses = (changes: Partial<ShopperSnapshot>) =>
      offered(changes).choices.map((choice) => choice.presses[0]?.press.split(':')[0])
    expect(presses({})).toEqual(['pay', 'day', 'smaller', 'skip', 'pause'])
    expect(presses(chosen)).toEqual(['pay', 'day', 'smaller', 'whole', 'skip', 'pause'])
  })

  test('is not offered where nobody knows what the order holds; the way back is', () => {
    const choices = offered(chosen, null).choices.map((choice) => choice.presses[0]?.press)
    expect(choices).not.toContain('smaller')
    expect(choices).toContain('whole')
  })

  test('once chosen says both amounts; what failed stays the whole, what is owed is the smaller', () => {
    const view = offered(chosen)
    expect(view.paragraphs[0]).toContain('€24.90')
    expect(view.paragraphs[1]).toBe('You chose a smaller order: €16.60 instead of €24.90.')
    expect(view.facts[0]).toEqual({ name: 'Order', value: '1 × Morning Roast and 1 × Filters' })
    expect(view.facts).toContainEqual({ name: 'Amount', value: '€16.60' })
    expect(offered().paragraphs.join('\n')).not.toContain('smaller')
  })

  test('once chosen is said while its payment is under way, and when another cause came up', () => {
    const sentence = 'You chose a smaller order: €16.60 instead of €24.90.'
    expect(offered({ ...chosen, underWay: true }).paragraphs).toContain(sentence)
    expect(offered({ ...chosen, lane: 'CARD', code: 'EXPIRED_CARD' }).paragraphs).toContain(
      sentence,
    )
  })

  test('a bank that asks for a confirmation asks about the smaller amount', () => {
    const { paragraphs } = offered({ ...chosen, lane: 'AUTH', challengeOpen: true })
    expect(paragraphs[0]).toContain('€16.60')
  })

  test.each(['recovered', 'exhausted', 'skipped', 'awaiting_merchant'] as const)(
    'is not spoken of any more once it is %s',
    (status) => expect(offered({ ...chosen, status }).paragraphs.join('\n')).not.toMatch(/smaller/),
  )

  test('names in other letters keep their order between words from right to left', () => {
    const [first] = offered({ locale: 'ar-EG' }).choices.flatMap((choice) => choice.fields ?? [])
    expect(first?.label).toMatch(/^\u2068Morning Roast\u2069، \u2068[^\u2069]+\u2069 للقطعة$/)
  })
})
