/** Texts of a case: whether this shopper may get one now, and the text itself. Consent is read from Shopify each time. */
import { now } from '../clock.server.ts'
import { db } from '../db.server.ts'
import { wordsLocale } from '../messages/formats.ts'
import { TemplateFault } from '../messages/liquid.ts'
import { recipientHash } from '../messages/recipients.server.ts'
import { renderSms } from '../messages/render-sms.ts'
import { isServed, sendText } from '../messages/sms.server.ts'
import { templateFor } from '../messages/templates.server.ts'
import { type Admin, adminFor } from '../shopify/admin.server.ts'
import { readTexting, type Texting } from '../shopify/phones.server.ts'
import type { LoadedCase } from './cases.server.ts'
import { placeOf } from './decide.ts'
import { scheduled } from './due.ts'
import { noticeInput, type Prepared } from './notice-input.server.ts'
import { nextSmsTime } from './schedule.ts'
import { isOfferStep } from './sequence.ts'
import type { MessageStage } from './types.ts'

/** The case, knowing whether this shopper may be sent a text; asked only when one is due. */
export async function withTexting(admin: Admin, loaded: LoadedCase, at: Date): Promise<LoadedCase> {
  const isDue = scheduled(loaded.case).some(({ kind, dueAt }) => kind === 'sms' && dueAt <= at)
  if (!isDue || !loaded.switches.smsReady) return loaded
  const smsForbidden = loaded.customerId
    ? await whyNoText(loaded.shop, await readTexting(admin, loaded.customerId))
    : 'the contract has no customer'
  return { ...loaded, switches: { ...loaded.switches, smsForbidden } }
}

async function whyNoText(shop: string, { number, agreed }: Texting): Promise<string | null> {
  if (number === null) return 'Shopify gives no phone number for this customer'
  if (!agreed) return 'the shopper has not agreed to texts'
  if (!isServed(number)) return 'texts do not go to the country of this number'
  const blocked = await db.suppression.findFirst({
    where: { shop, recipient: recipientHash(number), channel: { in: ['sms', 'all'] } },
  })
  return blocked?.reason ?? null
}

export async function prepareText(
  loaded: LoadedCase,
  { id, stage, stepRunId }: { id: string; stage: MessageStage; stepRunId: string | null },
): Promise<Prepared> {
  const { shop, case: c, customerId, switches } = loaded
  const not = (because: string): Prepared => ({ type: 'not_sent', because: `not sent: ${because}` })
  if (!switches.smsReady) return not('SMS is not set up')
  if (!customerId) return not('the contract has no customer')
  const texting = await readTexting(await adminFor(shop), customerId)
  const forbidden = await whyNoText(shop, texting)
  if (forbidden || texting.number === null) return not(forbidden ?? 'no number')
  const { number } = texting
  const addressHash = recipientHash(number)
  const until = nextSmsTime(now(), c.zone, undefined, placeOf(c))
  if (until > now())
    return { type: 'wait', until, because: 'it is too late or too early for a text' }

  const input = noticeInput(loaded, stage, texting)
  const { tag } = wordsLocale(input.locale, c.zone, loaded.shopLocale)
  const [found, earlier] = await Promise.all([
    templateFor(db, shop, { stage, lane: input.lane, channel: 'sms', tag }),
    db.message.count({ where: { shop, addressHash, channel: 'sms', sentAt: { not: null } } }),
  ])
  if (!found) return not('there are no words for such a text here')
  try {
    const own = found.source === 'default' ? undefined : found.template
    const { text, segments, locale } = renderSms({ ...input, isFirst: earlier === 0 }, own)
    return {
      type: 'ready',
      message: { subject: null, locale, addressHash, smsSegments: segments },
      isOffer: found.template.commercial || isOfferStep(loaded.sequence, c, stepRunId),
      send: () => sendText({ to: number, text, messageId: id }),
      sentAs: `text sent, in ${segments === 1 ? 'one segment' : `${segments} segments`}`,
    }
  } catch (error) {
    if (!(error instanceof TemplateFault)) throw error
    return not(error.message)
  }
}
