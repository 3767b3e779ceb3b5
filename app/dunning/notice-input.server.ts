/** What a message of a case may speak of, whichever way it goes. */
import { now } from '../clock.server.ts'
import { caseLink } from '../messages/links.server.ts'
import type { NoticeInput } from '../messages/render.ts'
import type { TextResult } from '../messages/sms.server.ts'
import { type LoadedCase, orderTitle, owedNow } from './cases.server.ts'
import { scheduled } from './due.ts'
import { finalActionFor } from './sequence.ts'
import type { Instrument, MessageStage } from './types.ts'

/** A message that is ready to leave, or why it does not. */
export type Prepared =
  | { type: 'not_sent'; because: string }
  /** It may go out then, if it still fits. */
  | { type: 'wait'; until: Date; because: string }
  | {
      type: 'ready'
      /** Kept of it; never the words. */
      message: {
        subject: string | null
        locale: string
        addressHash: string
        smsSegments: number | null
      }
      /** It carries an offer. */
      isOffer: boolean
      send: () => Promise<TextResult>
      /** For the timeline, once it was taken. */
      sentAs: string
    }

export type Reader = { firstName: string | null; locale: string | null }

export function noticeInput(
  loaded: LoadedCase,
  stage: MessageStage,
  { firstName, locale }: Reader,
): NoticeInput {
  const { case: c } = loaded
  const { state } = c
  const paid = state.status === 'recovered' || state.status === 'paid_elsewhere'
  return {
    stage,
    lane: c.lane ?? 'UNKNOWN',
    code: c.lastDecline?.code ?? null,
    // What can no longer be used is not mended by its own page: another method is asked for.
    instrument: (loaded.methodRevokedAt ? 'other' : (loaded.instrument ?? 'other')) as Instrument,
    shopName: loaded.shopName,
    firstName,
    productTitle: orderTitle(loaded),
    amount: owedNow(loaded),
    methodLabel: loaded.methodLabel,
    nextTryAt: scheduled(c).find((step) => step.kind === 'retry')?.dueAt ?? null,
    deadlineAt: c.deadlineAt,
    finalAction: finalActionFor(loaded.sequence, c),
    recovered: paid ? { total: state.total } : null,
    zone: c.zone,
    // Empty: nobody knows, so the shop's language serves.
    locale: locale ?? loaded.customerLocale ?? '',
    shopLocale: loaded.shopLocale,
    link: caseLink(c.id, loaded.linkTurn),
    accountPage: loaded.accountPage,
    // Money that comes late may find the next order's day gone by.
    chargeAt: paid && c.nextExpectedAt && c.nextExpectedAt > now() ? c.nextExpectedAt : null,
    replyTo: loaded.replyTo,
  }
}
