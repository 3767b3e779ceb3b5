import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { KNOWN_KINDS, readMailEvents, stateAfter, whyBlocked } from './mail-events.ts'

const AT = new Date('2026-11-12T08:00:00Z')
const MESSAGE = '6b1f3a52-4a53-4a57-9a6a-0f4f0f4f0f4f'

describe('what SendGrid tells', () => {
  test('is read as kind, message and time; addresses stay out', () => {
    const body = JSON.stringify([
      {
        email: 'anna@example.test',
        sg_event_id: 'a',
        event: 'bounce',
        type: 'bounce',
        reason: '550 5.1.1 <anna@example.test>:\r\n no such user',
        timestamp: AT.getTime() / 1000,
        message_id: MESSAGE.toUpperCase(),
      },
      { sg_event_id: 'b', event: 'bounce', type: 'blocked', timestamp: 'soon', message_id: 'x' },
    ])
    const later = new Date('2026-11-13T08:00:00Z')
    expect(readMailEvents(body, later)).toEqual([
      {
        id: 'a',
        kind: 'bounce',
        messageId: MESSAGE,
        at: AT,
        reason: '550 5.1.1 [address] no such user',
      },
      { id: 'b', kind: 'blocked', messageId: null, at: later, reason: null },
    ])
  })

  test.each(['', '{}', 'null', '"x"', '[', '{"0":1}'])('%s is no list of events', (body) => {
    expect(readMailEvents(body, AT)).toBeNull()
  })

  test('never throws, whatever stands in the list', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), (list) => {
        expect(readMailEvents(JSON.stringify(list), AT)).not.toBeNull()
      }),
    )
    const odd = [
      null,
      1,
      [],
      {},
      { sg_event_id: 7, event: 'open' },
      { sg_event_id: 'a\0', event: 'x' },
    ]
    expect(readMailEvents(JSON.stringify(odd), AT)).toEqual([])
  })
})

describe('S17: a message', () => {
  test.each([
    ['uncertain', 'processed', 'sent'],
    ['uncertain', 'delivered', 'delivered'],
    ['uncertain', 'bounce', 'bounced'],
    ['sending', 'dropped', 'dropped'],
    ['sent', 'deferred', null],
    ['sent', 'spamreport', 'delivered'],
    ['delivered', 'processed', null],
    ['delivered', 'bounce', 'bounced'],
    ['bounced', 'delivered', null],
    ['dropped', 'delivered', null],
    ['suppressed', 'delivered', null],
    ['sent', 'something new', null],
  ])('that is %s becomes, by %s, %s', (state, kind, then) => {
    expect(stateAfter(state, kind)).toBe(then)
  })

  test('ends the same in whatever order, and however often, the events come', () => {
    // "dropped" comes alone at SendGrid, and a delivered mail that also bounced has come back.
    const kinds = fc.constantFrom(...KNOWN_KINDS.filter((kind) => kind !== 'dropped'))
    const play = (events: string[]) =>
      events.reduce((state, kind) => stateAfter(state, kind) ?? state, 'uncertain')
    fc.assert(
      fc.property(
        fc
          .array(kinds, { maxLength: 6 })
          .chain((events) =>
            fc.tuple(
              fc.constant(events),
              fc.shuffledSubarray([...events, ...events], { minLength: events.length * 2 }),
            ),
          ),
        ([events, shuffled]) => {
          expect(play(shuffled)).toBe(play(events))
        },
      ),
    )
  })
})

describe('an address is not written to any more', () => {
  const of = (kind: string, softBounces = 0, reason: string | null = null) =>
    whyBlocked({ kind, reason }, softBounces)

  test('at once after a hard bounce, a complaint or an unsubscription', () => {
    for (const kind of ['bounce', 'spamreport', 'unsubscribe', 'group_unsubscribe'])
      expect(of(kind), kind).not.toBeNull()
  })

  test('after two soft bounces were waited out; a deferral is no bounce', () => {
    expect([of('blocked', 1), of('blocked', 2)]).toEqual([null, null])
    expect(of('blocked', 3)).toContain('3 e-mails in a row')
    expect(of('deferred', 9)).toBeNull()
    expect(of('delivered')).toBeNull()
  })

  test('when SendGrid drops for the address, not for the mail', () => {
    expect(of('dropped', 0, 'Bounced Address')).toContain('Bounced Address')
    expect(of('dropped', 0, 'Spam Reporting Address')).not.toBeNull()
    expect(of('dropped', 0, 'Spam Content (if Spam Checker app enabled)')).toBeNull()
    expect(of('dropped')).toBeNull()
  })
})
