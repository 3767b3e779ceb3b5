/** The extensions' door (/ext/v1), knocked at as an extension does. */
import { createHmac, randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import type { Case, Snapshot } from '../../app/shopper/snapshot.ts'
import { API_KEY, API_SECRET } from '../../scripts/local-stack.mjs'
import { BROWSER } from '../factories.ts'
import type { Stack } from '../stack.ts'

export const text = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')

/** A customer's token, as Shopify signs it. */
export function token(claims: object, secret = API_SECRET, alg = 'HS256'): string {
  const seconds = Math.floor(Date.now() / 1000)
  const whole = { aud: API_KEY, iat: seconds, nbf: seconds, exp: seconds + 300, jti: randomUUID() }
  const said = `${text({ alg, typ: 'JWT' })}.${text({ ...whole, ...claims })}`
  return `${said}.${createHmac(alg.replace('HS', 'sha'), secret).update(said).digest('base64url')}`
}

const ELSEWHERE = { 'user-agent': BROWSER, origin: 'https://extensions.example' }

export function doorOf(stack: () => Stack) {
  function ask(path: string, bearer: string | null, more: RequestInit = {}): Promise<Response> {
    const authorization: Record<string, string> = bearer
      ? { authorization: `Bearer ${bearer}` }
      : {}
    return fetch(`${stack().appUrl}/ext/v1/${path}`, {
      ...more,
      headers: { ...ELSEWHERE, ...authorization, ...(more.headers as Record<string, string>) },
    })
  }

  function act(path: string, bearer: string, body: object, key: string = randomUUID()) {
    return ask(path, bearer, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify(body),
    })
  }

  async function stateFor(bearer: string): Promise<Snapshot> {
    const answer = await ask('state', bearer)
    expect(answer.status).toBe(200)
    return (await answer.json()) as Snapshot
  }

  return { ask, act, stateFor }
}

export async function onlyCase(answer: Response): Promise<Case> {
  const body = (await answer.json()) as Snapshot
  expect(answer.status, JSON.stringify(body)).toBe(200)
  const [only] = body.cases
  if (!only || body.cases.length !== 1) throw new Error(`Not one case: ${JSON.stringify(body)}`)
  return only
}
