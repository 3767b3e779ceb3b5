import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { FinalAction, Instrument, Lane } from '../dunning/types.ts'
import { contrast, readableOn } from './colours.ts'
import { NAMED_CODES } from './default-templates/language.ts'
import { languageFor } from './default-templates/languages.ts'
import { exampleNotice } from './example.ts'
import { LANGUAGES, type LanguageTag } from './formats.ts'
import { TemplateFault } from './liquid.ts'
import { MAX_HTML_BYTES, renderNotice, wordsFor } from './render.ts'
import { renderSms } from './render-sms.ts'
import {
  type Block,
  DEFAULT_BRAND,
  defaultSms,
  defaultTemplate,
  EXAMPLES,
  hasWords,
  problemsOf,
  problemsOfBrand,
  readTemplate,
  type Template,
  type TemplateStage,
  VARIABLES,
} from './template.ts'
import { toneOf } from './tone.ts'

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
const stages: TemplateStage[] = [
  'first',
  'reminder',
  'options',
  'plan',
  'last',
  'address',
  'recovered',
  'ended',
  'update_link',
  'card_expires',
  'renewal',
]
const instruments: Instrument[] = ['card', 'shop_pay', 'paypal', 'bank_account', 'other']
const finalActions: FinalAction[] = ['pause', 'skip', 'leave', 'unpaid_order', 'cancel']

const text = (source: string): Template => ({
  subject: 'Hi',
  preview: '',
  blocks: [{ type: 'text', text: source }],
  commercial: false,
})

/** Every notice that we have words for, with everything that its words depend on at least once. */
function* everyNotice(tag: LanguageTag) {
  for (const stage of stages) {
    for (const lane of lanes) {
      if (!hasWords(stage, lane)) continue
      yield { tag, stage, lane, changes: {} }
      // Where the words know the difference.
      if (['CARD', 'ISSUER', 'AUTH'].includes(lane)) {
        for (const instrument of instruments) yield { tag, stage, lane, changes: { instrument } }
      }
      if (['options', 'plan', 'last', 'ended'].includes(stage)) {
        for (const finalAction of finalActions) yield { tag, stage, lane, changes: { finalAction } }
      }
      yield { tag, stage, lane, changes: { nextTryAt: null, recovered: { total: null } } }
      yield {
        tag,
        stage,
        lane,
        changes: { productTitle: null, firstName: null, methodLabel: null, replyTo: null },
      }
    }
  }
  for (const code of NAMED_CODES) {
    for (const methodLabel of ['Visa ···· 4242', null]) {
      const lane: Lane = code === 'CALL_ISSUER' ? 'ISSUER' : 'CARD'
      yield { tag, stage: 'first' as const, lane, changes: { code, methodLabel } }
    }
  }
}

const localeOf: Record<LanguageTag, string> = {
  en: 'en-GB',
  de: 'de-DE',
  fr: 'fr-FR',
  es: 'es-ES',
  nl: 'nl-NL',
  'pt-BR': 'pt-BR',
  ja: 'ja-JP',
  ar: 'ar-AE',
}

