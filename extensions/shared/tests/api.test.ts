// @vitest-environment node
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  ACTION_NAMES,
  type ApiError,
  act,
  ENDINGS,
  FINAL_ACTIONS,
  INSTRUMENTS,
  PATIENCE_MS,
  REASONS,
  readState,
  STATUSES,
  UPDATE_ROUTES,
} from '../src/api.ts'
import { recorded, server, snapshotOf } from './shopper.ts'

beforeEach(() => {
  vi.stubGlobal('shopify', { sessionToken: { get: async () => 'token' } })
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

/** Answers as `server` does, to the global fetch. */
function answers(...replies: Parameters<typeof server> extends [unknown, ...infer R] ? R : never) {
  const host = { fetch: globalThis.fetch }
  const sent = server(host, ...replies)
  vi.stubGlobal('fetch', host.fetch)
  return sent
}

const kindOf = (error: unknown) => (error as ApiError).kind

describe('the JSON that server and extensions share', () => {
  test('has the fields that the extensions know, and no others', () => {
    expect(Object.keys(recorded).sort()).toEqual([
      'cases',
      'contact',
      'locale',
      'now',
      'policy',
      'shopName',
      'version',
    ])
    for (const each of recorded.cases) {
      expect(Object.keys(each).sort()).toEqual([
        'actions',
        'amount',
        'confirmUrl',
        'confirmation',
        'contractId',
        'day',
        'deadlineAt',
        'ending',
        'failedAt',
        'feedback',
        'finalAction',
        'id',
        'instrument',
        'method',
        'methods',
        'nextRetryAt',
        'notice',
        'order',
        'reason',
        'resumeUntil',
        'shipsNext',
        'status',
        'title',
        'updateRoute',
        'zone',
      ])
      expect(Object.keys(each.actions).sort()).toEqual([...ACTION_NAMES].sort())
      for (const line of each.order?.lines ?? [])
        expect(Object.keys(line).sort()).toEqual(['chosen', 'id', 'price', 'quantity', 'title'])
    }
  })

  test('has orders whose parts, with the same delivery, make the whole and what is to be paid', () => {
    const orders = recorded.cases.flatMap(({ order, amount }) =>
      order ? { ...order, amount } : [],
    )
    expect(orders).toHaveLength(2)
    for (const { lines, whole, amount } of orders) {
      const sum = (pieces: (line: (typeof lines)[number]) => number) =>
        lines.reduce((so, line) => so + pieces(line) * Number(line.price.amount), 0)
      const delivery = Number(whole.amount) - sum(({ quantity }) => quantity)
      expect(delivery).toBe(4)
      expect(Number(amount.amount)).toBe(sum(({ chosen }) => chosen) + delivery)
    }
  })

  test('uses the codes that the extensions have words for', () => {
    for (const each of recorded.cases) {
      expect(STATUSES).toContain(each.status)
      expect(REASONS).toContain(each.reason)
      expect([...ENDINGS, null]).toContain(each.ending)
      expect([...INSTRUMENTS, null]).toContain(each.instrument)
      expect(FINAL_ACTIONS).toContain(each.finalAction)
      expect(UPDATE_ROUTES).toContain(each.updateRoute)
      expect(each.amount.amount).toMatch(/^\d+(\.\d+)?$/)
      for (const { allowed, because } of Object.values(each.actions)) {
        expect(allowed ? because : typeof because).toBe(allowed ? null : 'string')
      }
    }
    expect(new Set(recorded.cases.map(({ status }) => status))).toEqual(new Set(STATUSES))
  })
})

describe('one request', () => {
  test('to show: with the token of this moment, and nothing else', async () => {
    const sent = answers(recorded)
    expect(await readState()).toEqual(recorded)
    expect(sent).toEqual([{ method: 'GET', path: 'state', key: null, body: null }])
    const [, init] = vi.mocked(fetch).mock.calls[0] ?? []
    expect(init?.headers).toEqual({ Authorization: 'Bearer token' })
  })

  test('to act: its answer is the new state', async () => {
    const sent = answers(snapshotOf())
    expect(await act('offers/skip', { caseId: '1' })).toEqual(snapshotOf())
    expect(sent).toMatchObject([{ method: 'POST', path: 'offers/skip', body: { caseId: '1' } }])
    expect(sent[0]?.key).toMatch(/^[\w-]{16,}$/)
  })

  test('is given up after ten seconds, the wait for the token included', async () => {
    vi.useFakeTimers()
    const stalled: AbortSignal[] = []
    vi.stubGlobal('fetch', (_: string, { signal }: { signal: AbortSignal }) => {
      stalled.push(signal)
      return new Promise(() => {})
    })
    const failure = readState().catch(kindOf)
    await vi.advanceTimersByTimeAsync(PATIENCE_MS - 1)
    expect(stalled[0]?.aborted).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(await failure).toBe('network')
    expect(stalled[0]?.aborted).toBe(true)

    vi.stubGlobal('shopify', { sessionToken: { get: () => new Promise(() => {}) } })
    const noToken = readState().catch(kindOf)
    await vi.advanceTimersByTimeAsync(PATIENCE_MS)
    expect(await noToken).toBe('network')
  })

  test.each([
    [409, 'stale'],
    [401, 'login'],
    [404, 'refused'],
    [422, 'refused'],
    [429, 'network'],
    [503, 'network'],
  ])('answered with %i is told apart: %s', async (status, kind) => {
    answers(status)
    expect(await act('retry', { caseId: '1' }).catch(kindOf)).toBe(kind)
  })

  test('kept, and done later, is told apart from a shop that cannot be reached', async () => {
    const answer = Response.json({ error: 'going_on' }, { status: 503 })
    vi.stubGlobal('fetch', async () => answer)
    expect(await act('offers/skip', { caseId: '1' }).catch(kindOf)).toBe('going_on')
  })

  test.each([[{ version: 2, cases: [] }], [{ url: 'javascript:alert(1)' }], [{}]])(
    'with an answer that is not ours is not believed: %j',
    async (answer) => {
      answers(answer)
      expect(await act('confirm', { caseId: '1' }).catch(kindOf)).toBe('network')
    },
  )
})

describe('the idempotency key', () => {
  test('stays the same until the server has answered, and is another one afterwards', async () => {
    const sent = answers('no connection', 503, recorded, recorded)
    for (let press = 0; press < 4; press += 1) await act('retry', { caseId: '7' }).catch(() => {})
    const [first, second, third, fourth] = sent.map(({ key }) => key)
    expect([second, third]).toEqual([first, first])
    expect(fourth).not.toBe(first)
  })

  test('is another one for another body', async () => {
    const sent = answers('no connection')
    await act('offers/day', { caseId: '8', date: '2026-11-20' }).catch(() => {})
    await act('offers/day', { caseId: '8', date: '2026-11-21' }).catch(() => {})
    expect(sent[0]?.key).not.toBe(sent[1]?.key)
  })

  test('is not used again for what was refused', async () => {
    const sent = answers(409, recorded)
    await act('offers/pause', { caseId: '9' }).catch(() => {})
    await act('offers/pause', { caseId: '9' })
    expect(sent[0]?.key).not.toBe(sent[1]?.key)
  })
})
