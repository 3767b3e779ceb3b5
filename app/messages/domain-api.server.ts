/**
 * SendGrid's domain authentication, in our words. SendGrid looks the domain up; we never resolve it and never fetch
 * anything from it. Source: SendGrid's v3 reference, "Domain Authentication" (`/v3/whitelabel/domains`).
 */
import { z } from 'zod'
import { env } from '../env.server.ts'
import type { DnsRecord } from './domain.ts'

/** A person waits for it. Milliseconds; SendGrid looks into the DNS meanwhile. */
const TIMEOUT_MS = 15_000

export type Authenticated = { providerId: string; valid: boolean; records: DnsRecord[] }

export type ApiAnswer<T> = { ok: true; value: T } | { ok: false; gone: boolean; because: string }

/** Asks SendGrid for the entries that prove a domain. Every call makes entries of its own: they are one shop's proof. */
export async function createDomain(domain: string): Promise<ApiAnswer<Authenticated>> {
  const body = { domain, automatic_security: true, custom_spf: false, default: false }
  return call('POST', '', body, (answer) => fromAnswer(domainShape.parse(answer)))
}

/** Has SendGrid look again, and answers what it found. */
export async function validateDomain(
  providerId: string,
): Promise<
  ApiAnswer<{ valid: boolean; found: Map<string, { valid: boolean; reason: string | null }> }>
> {
  return call('POST', `/${encodeURIComponent(providerId)}/validate`, undefined, (answer) => {
    const { valid, validation_results: results } = validationShape.parse(answer)
    return { valid, found: new Map(Object.entries(results)) }
  })
}

/** Gone is gone: a domain that SendGrid does not know any more counts as removed. */
export async function deleteDomain(providerId: string): Promise<ApiAnswer<null>> {
  const answer = await call('DELETE', `/${encodeURIComponent(providerId)}`, undefined, () => null)
  return !answer.ok && answer.gone ? { ok: true, value: null } : answer
}

const recordShape = z.object({
  valid: z.boolean(),
  type: z.string(),
  host: z.string(),
  data: z.string(),
})
const domainShape = z.object({
  id: z.number(),
  valid: z.boolean(),
  dns: z.record(z.string(), recordShape),
})
const validationShape = z.object({
  valid: z.boolean(),
  validation_results: z
    .record(
      z.string(),
      z.object({ valid: z.boolean(), reason: z.string().nullable().default(null) }),
    )
    .default({}),
})

function fromAnswer({ id, valid, dns }: z.infer<typeof domainShape>): Authenticated {
  return {
    providerId: String(id),
    valid,
    records: Object.entries(dns).map(([key, { type, host, data }]) => ({
      key,
      type: type.toUpperCase(),
      host,
      data,
      valid: null,
      problem: null,
    })),
  }
}

async function call<T>(
  method: 'POST' | 'DELETE',
  path: string,
  body: object | undefined,
  read: (answer: unknown) => T,
): Promise<ApiAnswer<T>> {
  const { SENDGRID_API_KEY } = env()
  const no = (because: string, gone = false) => ({ ok: false as const, gone, because })
  if (SENDGRID_API_KEY === null)
    return no('SENDGRID_API_KEY is not set. The operator of this app must add it.')
  let response: Response
  try {
    response = await fetch(`https://api.sendgrid.com/v3/whitelabel/domains${path}`, {
      method,
      headers: {
        authorization: `Bearer ${SENDGRID_API_KEY}`,
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
  } catch {
    return no('SendGrid could not be reached. Try again in a minute.')
  }
  const answer: unknown = await response.json().catch(() => null)
  if (response.status === 401 || response.status === 403) {
    return no(
      'SendGrid does not let this app authenticate domains. Its operator must give the API key the permission "Sender Authentication".',
    )
  }
  if (response.status === 404)
    return no('SendGrid does not know this domain any more. Remove it and add it again.', true)
  if (!response.ok) {
    return no(`SendGrid could not do it now (${response.status}). Try again in a minute.`)
  }
  try {
    return { ok: true, value: read(answer) }
  } catch {
    return no('SendGrid answered something that cannot be read. Try again in a minute.')
  }
}
