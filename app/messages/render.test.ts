import { describe, expect, test } from 'vitest'
import type { FinalAction, Instrument, Lane, MessageStage } from '../dunning/types.ts'
import { en } from './default-templates/en.ts'
import { exampleNotice } from './example.ts'
import { TemplateFault } from './liquid.ts'
import { type NoticeInput, renderNotice } from './render.ts'
import { type Block, DEFAULT_BRAND, hasWords, type Template } from './template.ts'

const notice = (changes: Partial<NoticeInput> = {}) =>
  exampleNotice({ locale: 'en-DE', ...changes })
const { link } = notice()

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
    expect(subject('skip')).toContain('skip your order of Morning Roast')
    expect(subject('cancel')).toContain('ends on Thursday, 3 December')
  })

  test('a bare "en" follows the habits of the zone', () => {
    const text = (zone: string) => renderNotice(notice({ locale: 'en', zone })).text
    expect(text('Europe/Berlin')).toContain('on Sunday 15 November.')
    expect(text('America/Chicago')).toContain('on Sunday, November 15.')
  })

  test('a locale that cannot be read gives plain English', () => {
    for (const locale of ['', 'not a locale', 'xx', 'sv_SE']) {
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

  test('the thank-you says when the next order comes, where that is known', () => {
    const paid = { stage: 'recovered', recovered: { total: null } } as const
    expect(renderNotice(notice(paid)).text).toContain(
      'Your next order is planned for Friday, 4 December.',
    )
    expect(renderNotice(notice({ ...paid, chargeAt: null })).text).not.toContain('next order')
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
  const template = (changes: Partial<Template>): Template => ({
    subject: 'Hi',
    preview: '',
    blocks: [{ type: 'text', text: 'Hi' }],
    commercial: false,
    ...changes,
  })
  const own = (subject: string, text: string) =>
    renderNotice({ ...notice(), template: template({ subject, blocks: [{ type: 'text', text }] }) })
  const withBlocks = (blocks: Block[], changes: Partial<Parameters<typeof renderNotice>[0]> = {}) =>
    renderNotice({ ...notice(), ...changes, template: template({ blocks }) })

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

  test('every block shows in both parts', () => {
    const { html, text } = withBlocks([
      { type: 'heading', text: 'About {{ order }}' },
      { type: 'text', text: '{{ happened }}' },
      { type: 'heading', text: 'A second one' },
      { type: 'button', label: '{{ button }}' },
      { type: 'order', pictures: true },
      { type: 'method' },
      { type: 'dates' },
      { type: 'divider' },
      { type: 'picture', url: 'https://cdn.shopify.com/s/files/1/beans.jpg', alt: 'Fresh beans' },
      { type: 'policy', text: 'Orders can be changed until they ship.' },
    ])
    expect(html).toMatch(/<h1[^>]*>About your order of Morning Roast<\/h1>/)
    expect(html).toMatch(/<h2[^>]*>A second one<\/h2>/)
    expect(html).toContain('src="https://cdn.shopify.com/s/files/1/beans.jpg" alt="Fresh beans"')
    for (const part of [html, text]) {
      expect(part).toContain('We could not process the payment')
      expect(part).toContain('Update your card')
      expect(part).toContain('Fresh beans')
      expect(part).toContain('Orders can be changed until they ship.')
    }
    expect(text).toContain(
      'Order: Morning Roast\nAmount: €24.90\nPayment method: Visa ending in 4242\n',
    )
    expect(text).toContain('Next try: Sunday, 15 November\nTime until: Thursday, 3 December')
  })

  test('pictures come from Shopify’s CDN or not at all', () => {
    const items = (pictureUrl: string) => ({
      items: [{ title: 'Morning Roast', quantity: 2, pictureUrl }],
    })
    const order: Block[] = [{ type: 'order', pictures: true }]
    const theirs = withBlocks(order, items('https://cdn.shopify.com/s/files/1/roast.jpg'))
    expect(theirs.html).toContain('<img src="https://cdn.shopify.com/s/files/1/roast.jpg"')
    expect(theirs.html).toContain('2 × Morning Roast')
    for (const url of [
      'http://cdn.shopify.com/x.jpg',
      'https://cdn.shopify.com.evil.example/x.jpg',
      'https://user@cdn.shopify.com/x.jpg',
      'https://evil.example/pixel.gif',
      'javascript:alert(1)',
      'data:image/svg+xml,<svg onload=alert(1)>',
      '//cdn.shopify.com/x.jpg',
    ]) {
      expect(withBlocks(order, items(url)).html, url).not.toContain('<img')
      expect(withBlocks([{ type: 'picture', url, alt: 'x' }]).html, url).not.toContain('<img')
      const brand = { ...DEFAULT_BRAND, logoUrl: url, logoAlt: 'x' }
      expect(renderNotice({ ...notice(), brand }).html, url).not.toContain('<img')
    }
  })

  test('the feedback question is asked when it is over, never before', () => {
    const ask: Block[] = [{ type: 'feedback' }]
    expect(withBlocks(ask).html).not.toContain(en.feedback.question)
    for (const stage of ['recovered', 'ended'] as const) {
      expect(withBlocks(ask, { stage }).html).toContain(en.feedback.question)
    }
  })

  test('an offer says what it still needs before it may be sent', () => {
    const offer = { ...notice(), template: template({ commercial: true }) }
    expect(renderNotice(offer).lacks).toHaveLength(2)
    const complete = renderNotice({
      ...offer,
      unsubscribeLink: 'https://app.example/u/abc',
      brand: { ...DEFAULT_BRAND, postalAddress: 'Bean & Bloom\nLindenstr. 1, Berlin' },
    })
    expect(complete.lacks).toEqual([])
    for (const part of [complete.html, complete.text]) {
      expect(part).toContain('https://app.example/u/abc')
      expect(part).toContain('Lindenstr. 1, Berlin')
    }
    // A notice about a payment carries neither.
    expect(
      renderNotice({ ...notice(), unsubscribeLink: 'https://app.example/u/abc' }).text,
    ).not.toContain('/u/abc')
  })

  test('several failing orders of one customer share a mail, each with its own link', () => {
    const others = [
      {
        productTitle: 'Evening Tea',
        amount: { amount: '9.00', currency: 'EUR' },
        link: 'https://app.example/r/tea',
      },
      {
        productTitle: null,
        amount: { amount: '5.00', currency: 'EUR' },
        link: 'https://app.example/r/other',
      },
    ]
    const { html, text } = renderNotice({ ...notice(), others })
    expect(html).toMatch(
      /Also waiting for payment[\s\S]*href="https:\/\/app\.example\/r\/tea"[^>]*>Evening Tea</,
    )
    expect(text).toContain('- Evening Tea, €9.00: https://app.example/r/tea')
    expect(text).toContain('- your subscription, €5.00: https://app.example/r/other')
    expect(() =>
      renderNotice({
        ...notice(),
        others: [{ ...others[0], link: 'javascript:alert(1)' }] as typeof others,
      }),
    ).toThrow(TemplateFault)
    // Words from a lane of the shop's own say nothing of a payment, whoever else waits.
    expect(
      renderNotice({ ...notice({ lane: 'STOCK', stage: 'ended' }), others }).text,
    ).not.toContain('Tea')
  })

  test('the account page stands quietly under the button, in both parts, where payments are spoken of', () => {
    const accountPage = 'https://shopify.com/7/account/pages/810b'
    for (const stage of ['first', 'options', 'last', 'ended'] as const) {
      const { html, text } = renderNotice(notice({ accountPage, stage }))
      expect(html).toMatch(
        /<p class="soft"[^>]*><a class="quiet" href="https:\/\/shopify\.com\/7\/account\/pages\/810b"[^>]*>Or do it in your account at Bean &amp; Bloom Coffee</,
      )
      expect(text).toContain(`Or do it in your account at Bean & Bloom Coffee:\n${accountPage}`)
      // The page that needs no login stays first.
      expect(html.indexOf(link)).toBeLessThan(html.indexOf(accountPage))
    }
    for (const changes of [
      { stage: 'recovered', recovered: { total: null } },
      { stage: 'renewal' },
      { stage: 'address', lane: 'MERCHANT' },
      { stage: 'ended', lane: 'STOCK' },
    ] as const)
      expect(renderNotice(notice({ accountPage, ...changes })).html).not.toContain(accountPage)
    expect(() => renderNotice(notice({ accountPage: 'javascript:alert(1)' }))).toThrow(
      TemplateFault,
    )
  })

  test('a brand’s colours are moved until they can be read', () => {
    const accent = '#ffe600'
    const { html } = renderNotice({
      ...notice(),
      brand: { ...DEFAULT_BRAND, accent, ink: '#dddddd' },
    })
    expect(html).toContain('background:#ffe600;color:#000000')
    expect(html).not.toContain('color:#dddddd')
    const broken = {
      ...DEFAULT_BRAND,
      accent: 'red;} body{display:none',
      ink: '',
      background: 'url(x)',
    }
    expect(renderNotice({ ...notice(), brand: broken }).html).toBe(renderNotice(notice()).html)
  })
})

describe('language', () => {
  test('the shopper’s, else the shop’s, else English', () => {
    const locale = (locale: string, shopLocale: string | null) =>
      renderNotice(notice({ locale, shopLocale })).locale
    expect(locale('fr-CA', 'de')).toBe('fr')
    expect(locale('fi-FI', 'de')).toBe('de')
    expect(locale('fi-FI', 'sv')).toBe('en')
    expect(locale('pt-PT', null)).toBe('pt-BR')
    expect(locale('', 'nl')).toBe('nl')
  })

  test('Arabic runs from right to left, and keeps foreign names in their own order', () => {
    const { html, subject, text } = renderNotice(notice({ locale: 'ar' }))
    expect(html).toContain('<html lang="ar" dir="rtl">')
    expect(html).toContain('\u2068Morning Roast\u2069')
    expect(subject).not.toMatch(/[\u2066-\u2069]/)
    expect(text).toContain(`\n${link}\n`)
  })
})
