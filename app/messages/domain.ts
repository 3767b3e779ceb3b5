/** A shop's own domain as the sender of its mails: which domains may be, and what its DNS must say. Pure. */

/** One entry that the merchant puts into the DNS, and whether SendGrid found it. */
export type DnsRecord = {
  /** SendGrid's name for it. */
  key: string
  type: string
  host: string
  data: string
  /** Null: not looked for yet. */
  valid: boolean | null
  /** What SendGrid missed, in its words. */
  problem: string | null
}

/** The part before the @ of every address that we write from. */
export const SENDER_LOCAL_PART = 'notices'

export function addressAt(domain: string): string {
  return `${SENDER_LOCAL_PART}@${domain}`
}

/** Letters, digits and hyphens, no hyphen at an end. Source: RFC 1035, section 2.3.1. */
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/** Nobody owns an address at these; their mail may not be sent by others (DMARC). */
const PUBLIC_MAIL = new Set(
  `gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com ymail.com icloud.com me.com mac.com aol.com
   proton.me protonmail.com pm.me gmx.de gmx.net gmx.at gmx.ch gmx.com web.de t-online.de freenet.de mail.com mail.ru
   yandex.com yandex.ru zoho.com fastmail.com tutanota.com orange.fr wanadoo.fr free.fr laposte.net sfr.fr libero.it
   virgilio.it uol.com.br bol.com.br terra.com.br ziggo.nl kpnmail.nl hotmail.fr hotmail.es hotmail.co.uk yahoo.fr
   yahoo.de yahoo.es yahoo.co.uk yahoo.co.jp docomo.ne.jp ezweb.ne.jp softbank.ne.jp qq.com 163.com 126.com naver.com`
    .trim()
    .split(/\s+/),
)

/** Names that lead nowhere on the internet. Source: RFC 2606, RFC 6761, RFC 6762. */
const NOT_PUBLIC = new Set(['localhost', 'local', 'internal', 'invalid', 'test', 'onion', 'arpa'])

/** Belong to the platform: no shop can put entries into their DNS. */
const OF_PLATFORM = ['myshopify.com', 'shopify.com', 'shopifyemail.com', 'sendgrid.net']

/** What was typed as a domain, or what is wrong with it. `ours`: the domain that we send from ourselves. */
export function readDomain(
  typed: string,
  ours: string | null,
): { domain: string } | { error: string } {
  const text = typed.trim().toLowerCase().replace(/\.$/, '')
  if (text === '') return { error: 'Enter your domain, like mail.example.com.' }
  if (text.includes('@')) {
    return { error: 'Enter the domain alone: what stands behind the @ of an address.' }
  }
  if (/[/:?#\s]/.test(text)) {
    return { error: 'Enter the domain alone, without https:// and without a page.' }
  }
  // Names in other letters have a form in plain ones, which the DNS uses.
  const domain = URL.canParse(`https://${text}`) ? new URL(`https://${text}`).hostname : ''
  const labels = domain.split('.')
  const top = labels.at(-1) ?? ''
  if (domain.length > 253 || !labels.every((label) => LABEL.test(label))) {
    return { error: 'This is not a domain. Use letters, digits, hyphens and dots.' }
  }
  if (/^\d+$/.test(top)) return { error: 'This is a number of a machine. Enter a domain.' }
  if (labels.length < 2 || NOT_PUBLIC.has(top)) {
    return {
      error: 'This domain is not on the internet. Enter one that you own, like example.com.',
    }
  }
  if (PUBLIC_MAIL.has(domain)) {
    return {
      error: `${domain} belongs to a mail provider, so nobody else may send from it. Enter a domain of your own.`,
    }
  }
  if (OF_PLATFORM.some((other) => domain === other || domain.endsWith(`.${other}`))) {
    return { error: 'This domain belongs to a platform. Enter a domain of your own.' }
  }
  if (
    ours !== null &&
    (domain === ours || domain.endsWith(`.${ours}`) || ours.endsWith(`.${domain}`))
  ) {
    return { error: 'This is the domain that Reprise sends from. Enter a domain of your own.' }
  }
  return { domain }
}

/** The domain of an address; null without one. */
export function domainOf(address: string | null): string | null {
  return address?.split('@')[1]?.toLowerCase() ?? null
}

/** As our own row keeps them; anything else is no record. */
export function readRecords(json: unknown): DnsRecord[] {
  return Array.isArray(json) ? (json as DnsRecord[]) : []
}
