/**
 * SendGrid's domain authentication: gives the DNS entries of a domain, looks for them when told to, and decides which
 * addresses may send. There is no DNS here: the entries are "found" at the second look, or when a story says so.
 * Source: SendGrid's v3 reference, "Domain Authentication".
 */
import { NotPossible } from './world/world.ts'

export type SenderDomain = {
  id: number
  domain: string
  subdomain: string
  valid: boolean
  looks: number
  /** What a look finds, once a story has said so; null: the entries from the second look on. */
  told: boolean | null
}

/** The domain of the app's own MAIL_FROM in the sandbox: authenticated from the start. */
export const OPERATORS_DOMAIN = 'reprise.example'

/** Looks until the entries are found. */
const FOUND_AT_LOOK = 2

export const newSenderDomains = (): SenderDomain[] => []

export function maySendFrom(domains: SenderDomain[], address: string): boolean {
  const domain = address.split('@')[1]?.toLowerCase() ?? ''
  return domain === OPERATORS_DOMAIN || domains.some((each) => each.domain === domain && each.valid)
}

export type DomainAnswer = { status: number; body: unknown }

/** Answers `/v3/whitelabel/domains...`. */
export function answerDomains(
  domains: SenderDomain[],
  method: string,
  path: string,
  body: string,
): DomainAnswer {
  const [, id, validate] = /^\/v3\/whitelabel\/domains(?:\/(\d+))?(\/validate)?$/.exec(path) ?? []
  if (id === undefined) {
    if (method === 'GET') return { status: 200, body: domains.map(domainNode) }
    if (method === 'POST') return create(domains, body)
    return refused(405, 'method not allowed')
  }
  const found = domains.find((each) => String(each.id) === id)
  if (!found) return refused(404, 'No domain found')
  if (validate && method === 'POST') return { status: 200, body: look(found) }
  if (!validate && method === 'GET') return { status: 200, body: domainNode(found) }
  if (!validate && method === 'DELETE') {
    domains.splice(domains.indexOf(found), 1)
    return { status: 204, body: null }
  }
  return refused(405, 'method not allowed')
}

function create(domains: SenderDomain[], body: string): DomainAnswer {
  let domain: unknown
  try {
    domain = (JSON.parse(body) as { domain?: unknown }).domain
  } catch {
    return refused(400, 'Bad Request')
  }
  if (typeof domain !== 'string' || !/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(domain))
    return refused(400, 'invalid domain')
  const id = (domains.at(-1)?.id ?? 301_000) + 1
  const made = { id, domain, subdomain: `em${id % 10_000}`, valid: false, looks: 0, told: null }
  domains.push(made)
  return { status: 201, body: domainNode(made) }
}

function look(found: SenderDomain): object {
  found.looks += 1
  found.valid = found.told ?? found.looks >= FOUND_AT_LOOK
  const results = Object.entries(recordsOf(found)).map(([key, { host }]) => [
    key,
    found.valid
      ? { valid: true, reason: null }
      : { valid: false, reason: `Expected CNAME for "${host}" was not found.` },
  ])
  return { id: found.id, valid: found.valid, validation_results: Object.fromEntries(results) }
}

/** A story's word: the entries stand in the DNS from now on, or are gone. The app hears of it at its next look. */
export function tellDomain(domains: SenderDomain[], domain: string, valid: boolean): void {
  const found = domains.filter((each) => each.domain === domain)
  if (found.length === 0) throw new NotPossible(`Nobody has asked for ${domain} yet.`, 404)
  for (const each of found) {
    each.told = valid
    // SendGrid looks by itself as well, and sends no more from a domain whose entries are gone.
    if (!valid) each.valid = false
  }
}

function domainNode(found: SenderDomain): object {
  const { id, domain, subdomain, valid } = found
  return {
    id,
    user_id: 7,
    domain,
    subdomain,
    username: 'reprise',
    ips: [],
    custom_spf: false,
    default: false,
    legacy: false,
    automatic_security: true,
    valid,
    dns: recordsOf(found),
  }
}

function recordsOf({ domain, subdomain, valid }: SenderDomain) {
  const entry = (host: string, data: string) => ({ valid, type: 'cname', host, data })
  return {
    mail_cname: entry(`${subdomain}.${domain}`, 'u7.wl001.sendgrid.example'),
    dkim1: entry(`s1._domainkey.${domain}`, 's1.domainkey.u7.wl001.sendgrid.example'),
    dkim2: entry(`s2._domainkey.${domain}`, 's2.domainkey.u7.wl001.sendgrid.example'),
  }
}

const refused = (status: number, message: string): DomainAnswer => ({
  status,
  body: { errors: [{ message, field: null }] },
})
