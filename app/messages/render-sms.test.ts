import { describe, expect, test } from 'vitest'
import { exampleNotice } from './example.ts'
import { TemplateFault } from './liquid.ts'
import { renderSms, renderSmsAnswer } from './render-sms.ts'
import { countSegments } from './sms-segments.ts'

describe('segments, as carriers count them', () => {
  test.each([
    ['', 0, 'GSM-7'],
    ['x'.repeat(160), 1, 'GSM-7'],
    ['x'.repeat(161), 2, 'GSM-7'],
    ['x'.repeat(306), 2, 'GSM-7'],
    ['x'.repeat(307), 3, 'GSM-7'],
    ['€'.repeat(80), 1, 'GSM-7'],
    ['€'.repeat(81), 2, 'GSM-7'],
    // The escape of the 77th sign would be cut from its letter at 153: it moves to the next segment.
    ['€'.repeat(153), 3, 'GSM-7'],
    ['äöüßÄÖÜñéèàùì', 1, 'GSM-7'],
    ['ç'.repeat(70), 1, 'UCS-2'],
    ['ç'.repeat(71), 2, 'UCS-2'],
    ['あ'.repeat(135), 3, 'UCS-2'],
    ['😀'.repeat(35), 1, 'UCS-2'],
    ['😀'.repeat(36), 2, 'UCS-2'],
    // 67 is odd: the 34th emoji is not cut in two.
    ['😀'.repeat(67), 3, 'UCS-2'],
  ])('%#', (text, segments, encoding) => {
    expect(countSegments(text)).toEqual({ segments, encoding })
  })
})

describe('a text message', () => {
  const sms = (changes = {}, template?: Parameters<typeof renderSms>[1]) =>
    renderSms({ ...exampleNotice({ link: 'https://app.example/s/abc' }), ...changes }, template)
  const text = (source: string) => ({
    subject: '',
    preview: '',
    blocks: [{ type: 'text' as const, text: source }],
    commercial: false,
  })

  test('says who it is, what happened, and where to go; the first one how to end them', () => {
    expect(sms()).toEqual({
      text: 'Bean & Bloom Coffee: the payment for Morning Roast has not gone through yet. https://app.example/s/abc',
      segments: 1,
      encoding: 'GSM-7',
      locale: 'en',
    })
    expect(sms({ isFirst: true }).text).toMatch(/Reply STOP to end texts\.$/)
  })

  test('speaks the shopper’s language, and counts it', () => {
    expect(sms({ locale: 'de' })).toMatchObject({ locale: 'de', encoding: 'GSM-7' })
    expect(sms({ locale: 'ja' })).toMatchObject({ locale: 'ja', encoding: 'UCS-2' })
    expect(sms({ locale: 'ar' }).text).not.toMatch(/[\u2066-\u2069]/)
  })

  test('curly signs are made plain, so that they do not double its price', () => {
    expect(sms({ shopName: 'Mara’s “Café” – Berlin' })).toMatchObject({ encoding: 'GSM-7' })
  })

  test('names are one short line', () => {
    const { text } = sms({ productTitle: `${'x'.repeat(500)}\r\nhttps://evil.example` })
    expect(text).not.toMatch(/[\r\n]|evil/)
    expect(text.length).toBeLessThan(200)
  })

  test('the merchant’s own words, within limits', () => {
    expect(sms({}, text('{{ shop_name }}: {{ happened }} {{ link }}')).text).toContain('€24.90')
    expect(() => sms({}, text('{{ typo }}'))).toThrow(TemplateFault)
    expect(() => sms({}, text('long '.repeat(300)))).toThrow(/segments/)
  })

  test('a stage without a text message says so', () => {
    expect(() => sms({ stage: 'recovered' })).toThrow(TemplateFault)
    expect(() => sms({ lane: 'STOCK' })).toThrow(TemplateFault)
  })

  test('STOP, START and HELP are answered in their language', () => {
    const input = { shopName: 'Bean & Bloom', replyTo: null, locale: 'fr', zone: 'Europe/Paris' }
    for (const answer of ['stopped', 'started', 'help'] as const) {
      const { text, locale } = renderSmsAnswer(answer, input)
      expect(locale).toBe('fr')
      expect(text).toMatch(/^Bean & Bloom : /)
      expect(text).toMatch(/STOP|START/)
    }
  })
})
