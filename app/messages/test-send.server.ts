/** A template as a mail to the staff member who asks for it, marked as a test. No shopper gets it, nothing is counted. */
import type { PrismaClient, Shop } from '@prisma/client'
import { realNow } from '../clock.server.ts'
import { audit } from '../dunning/audit.server.ts'
import { env } from '../env.server.ts'
import { operatorStop } from '../place.server.ts'
import { rateLimit } from '../rate-limit.server.ts'
import { sendEmail } from './email.server.ts'
import { TemplateFault } from './liquid.ts'
import { inputFor, shopperBy } from './preview.ts'
import { renderNotice } from './render.ts'
import { problemsOf, readTemplate, type TemplateKey } from './template.ts'
import { loadBrand, nameOf } from './templates.server.ts'

/** Test mails of one shop: nobody needs more, and whoever took over an account shall not mail through us. */
const tests = rateLimit({ times: 20, perMs: 60 * 60_000 })

export type TestSend = {
  key: TemplateKey
  /** The words as they stand in the editor, saved or not. */
  template: unknown
  /** Whose case the words are filled from: a key of SHOPPERS. */
  shopper: string
  /** The staff member's own; null: Shopify tells none, so the shop's own address serves. */
  address: string | null
}

export async function sendTestNotice(
  db: PrismaClient,
  shop: Shop,
  actor: string,
  { key, template: value, shopper, address }: TestSend,
  now: Date,
): Promise<{ to: string } | { because: string }> {
  const template = readTemplate(value)
  const to = address ?? shop.email
  if (key.channel !== 'email') return { because: 'Only e-mails can be tried on oneself.' }
  if (!template || problemsOf(template).some(({ stops }) => stops)) {
    return { because: 'Mend what is marked first.' }
  }
  if (to === null) return { because: 'Shopify told no address of yours, nor one of this shop.' }
  const stop = operatorStop()
  if (stop) return { because: `Nothing is mailed now: ${stop}.` }
  if (!tests.allows(shop.shop, realNow().getTime())) {
    return { because: 'Twenty tests were sent within an hour. Wait a while, or use the preview.' }
  }
  const name = shop.senderName ?? shop.name
  const link = new URL('/r/example', env().SHOPIFY_APP_URL).href
  const input = inputFor(key, shopperBy(shopper), {
    name,
    replyTo: shop.replyTo ?? shop.email,
    accountPage: shop.accountPage,
  })
  try {
    const { subject, html, text } = renderNotice({
      // The example's picture is drawn by the preview alone.
      ...{ ...input, link, unsubscribeLink: link, items: [] },
      template,
      brand: await loadBrand(db, shop.shop),
    })
    const result = await sendEmail({
      to,
      fromName: name,
      replyTo: input.replyTo,
      subject: `[Test] ${subject}`,
      html,
      text,
      customArgs: {},
      categories: ['test'],
    })
    if (result.state !== 'sent') return { because: `The test was not sent: ${result.because}` }
  } catch (error) {
    if (error instanceof TemplateFault) return { because: error.message }
    throw error
  }
  // The address stays out of the trail: the actor says who it was.
  await audit(db, { shop: shop.shop, actor, action: 'template.tested', target: nameOf(key) }, now)
  return { to }
}