describe.each(LANGUAGES)('our words in %s', (tag) => {
  const all = [...everyNotice(tag)].map(({ stage, lane, changes }) => {
    const input = exampleNotice({ code: null, ...changes, stage, lane, locale: localeOf[tag] })
    const name = `${stage} in ${lane} ${JSON.stringify(changes)}`
    return {
      name,
      stage,
      lane,
      input,
      notice: renderNotice(input),
      words: wordsFor(input).variables,
    }
  })

  test('are whole: nothing unfilled, unknown, doubled or left over', () => {
    for (const { name, notice, input } of all) {
      const { subject, html, text, locale, preview } = notice
      expect(locale, name).toBe(tag)
      expect(Array.from(subject).length, name).toBeLessThanOrEqual(120)
      expect(subject.length, name).toBeGreaterThan(4)
      expect(preview.length, name).toBeGreaterThan(5)
      expect(text.replaceAll(input.link, ''), name).not.toMatch(
        /\{\{|\}\}|\{%|undefined|null|\[object|NaN|Invalid|[A-Z]{3,}_[A-Z_]+|\d{5,}/,
      )
      expect(text, name).not.toMatch(/ {2}|\.\.|。。|\. \.|,,|\( |\(\)| \)|:\.|\n{3,}/)
      expect(text, name).toContain(input.link)
      expect(html, name).toContain(`<html lang="${tag}" dir="${tag === 'ar' ? 'rtl' : 'ltr'}">`)
    }
  })

  test('are calm: no rule of tone finds anything', () => {
    const judged = new Set<string>()
    for (const { name, words, notice } of all) {
      for (const said of [`${words.title}.\n\n${words.body}`, ...notice.text.split('\n')]) {
        if (judged.has(said)) continue
        judged.add(said)
        expect(toneOf(said, tag), name).toEqual([])
      }
    }
    const { sms, feedback, foot, button } = languageFor(tag)
    for (const said of [
      ...stringsIn(sms),
      ...stringsIn(feedback),
      ...stringsIn(foot),
      ...stringsIn(button),
    ]) {
      expect(toneOf(said, tag), said).toEqual([])
    }
  })

  test('are templates without a problem, for editing too', () => {
    for (const stage of stages) {
      for (const lane of [...lanes, '*'] as const) {
        if (lane !== '*' && !hasWords(stage, lane)) continue
        for (const finalAction of [null, ...finalActions]) {
          const template = defaultTemplate(tag, stage, lane, finalAction)
          expect(problemsOf(template), `${stage} in ${lane}`).toEqual([])
          expect(readTemplate(JSON.parse(JSON.stringify(template)))).toEqual(template)
          const sms = defaultSms(tag, stage, lane, finalAction)
          if (sms && lane !== '*' && finalAction) expect(problemsOf(sms, 'sms')).toEqual([])
        }
      }
    }
  })

  test('read the same whether they follow the final action or were chosen for it', () => {
    for (const finalAction of finalActions) {
      for (const stage of ['last', 'ended', 'first', 'recovered'] as const) {
        const input = exampleNotice({ stage, finalAction, locale: localeOf[tag] })
        const template = defaultTemplate(tag, stage, '*', null)
        const { subject, text } = renderNotice(input)
        expect(renderNotice({ ...input, template })).toMatchObject({ subject, text })
      }
    }
  })

  test('are its own: none was left in English', () => {
    if (tag === 'en') return
    const english = new Set(stringsIn(languageFor('en')))
    // A text that is variables alone is the same everywhere.
    const kept = stringsIn(languageFor(tag)).filter(
      (said) => english.has(said) && /\p{L}/u.test(said.replace(/\{\{.*?\}\}/g, '')),
    )
    expect(kept).toEqual([])
  })

  test('fit into a text message of three segments at most', () => {
    for (const lane of lanes.filter((each) => each !== 'MERCHANT' && each !== 'STOCK')) {
      for (const stage of ['first', 'reminder', 'plan', 'last'] as const) {
        for (const finalAction of stage === 'last' ? finalActions : (['pause'] as const)) {
          const sms = renderSms({
            ...exampleNotice({ stage, lane, finalAction, locale: localeOf[tag] }),
            link: 'https://app.example/s/AbCdEf123456',
            isFirst: true,
          })
          expect(sms.segments, sms.text).toBeLessThanOrEqual(3)
          expect(sms.text).toContain('Bean & Bloom Coffee')
          expect(sms.text).toContain('https://app.example/s/AbCdEf123456')
          expect(sms.text).toContain('STOP')
          expect(sms.text).not.toMatch(/\{\{|undefined|null| {2}/)
        }
      }
    }
  })
})

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsIn) : []
}

describe('variables', () => {
  test('the documented ones are those that there are', () => {
    const { variables } = wordsFor(exampleNotice())
    expect(VARIABLES.map(({ name }) => name).sort()).toEqual(Object.keys(variables).sort())
  })

  test('each fills, in every stage and lane, and its example is what the example says', () => {
    for (const stage of stages) {
      for (const lane of lanes.filter((each) => hasWords(stage, each))) {
        for (const { name } of VARIABLES) {
          const input = { ...exampleNotice({ stage, lane }), template: text(`[{{ ${name} }}]`) }
          expect(renderNotice(input).text, `${name} at ${stage} in ${lane}`).toContain('[')
        }
      }
    }
    const { variables } = wordsFor(exampleNotice())
    for (const { name, example } of VARIABLES) {
      // Those of another stage, and the long one that is shortened in the list.
      if (['total', 'body', 'button'].includes(name)) continue
      expect(variables[name], name).toBe(example)
    }
  })
})

describe('problems are named with their line and the way to mend them', () => {
  const first = (source: string) => problemsOf(text(source))[0]

  test('an unknown variable, with the one that was meant', () => {
    expect(first('Hello\n{{ frist_name }}')).toMatchObject({
      where: 'blocks.0',
      line: 2,
      say: '{{ frist_name }} does not exist.',
      mend: 'Did you mean {{ first_name }}?',
      stops: true,
    })
    expect(first('{{ discount_code }}')?.mend).toBe(
      'Choose a variable from the list, or delete it.',
    )
    expect(first('{% if false %}{{ Product }}{% endif %}')?.mend).toBe(
      'Did you mean {{ product }}?',
    )
  })

  test('what Liquid cannot read', () => {
    expect(first('a\nb\n{% if total %}c')).toMatchObject({
      line: 3,
      say: '{% if %} is never closed.',
      mend: 'Add {% endif %} where it shall end.',
    })
    expect(first('{{ product')).toMatchObject({ line: 1, say: 'A "{{" or "{%" is never closed.' })
    expect(first('x\n{{ product | shout }}')).toMatchObject({
      line: 2,
      say: 'The filter "shout" does not exist.',
    })
    expect(first('{% for i in (1..9) %}x{% endfor %}')).toMatchObject({
      line: 1,
      say: '{% for %} is not possible here.',
    })
    expect(first('{% wild %}')).toMatchObject({ say: '{% wild %} is not a tag of Liquid.' })
    expect(first('{% endif %}')?.stops).toBe(true)
    expect(first('{{ product.title }}')).toMatchObject({ stops: true })
    expect(first('x'.repeat(10_001))).toMatchObject({
      say: 'This text is too long or takes too long.',
    })
  })

  test('what cannot be sent, or reads badly', () => {
    const says = (template: Template) =>
      problemsOf(template).map(({ where, say }) => `${where}: ${say}`)
    expect(says({ ...text('x'), subject: ' ' })).toEqual(['subject: The subject is empty.'])
    expect(says({ ...text('x'), subject: 'x'.repeat(151) })[0]).toMatch(/longer than 150/)
    expect(says({ ...text('x'), blocks: [] })).toEqual(['blocks: The message is empty.'])
    expect(says(text('<b>Hi</b>'))).toEqual(['blocks.0: HTML is shown as it is written here.'])
    const button: Block = { type: 'button', label: '{{ button }}' }
    expect(says({ ...text('x'), blocks: [button, button] })).toEqual([
      'blocks: There are 2 buttons.',
    ])
    expect(
      says({
        ...text('x'),
        blocks: [{ type: 'picture', url: 'https://x.example/a.png', alt: '' }],
      }),
    ).toHaveLength(2)
    expect(problemsOf(text('Hi'), 'sms')[0]?.say).toMatch(/who it is from/)
  })

  test('a brand that cannot be read', () => {
    expect(problemsOfBrand(DEFAULT_BRAND)).toEqual([])
    const where = (changes: Partial<typeof DEFAULT_BRAND>) =>
      problemsOfBrand({ ...DEFAULT_BRAND, ...changes }).map((each) => `${each.where} ${each.stops}`)
    expect(where({ accent: 'red' })).toEqual(['accent true'])
    expect(where({ accent: '#ffe600' })).toEqual(['accent false'])
    expect(where({ ink: '#999' })).toEqual(['ink false'])
    expect(where({ logoUrl: 'https://evil.example/x.png' })).toEqual([
      'logoUrl true',
      'logoAlt true',
    ])
  })
})

/** What people and machines have typed into such fields. */
const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  'javascript:alert(1)',
  '{{ link }}{% raw %}',
  '{% for i in (1..100000000) %}{{ i }}{% endfor %}',
  "{{ 'x' | append: 'y' }}",
  '</title></style></td><h1>x',
  '<!--',
  ']]>',
  '\u202Egnp.exe',
  '\u2066\u2067x',
  '\uD800 half',
  'Z\u0351\u0352\u0353\u0354\u0355\u0356\u0357\u0358a',
  '\u0000\u0008\r\nBcc: all@example.com',
  '\u{E0041}\u200B\uFEFF',
  '&lt;b&gt; &#x6A;avascript',
  '٣ ﷽ 👩‍👩‍👧 𝓕',
  '-'.repeat(3_000),
]

const anyText = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.string({ unit: 'binary', maxLength: 60 }),
)
const anyInput = fc.record({
  stage: fc.constantFrom(...stages),
  lane: fc.constantFrom(...lanes),
  code: fc.oneof(fc.constant(null), fc.constantFrom(...NAMED_CODES), anyText),
  instrument: fc.constantFrom(...instruments),
  finalAction: fc.constantFrom(...finalActions),
  shopName: anyText,
  firstName: fc.option(anyText),
  productTitle: fc.option(anyText),
  methodLabel: fc.option(anyText),
  replyTo: fc.option(anyText),
  locale: fc.oneof(fc.constantFrom(...Object.values(localeOf)), anyText),
  zone: fc.constantFrom('Europe/Berlin', 'America/Chicago', 'Asia/Tokyo', 'Pacific/Apia'),
  nextTryAt: fc.option(
    fc.date({ min: new Date('2026-01-01'), max: new Date('2027-01-01'), noInvalidDate: true }),
  ),
  items: fc.array(
    fc.record({ title: anyText, quantity: fc.nat(9), pictureUrl: fc.option(anyText) }),
    { maxLength: 3 },
  ),
})

