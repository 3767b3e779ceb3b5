/** The words of the mails to a shop's own staff, and when the digest comes. Pure. Everything is escaped by `html`. */

import { addLocalDays, localDate, localSlot } from '../dunning/schedule.ts'
import { html } from '../messages/html.ts'

export type Digest = 'daily' | 'weekly'

/** Minutes after midnight, in the shop's zone. */
const DIGEST_MINUTE = 8 * 60

/** The first digest after an instant: 08:00 of the shop's clock, each day or each Monday. */
export function nextDigestAt(digest: Digest, zone: string, after: Date): Date {
  for (let days = 0; ; days++) {
    const date = localDate(addLocalDays(after, days, zone), zone)
    const at = localSlot(zone, date, DIGEST_MINUTE)
    if (at > after && (digest === 'daily' || isMonday(date))) return at
  }
}

/** What the digest of a day tells of begins here: 08:00 of the day or the week before. */
export function digestSince(digest: Digest, zone: string, date: string): Date {
  const at = localSlot(zone, date, DIGEST_MINUTE)
  const before = addLocalDays(at, digest === 'daily' ? -1 : -7, zone)
  return localSlot(zone, localDate(before, zone), DIGEST_MINUTE)
}

function isMonday(date: string): boolean {
  return new Date(`${date}T00:00:00Z`).getUTCDay() === 1
}

export type StaffMailWords = {
  subject: string
  /** One sentence, in the first line. */
  intro: string
  parts: { title: string; lines: string[] }[]
  link: { label: string; url: string }
  /** Why the reader gets it, and how it ends. */
  why: string
}

/** Both parts of the mail, with the same words. */
export function renderStaffMail({ intro, parts, link, why }: StaffMailWords): {
  text: string
  html: string
} {
  const text = [
    intro,
    ...parts.map(({ title, lines }) => [title, ...lines.map((line) => `- ${line}`)].join('\n')),
    `${link.label}: ${link.url}`,
    why,
  ].join('\n\n')
  const body = html`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${intro}</title></head><body style="margin:0;padding:24px;background:#ffffff;color:#202223;font-family:sans-serif;font-size:16px;line-height:1.5"><p>${intro}</p>${parts.map(
    ({ title, lines }) =>
      html`<h2 style="font-size:16px;margin:24px 0 8px">${title}</h2><ul style="margin:0;padding-left:20px">${lines.map((line) => html`<li>${line}</li>`)}</ul>`,
  )}<p style="margin:24px 0"><a href="${link.url}" style="color:#005bd3">${link.label}</a></p><p style="color:#616161;font-size:14px">${why}</p></body></html>`
  return { text: `${text}\n`, html: body.toString() }
}
