import { describe, expect, test } from 'vitest'
import { answer, askCard } from './cards.ts'
import type { CardScript, Method } from './world.ts'

const HOUR = 3_600_000
const nine = Date.parse('2026-11-12T08:00:00Z')

/** Asks a card with this script every so many hours; what it answers. */
function ask(
  script: CardScript,
  hours: number[],
  more: Partial<Method> = {},
  amount = '24.90',
): string[] {
  const method = {
    script,
    asked: 0,
    askedOnDays: [],
    authenticated: false,
    inactive: false,
    ...more,
  } as unknown as Method
  return hours.map((after) => {
    const given = askCard(method, amount, 'Europe/Berlin', nine + after * HOUR)
    return given.type === 'declined' ? given.code : given.type
  })
}

describe('a card', () => {
  test('that is good pays', () => {
    expect(ask({ type: 'ok' }, [0])).toEqual(['paid'])
  })

  test('with a list of codes answers one per question; the last stays', () => {
    const codes = ['CARD_DECLINED', 'DO_NOT_HONOR', 'OK']
    expect(ask({ type: 'codes', codes }, [0, 1, 2, 3])).toEqual([
      'CARD_DECLINED',
      'DO_NOT_HONOR',
      'paid',
      'paid',
    ])
  })

  test('with a code a day counts the shop’s days, not the questions', () => {
    const codes = ['CARD_DECLINED', 'OK']
    expect(ask({ type: 'code_a_day', codes }, [0, 1, 24])).toEqual([
      'CARD_DECLINED',
      'CARD_DECLINED',
      'paid',
    ])
  })

  test('without money until payday pays from payday on', () => {
    const at = new Date(nine + 48 * HOUR).toISOString()
    expect(ask({ type: 'no_money_until', at }, [0, 47, 48])).toEqual([
      'INSUFFICIENT_FUNDS',
      'INSUFFICIENT_FUNDS',
      'paid',
    ])
  })

  test('with little money pays what it can, and nothing above', () => {
    const script = { type: 'no_money_above', amount: '30.00' } as const
    expect(ask(script, [0], {}, '30.00')).toEqual(['paid'])
    expect(ask(script, [0, 48], {}, '30.01')).toEqual(['INSUFFICIENT_FUNDS', 'INSUFFICIENT_FUNDS'])
  })

  test('behind a processor that is down answers when it is up again', () => {
    const until = new Date(nine + 10 * HOUR).toISOString()
    expect(ask({ type: 'processor_down', until }, [0, 10])).toEqual([
      'PAYMENT_PROVIDER_ERROR',
      'paid',
    ])
  })

  test('of a moody bank pays on the attempt that was told', () => {
    const codes = ['DO_NOT_HONOR', 'GENERIC_ERROR']
    expect(ask({ type: 'moody', codes, okOnAttempt: 4 }, [0, 1, 2, 3])).toEqual([
      'DO_NOT_HONOR',
      'GENERIC_ERROR',
      'DO_NOT_HONOR',
      'paid',
    ])
  })

  test('that has expired, or asks for the shopper, says so', () => {
    expect(ask({ type: 'expired' }, [0])).toEqual(['EXPIRED_CARD'])
    expect(ask({ type: 'challenge', then: 'OK' }, [0])).toEqual(['challenge'])
    expect(ask({ type: 'challenge', then: 'OK' }, [0], { authenticated: true })).toEqual(['paid'])
  })
})

test('a code nobody knows carries its family', () => {
  expect(answer('general:MARTIAN_ERROR')).toEqual({
    type: 'declined',
    code: 'MARTIAN_ERROR',
    family: 'general',
  })
  expect(() => answer('martian:ERROR')).toThrow(
    'Use one of payment, inventory, general, unexpected',
  )
})
