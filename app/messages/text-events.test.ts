import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  isKnownTextStatus,
  keywordIn,
  readTextEvent,
  textStateAfter,
  whyNumberBlocked,
} from './text-events.ts'

describe('what a shopper answers', () => {
  test.each([
    ['STOP', 'stop'],
    [' stop. ', 'stop'],
    ['Opt-out', 'stop'],
    ['Cancel', 'stop'],
    ['please stop', 'stop'],
    ['Stop texting me!', 'stop'],
    ['STOPP', 'stop'],
    ['Arrêt', 'stop'],
    ['ARRET SVP', 'stop'],
    ['Parar', 'stop'],
    ['Baja', 'stop'],
    ['Afmelden', 'stop'],
    ['Sair', 'stop'],
    ['停止', 'stop'],
    ['ストップ', 'stop'],
    ['توقّف', 'stop'],
    ['إيقاف', 'stop'],
    ['start', 'start'],
    ['Começar', 'start'],
    ['再開', 'start'],
    ['ابدأ', 'start'],
    ['HELP?', 'help'],
    ['Hilfe', 'help'],
    ['مساعدة', 'help'],
    ['Do not stop', null],
    ['I paid yesterday, so why does this not stop for good now?', null],
    ['Can I pay tomorrow?', null],
    ['', null],
  ])('"%s" means %s', (text, keyword) => {
    expect(keywordIn(text)).toBe(keyword)
  })

  test('whatever it is, it is read without a fault', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (text) => {
        expect([null, 'stop', 'start', 'help']).toContain(keywordIn(text))
      }),
    )
  })
})

describe('what Twilio tells', () => {
  const sid = `SM${'0a'.repeat(16)}`
  const id = '0b5c6ad6-5a3f-4d0a-9d6e-0d8f6f2b1c11'

  test('a status has the same id in every copy, and names our message', () => {
    const form = new URLSearchParams({
      MessageSid: sid,
      MessageStatus: 'undelivered',
      ErrorCode: '30005',
    })
    expect(readTextEvent(form, id.toUpperCase())).toEqual({
      id: `${sid}:undelivered`,
      status: 'undelivered',
      messageId: id,
      code: '30005',
    })
    expect(readTextEvent(form, 'of somebody else')?.messageId).toBeNull()
    expect(
      readTextEvent(new URLSearchParams({ MessageSid: 'x', MessageStatus: 'sent' }), id),
    ).toBeNull()
  })

  test.each([
    ['sending', 'queued', 'sent'],
    ['uncertain', 'delivered', 'delivered'],
    ['failed', 'sent', 'sent'],
    ['delivered', 'sent', null],
    ['delivered', 'failed', null],
    ['bounced', 'delivered', null],
    ['suppressed', 'delivered', null],
    ['merged', 'delivered', null],
    ['sent', 'of tomorrow', null],
  ])('a text that is %s, told to be %s, becomes %s', (state, status, after) => {
    expect(textStateAfter(state, status)).toBe(after)
  })

  test('in any order, any number of times, the last state is the same', () => {
    const told = fc.array(fc.constantFrom('queued', 'sent', 'delivered', 'read'), {
      minLength: 1,
      maxLength: 8,
    })
    fc.assert(
      fc.property(told, (statuses) => {
        const end = (order: string[]) =>
          order.reduce((state, status) => textStateAfter(state, status) ?? state, 'sending')
        expect(end([...statuses].reverse())).toBe(end(statuses))
        expect(end([...statuses, ...statuses])).toBe(end(statuses))
        expect(statuses.every(isKnownTextStatus)).toBe(true)
      }),
    )
  })

  test('only what is wrong with the number itself ends texts to it', () => {
    expect(whyNumberBlocked('21610')).toMatch(/STOP/)
    expect(whyNumberBlocked('30005')).toMatch(/no such/)
    expect(whyNumberBlocked('30007')).toBeNull()
    expect(whyNumberBlocked(null)).toBeNull()
  })
})