/** Tags that a mail of ours may have; anything else came in from outside. */
const OUR_TAGS =
  /^(?:!doctype|html|head|meta|title|style|body|div|table|tr|td|h1|h2|p|ul|li|a|br|img)$/i

function expectHarmless(
  { html, text, subject }: { html: string; text: string; subject: string },
  link: string,
) {
  for (const [, name] of html.matchAll(/<\/?([^\s>/]*)/g)) expect(name).toMatch(OUR_TAGS)
  for (const [tag] of html.matchAll(/<[^>]*>/g)) {
    // Outside of quoted values there is nothing but names of attributes that we write.
    expect(tag.replace(/"[^"]*"/g, '""')).not.toMatch(/\son\w+=|.[<'{}]/i)
  }
  for (const [, address] of html.matchAll(/(?:href|src)="([^"]*)"/g)) {
    expect(address).toMatch(
      /^(?:https:\/\/app\.example\/|mailto:[^\s?&]+@[^\s?&]+$|https:\/\/cdn\.shopify\.com\/)/,
    )
  }
  expect(html).toContain(link)
  expect(`${html}${text}`).not.toMatch(/\p{Cs}/u)
  expect(subject).not.toMatch(/[\p{Cc}\u202A-\u202E\u2066-\u2069]/u)
  expect(text).not.toMatch(/[^\P{Cc}\n]|[\u202A-\u202E]/u)
}

