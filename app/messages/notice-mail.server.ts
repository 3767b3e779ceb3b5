/** A notice in the words that are meant for it: the shop's own, or ours. */
import { db } from '../db.server.ts'
import { log } from '../log.server.ts'
import { wordsLocale } from './formats.ts'
import { TemplateFault } from './liquid.ts'
import { type Notice, type NoticeInput, type OtherDebt, renderNotice } from './render.ts'
import type { TemplateKey } from './template.ts'
import { loadBrand, templateFor } from './templates.server.ts'

/** `about`: for the log, the row that it is sent for. */
export async function noticeMail(
  shop: string,
  input: NoticeInput & { others?: readonly OtherDebt[] },
  lane: TemplateKey['lane'],
  about: Record<string, string>,
): Promise<Notice> {
  const { stage, locale, zone, shopLocale } = input
  const { tag } = wordsLocale(locale, zone, shopLocale)
  const [found, brand] = await Promise.all([
    templateFor(db, shop, { stage, lane, channel: 'email', tag }),
    loadBrand(db, shop),
  ])
  const ours = { ...input, brand }
  if (!found || found.source === 'default') return renderNotice(ours)
  try {
    return renderNotice({ ...ours, template: found.template })
  } catch (error) {
    if (!(error instanceof TemplateFault)) throw error
    // Checked when it was saved; with this shopper's values it became too long, say. Our words serve instead.
    log.warn({ error, ...about, stage, lane }, "a shop's own template failed")
    return renderNotice(ours)
  }
}
