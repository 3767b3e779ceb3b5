import { describe, expect, test } from 'vitest'
import type { FinalAction, Instrument, Lane, MessageStage } from '../dunning/types.ts'
import { en } from './default-templates/en.ts'
import { hasWords, type NoticeInput, renderNotice, TemplateFault } from './render.ts'

const link = 'https://app.example/r/AbCdEfGhIjKlMnOpQrStUvWxYz0123456789_-AbCdE'

/** A coffee subscriber in Berlin whose card was short of money on the 12th. */
function notice(changes: Partial<NoticeInput> = {}): NoticeInput {
  return {
    stage: 'first',
    lane: 'FUNDS',
    code: 'INSUFFICIENT_FUNDS',
    instrument: 'card',
    shopName: 'Bean & Bloom Coffee',
    firstName: 'Mara',
    productTitle: 'Morning Roast',
    amount: { amount: '24.90', currency: 'EUR' },
    methodLabel: 'Visa ···· 4242',
    nextTryAt: new Date('2026-11-15T08:30:00Z'),
    deadlineAt: new Date('2026-12-03T08:00:00Z'),
    finalAction: 'pause',
    recovered: null,
    zone: 'Europe/Berlin',
    locale: 'de',
    link,
    replyTo: 'hello@beanandbloom.example',
    ...changes,
  }
}

const lanes: Lane[] = [
  'FUNDS',
  'ISSUER',
  'TECH',
  'CARD',
  'AUTH',
  'STOP',
  'MERCHANT',
  'STOCK',
  'UNKNOWN',
]
const stages: MessageStage[] = [
  'first',
  'reminder',
  'options',
  'plan',
  'last',
  'address',
  'recovered',
  'ended',
  'update_link',
]
const instruments: Instrument[] = ['card', 'shop_pay', 'paypal', 'bank_account', 'other']
const finalActions: FinalAction[] = ['pause', 'skip', 'leave', 'unpaid_order', 'cancel']

/** Each instrument and each final action once. */
const variants: Partial<NoticeInput>[] = [
  ...instruments.map((instrument) => ({ instrument })),
  ...finalActions.map((finalAction) => ({ finalAction })),
  { nextTryAt: null },
  { replyTo: 'hello@beanandbloom.example', productTitle: null, firstName: null, methodLabel: null },
]

/** Every notice that can be sent at all. */
const every = lanes.flatMap((lane) =>
  stages
    .filter((stage) => hasWords(stage, lane))
    .flatMap((stage) =>
      variants.map((variant) => {
        const recovered = { total: { amount: '26.63', currency: 'EUR' } }
        const input = notice({
          lane,
          stage,
          code: null,
          recovered: stage === 'recovered' ? recovered : null,
          ...variant,
        })
        return { lane, stage, input, name: `${stage} in ${lane}`, ...renderNotice(input) }
      }),
    ),
)

/** What a reader sees, without the tags, the styles and the shop's own words. */
function seen({ subject, html, text }: { subject: string; html: string; text: string }): string {
  const words = html.replace(/<(style|title)[\s\S]*?<\/\1>/g, ' ').replace(/<[^>]+>/g, ' ')
  return `${subject}\n${words}\n${text}`
}