describe('whatever comes in', () => {
  test('any name, title, label and locale renders, escaped', () => {
    fc.assert(
      fc.property(anyInput, (changes) => {
        fc.pre(hasWords(changes.stage, changes.lane))
        const input = exampleNotice(changes)
        expectHarmless(renderNotice(input), input.link)
      }),
      { numRuns: 150 },
    )
  })

  test('any template renders harmlessly or is refused, and what was found no problem with renders', () => {
    const anyBlock: fc.Arbitrary<Block> = fc.oneof(
      fc.record({ type: fc.constantFrom('text', 'heading', 'policy'), text: anySource() }),
      fc.record({ type: fc.constant('button' as const), label: anySource() }),
      fc.record({ type: fc.constant('picture' as const), url: anyText, alt: anyText }),
      fc.record({ type: fc.constant('order' as const), pictures: fc.boolean() }),
      fc.record({ type: fc.constantFrom('method', 'dates', 'divider', 'feedback') }),
    )
    fc.assert(
      fc.property(
        fc.record({
          subject: anySource(),
          preview: anySource(),
          blocks: fc.array(anyBlock, { maxLength: 6 }),
          commercial: fc.boolean(),
        }),
        fc.record({
          accent: anyText,
          background: anyText,
          ink: anyText,
          logoUrl: fc.option(anyText),
          logoAlt: anyText,
          policy: fc.option(anyText),
          postalAddress: fc.option(anyText),
        }),
        fc.constantFrom(...Object.values(localeOf)),
        (template, brand, locale) => {
          const input = {
            ...exampleNotice({ locale, unsubscribeLink: 'https://app.example/u/x' }),
            template,
            brand,
          }
          const fine = problemsOf(template).every(({ stops }) => !stops)
          try {
            expectHarmless(renderNotice(input), input.link)
          } catch (error) {
            if (fine || !(error instanceof TemplateFault)) throw error
          }
        },
      ),
      { numRuns: 150 },
    )
  })

  test('nothing runs for ever, grows without end, or nests until it breaks', () => {
    const bombs = [
      '{% for i in (1..100000000) %}{{ i }}{% endfor %}',
      '{% tablerow i in (1..100000000) %}x{% endtablerow %}',
      `{% assign x = 'xxxxxxxxxx' %}${'{% assign x = x | append: x %}'.repeat(60)}{{ x }}`,
      `${'{% if product %}'.repeat(550)}x`,
      `${'{% if product %}'.repeat(350)}${'{% endif %}'.repeat(350)}`,
      `{{ product${' | append: product'.repeat(500)} }}`,
      `{{ ${'('.repeat(2_000)} }}`,
      '{% include "/etc/passwd" %}',
      '{% render "x" %}',
      '{% layout "x" %}',
      '{{ product.constructor.constructor }}',
      '{{ __proto__ }}',
      '{{ product | where: "x", "y" | json }}',
    ]
    for (const bomb of bombs) {
      const began = performance.now()
      try {
        const { html } = renderNotice({ ...exampleNotice(), template: text(bomb) })
        expect(html.length).toBeLessThan(MAX_HTML_BYTES)
      } catch (error) {
        expect(error, bomb.slice(0, 60)).toBeInstanceOf(TemplateFault)
      }
      expect(performance.now() - began, bomb.slice(0, 60)).toBeLessThan(2_000)
    }
  })

  test('a mail that Gmail would cut is refused', () => {
    const blocks: Block[] = Array.from({ length: 20 }, () => ({
      type: 'text',
      text: 'word '.repeat(1_500),
    }))
    expect(() => renderNotice({ ...exampleNotice(), template: { ...text(''), blocks } })).toThrow(
      /Gmail/,
    )
  })

  test('what is no template is not read as one', () => {
    for (const value of [
      null,
      1,
      'x',
      [],
      {},
      { subject: 'x', blocks: [{ type: 'script' }] },
      { subject: 'x', blocks: [{ type: 'text' }] },
    ]) {
      expect(readTemplate(value)).toBeNull()
    }
  })
})

function anySource() {
  const pieces = fc.oneof(
    anyText,
    fc.constantFrom(...Object.keys(EXAMPLES)).map((name) => `{{ ${name} }}`),
    fc.constantFrom(
      '{% if total %}',
      '{% endif %}',
      '{{',
      '}}',
      '\n\n',
      '\n- ',
      '<p>',
      '{{ product | upcase }}',
    ),
  )
  return fc.array(pieces, { maxLength: 5 }).map((all) => all.join(' '))
}

test('every shade that colours are moved to can be read', () => {
  const colour = fc
    .integer({ min: 0, max: 0xffffff })
    .map((value) => `#${value.toString(16).padStart(6, '0')}`)
  fc.assert(
    fc.property(colour, colour, (one, ground) => {
      expect(contrast(readableOn(one, ground), ground)).toBeGreaterThanOrEqual(4.5)
      expect(contrast(readableOn(one, '#212726', '#161a19'), '#212726')).toBeGreaterThanOrEqual(4.5)
    }),
  )
})