describe('every notice', () => {
  test('has a subject, both parts, the link as a button or text, and a way to say "not me"', () => {
    for (const { subject, html, text, name } of every) {
      expect(subject, name).toMatch(/^[A-Z].{8,149}$/)
      expect(html, name).toContain(`href="${link}"`)
      expect(text, name).toContain(link)
      expect(text, name).toContain('Already cancelled, or not you?')
      expect(html, name).toContain('Already cancelled, or not you?')
      expect(text, name).toContain('hello@beanandbloom.example')
      expect(html, name).toContain('Bean &amp; Bloom Coffee')
    }
  })

  test('is one action at most', () => {
    for (const { html, name } of every) {
      expect(html.match(/class="button"/g)?.length ?? 0, name).toBeLessThanOrEqual(1)
    }
  })

  test('shouts at nobody, blames nobody, and shows no code of ours', () => {
    for (const each of every) {
      const words = seen(each)
      expect(words, each.name).not.toMatch(/\bfail(ed|ure)?\b/i)
      expect(words, each.name).not.toMatch(
        /immediately|urgent|overdue|debt|final notice|collection|legal|penalty|late fee|demand/i,
      )
      expect(words, each.name).not.toMatch(/[A-Z]{3,}_[A-Z_]+|undefined|\[object|NaN|\{\{|\}\}/)
      expect(words, each.name).not.toMatch(/!|\b[A-Z]{5,}\b/)
    }
  })

  test('fetches nothing and tracks nothing: the only address is the page of the case', () => {
    for (const { html, text, name } of every) {
      expect(html, name).not.toMatch(/<(img|script|iframe|link|object|form|input)\b/i)
      expect(html, name).not.toMatch(/url\(|@import|src=/i)
      for (const address of `${html}\n${text}`.match(/https?:\/\/[^\s"'<]+/g) ?? []) {
        expect(address, name).toBe(link)
      }
    }
  })

  test('says which language it is in and which way it runs', () => {
    for (const { html, locale, name } of every) {
      expect(html, name).toContain('<html lang="en" dir="ltr">')
      expect(locale, name).toBe('en')
    }
  })

  test('carries at most brand and last four', () => {
    for (const each of every) {
      expect(seen(each).replaceAll(link, ''), each.name).not.toMatch(/\d{5,}/)
    }
  })
})

describe('words by class', () => {
  const of = (...wanted: Lane[]) => every.filter(({ lane }) => wanted.includes(lane))

  test('short of money: never a word about the balance', () => {
    for (const code of ['INSUFFICIENT_FUNDS', 'TRANSACTION_LIMIT_EXCEEDED']) {
      for (const stage of stages.filter((each) => each !== 'address')) {
        const words = seen(renderNotice(notice({ stage, code })))
        expect(words).not.toMatch(/balance|insufficient|funds|enough|money|limit|afford|covered/i)
      }
    }
    for (const each of of('FUNDS')) expect(seen(each)).not.toMatch(/balance|insufficient|funds/i)
  })

  test('stopped for good: a neutral request, never a word about fraud', () => {
    for (const code of ['FRAUD_SUSPECTED', 'RETRY_DECLINED', 'CANCELLED_PAYMENT']) {
      const { html, text, subject } = renderNotice(notice({ lane: 'STOP', code, nextTryAt: null }))
      expect(subject).toBe('Please use another payment method for Morning Roast')
      expect(seen({ html, text, subject })).not.toMatch(/fraud|suspic|stolen|risk|block/i)
    }
  })

  test('the shop’s own trouble: not a word about payment', () => {
    for (const each of of('MERCHANT', 'STOCK')) {
      expect(seen(each), each.name).not.toMatch(
        /\bpay|payment|card\b|bank|charge|visa|€|amount|out of stock|stock|declin/i,
      )
    }
  })

  test('the shop’s own trouble has no payment notice to send', () => {
    for (const lane of ['MERCHANT', 'STOCK'] as const) {
      for (const stage of [
        'first',
        'reminder',
        'options',
        'plan',
        'last',
        'update_link',
      ] as const) {
        expect(() => renderNotice(notice({ lane, stage }))).toThrow(TemplateFault)
      }
    }
  })

  test('the bank did not approve: and with "call issuer", that it can say why', () => {
    const plain = renderNotice(notice({ lane: 'ISSUER', code: 'CARD_DECLINED' })).text
    expect(plain).toContain('Your bank did not approve the payment of €24.90 for Morning Roast.')
    expect(plain).not.toContain('They can tell you why')
    const call = renderNotice(notice({ lane: 'ISSUER', code: 'CALL_ISSUER' })).text
    expect(call).toContain('They can tell you why.')
  })

  test('a card that must change: the notice names what to update', () => {
    const textFor = (code: string) =>
      renderNotice(notice({ lane: 'CARD', code, nextTryAt: null })).text
    expect(textFor('EXPIRED_CARD')).toContain('Visa ending in 4242 has expired')
    expect(textFor('INCORRECT_ZIP')).toContain('billing address of Visa ending in 4242')
    expect(textFor('INVALID_CVC')).toContain('security code of Visa ending in 4242')
    expect(textFor('PAYMENT_METHOD_NOT_SPECIFIED')).toContain('There is no payment method')
    for (const code of Object.keys(en.happenedByCode)) expect(textFor(code)).not.toContain(code)
  })

  test('the bank wants a confirmation: one thing to do, no date of ours', () => {
    const { subject, text } = renderNotice(
      notice({ lane: 'AUTH', code: 'AUTHENTICATION_REQUIRED', nextTryAt: null }),
    )
    expect(subject).toBe('Please confirm the payment for Morning Roast')
    expect(text).toContain('Your bank wants you to confirm')
    expect(text).toContain(`Confirm the payment:\n${link}`)
  })

  test('an older reason is not repeated in a lane where it says nothing', () => {
    expect(renderNotice(notice({ lane: 'STOP', code: 'EXPIRED_CARD' })).text).not.toMatch(/expired/)
  })

  test('PayPal is not a bank', () => {
    const text = renderNotice(notice({ lane: 'ISSUER', instrument: 'paypal', code: null })).text
    expect(text).toContain('PayPal did not approve')
    expect(text).toContain('Approve in PayPal')
  })
})

describe('what happens next, and when', () => {
  test('the next try is named by day, in the shopper’s zone', () => {
    const late = new Date('2026-11-15T23:30:00Z') // already the 16th in Berlin
    expect(renderNotice(notice({ nextTryAt: late })).text).toContain(
      'We will try again on Monday, 16 November.',
    )
    const there = { nextTryAt: late, zone: 'America/New_York', locale: 'en-US' }
    expect(renderNotice(notice(there)).text).toContain('We will try again on Sunday, November 15.')
  })

  test('without a next try, no date is promised', () => {
    expect(renderNotice(notice({ nextTryAt: null })).text).not.toMatch(/try again on/)
  })

  test('the last notice says what will happen, by the merchant’s choice', () => {
    const subject = (finalAction: FinalAction) =>
      renderNotice(notice({ stage: 'last', finalAction })).subject
    expect(subject('pause')).toBe(
      'We will pause your subscription to Morning Roast on Thursday, 3 December',
    )
    expect(subject('skip')).toContain('skip your next order')
    expect(subject('cancel')).toContain('ends on Thursday, 3 December')
  })

  test('a bare "en" follows the habits of the zone', () => {
    const text = (zone: string) => renderNotice(notice({ locale: 'en', zone })).text
    expect(text('Europe/Berlin')).toContain('on Sunday 15 November.')
    expect(text('America/Chicago')).toContain('on Sunday, November 15.')
  })

  test('a locale that cannot be read gives plain English', () => {
    for (const locale of ['', 'not a locale', 'xx', 'pt_BR']) {
      expect(renderNotice(notice({ locale })).text).toMatch(/try again on Sunday/)
    }
  })

  test('the thank-you names the order’s total, or no amount at all', () => {
    const total = { amount: '26.63', currency: 'EUR' }
    expect(renderNotice(notice({ stage: 'recovered', recovered: { total } })).text).toContain(
      'the payment of €26.63 has gone through',
    )
    expect(renderNotice(notice({ stage: 'recovered', recovered: { total: null } })).text).toContain(
      'the payment has gone through',
    )
  })
})

describe('hostile names', () => {
  const hostile = {
    firstName: '<img src=x onerror=alert(1)>',
    productTitle: '"><script>alert(2)</script>{{ link }}',
    shopName: "O'Brien & <b>Sons</b>\r\nBcc: all@example.com",
    methodLabel: '<i>Visa</i> ···· 4242',
  }

  test('bring no markup into the HTML part', () => {
    for (const { lane, stage, input } of every) {
      const { html, subject } = renderNotice({ ...input, ...hostile })
      expect(html, `${stage} in ${lane}`).not.toMatch(/<script|<img|<b>|<i>|onerror=alert\(1\)>/i)
      expect(subject).not.toMatch(/[\r\n]/)
    }
  })

  test('are not run as a template', () => {
    expect(renderNotice(notice({ productTitle: '{{ link }} {% raw %}' })).subject).toContain(
      '{{ link }} {% raw %}',
    )
  })

  test('a first name that carries an address is left out', () => {
    for (const firstName of [
      'Win at www.example.com',
      'a@b.example',
      'http://x',
      'free.money',
      '   ',
    ]) {
      expect(renderNotice(notice({ firstName })).text).toMatch(/\nHello,\n/)
    }
    expect(renderNotice(notice({ firstName: 'José-María O’Neill' })).text).toContain(
      'Hello José-María O’Neill,',
    )
  })

  test('a title that turns the reading direction, or never ends, is tamed', () => {
    const { subject } = renderNotice(notice({ productTitle: `\u202Eabc${'x'.repeat(5_000)}` }))
    expect(subject).not.toContain('\u202E')
    expect(subject.length).toBeLessThanOrEqual(150)
  })
})

describe('a merchant’s own words', () => {
  const own = (subject: string, body: string) =>
    renderNotice(notice({ ownTemplate: { subject, body } }))

  test('use the same variables and the same layout', () => {
    const { subject, text, html, template } = own(
      'Your {{ product }}',
      'Dear {{ first_name }},\n\n- {{ next }}\n- {{ will_end }}\n\nYours, {{ shop_name }}',
    )
    expect(subject).toBe('Your Morning Roast')
    expect(text).toContain('- We will try again on Sunday, 15 November.')
    expect(html).toMatch(/<ul[^>]*>\s*<li/)
    expect(template).toBe('first/FUNDS/own')
  })

  test('an unknown variable is an error that names it, also where it is not reached', () => {
    expect(() => own('Hi', '{{ discount_code }}')).toThrow(/\{\{ discount_code \}\}.*amount/)
    expect(() => own('Hi', '{% if next_try == "" %}{{ typo }}{% endif %}')).toThrow(/typo/)
  })

  test('an unknown filter, a broken tag and a file are errors too', () => {
    expect(() => own('Hi', '{{ product | shout }}')).toThrow(TemplateFault)
    expect(() => own('Hi', '{% if %}')).toThrow(TemplateFault)
    expect(() => own('Hi', '{% include "/etc/passwd" %}')).toThrow(TemplateFault)
  })

  test('cannot bring markup, not even with `raw`', () => {
    expect(own('Hi', '<script>x</script> {{ product | raw }}').html).not.toContain('<script')
  })

  test('cannot run for ever, nor grow without end', () => {
    expect(() => own('Hi', '{% for i in (1..100000000) %}{{ i }}{% endfor %}')).toThrow(
      TemplateFault,
    )
    expect(() => own('Hi', 'x'.repeat(20_000))).toThrow(TemplateFault)
  })

  test('cannot reach beyond the plain values', () => {
    expect(() => own('Hi', '{{ product.constructor.name }}')).toThrow(TemplateFault)
  })
})
