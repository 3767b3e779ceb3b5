/**
 * What Twilio tells of a text, and what a shopper answers to one, without a database. Pure. Source: Twilio's reference
 * on outbound message status, its error codes, and its words for opting out; dunning-practice 9.
 */
import { type Shown, stateShown } from './mail-events.ts'

/** One status callback. */
export type TextEvent = {
  /** Twilio's id of the message and the status: the same for every copy. */
  id: string
  status: string
  /** What our address said; null: no message of ours. */
  messageId: string | null
  /** Twilio's error code, digits; null: none. */
  code: string | null
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Null: it is no status callback. `messageId`: from the query of the address that was called. */
export function readTextEvent(form: URLSearchParams, messageId: string | null): TextEvent | null {
  const sid = form.get('MessageSid') ?? ''
  const status = form.get('MessageStatus') ?? ''
  const code = form.get('ErrorCode') ?? ''
  if (!/^(SM|MM)[0-9a-f]{32}$/i.test(sid) || !/^[a-z_]{1,40}$/.test(status)) return null
  return {
    id: `${sid}:${status}`,
    status,
    messageId: messageId && UUID.test(messageId) ? messageId.toLowerCase() : null,
    code: /^\d{1,6}$/.test(code) ? code : null,
  }
}

const SHOWS: Record<string, Shown> = {
  accepted: 'sent',
  queued: 'sent',
  sending: 'sent',
  sent: 'sent',
  delivered: 'delivered',
  read: 'delivered',
  // The carrier would not take it.
  undelivered: 'bounced',
  // Twilio itself did not send it.
  failed: 'dropped',
  canceled: 'dropped',
}

/** What a text becomes by a status; null: it stays. Forward only, in whatever order they come. */
export function textStateAfter(state: string, status: string): string | null {
  const shown = Object.hasOwn(SHOWS, status) ? SHOWS[status] : undefined
  return shown === undefined ? null : stateShown(state, shown)
}

export function isKnownTextStatus(status: string): boolean {
  return Object.hasOwn(SHOWS, status)
}

/** The reason under which a STOP is kept. */
export const STOPPED_BY_TEXT = 'the shopper answered STOP to a text'

/** Why this number gets no text any more, by Twilio's error code; null: it may get the next one. */
export function whyNumberBlocked(code: string | null): string | null {
  switch (code) {
    case '21610':
      return STOPPED_BY_TEXT
    case '21211':
    case '21614':
    case '30005':
      return 'there is no such mobile number'
    case '30006':
      return 'the number is a landline or cannot take texts'
    default:
      return null
  }
}

/** In our words, for the timeline. */
export function textErrorWords(code: string | null): string {
  switch (code) {
    case null:
      return 'Twilio gave no reason'
    case '21408':
      return 'Twilio is not allowed to send to this country (21408)'
    case '21610':
      return 'the number has stopped texts (21610)'
    case '30003':
      return 'the phone could not be reached (30003)'
    case '30007':
      return 'the carrier filtered it (30007)'
    case '30034':
      return 'the sender is not registered for texts to the US (30034)'
    default:
      return `${whyNumberBlocked(code) ?? 'Twilio’s error'} (${code})`
  }
}

// ---------------------------------------------------------------- answers of a shopper

export type Keyword = 'stop' | 'start' | 'help'

/** By themselves, in any case and with any accents. English ones: CTIA; the others: our languages. */
const WORDS: Record<Keyword, readonly string[]> = {
  stop: [
    'STOP STOPALL UNSUBSCRIBE CANCEL END QUIT REVOKE OPTOUT',
    'STOPP STOPPEN ABMELDEN ABBESTELLEN ENDE',
    'ARRET ARRETER ARRETEZ DESABONNER DESINSCRIRE',
    'PARAR PARE BAJA ALTO CANCELAR',
    'AFMELDEN UITSCHRIJVEN',
    'SAIR REMOVER',
    '停止 配信停止 解除 ストップ',
    'توقف ايقاف أوقف الغاء قف',
  ].flatMap(plainWords),
  start: plainWords(
    'START UNSTOP STARTEN ANMELDEN DEMARRER COMMENCER INICIAR ALTA AANMELDEN VOLTAR COMECAR 再開 開始 スタート ابدأ بدء',
  ),
  help: plainWords('HELP INFO HILFE AIDE AYUDA HULP AJUDA ヘルプ 案内 مساعدة'),
}

/** Plain enough that a sentence with one of them means it: "please stop", "STOP texting me". */
const PLAIN_STOP = new Set(
  plainWords(
    'STOP STOPP STOPALL UNSUBSCRIBE OPTOUT ABMELDEN ARRET DESABONNER AFMELDEN 停止 配信停止 توقف ايقاف أوقف',
  ),
)

/** Words of a sentence that is taken for a request to stop. A longer one is read by a person. */
const MAX_STOP_WORDS = 6

/** What an answer asks for; null: something else, for a person. In doubt it is a stop. */
export function keywordIn(text: string): Keyword | null {
  const words = plainWords(text)
  const [first] = words
  if (first !== undefined && words.length === 1) {
    for (const keyword of ['stop', 'start', 'help'] as const)
      if (WORDS[keyword].includes(first)) return keyword
  }
  // "opt out", "stop all"
  if (words.length === 2 && WORDS.stop.includes(words.join(''))) return 'stop'
  if (words.some((word) => NOT.has(word))) return null
  return words.length <= MAX_STOP_WORDS && words.some((word) => PLAIN_STOP.has(word))
    ? 'stop'
    : null
}

/** "Do not stop": a person reads that. */
const NOT = new Set(['NOT', 'DONT', 'NEVER', 'NICHT', 'PAS', 'NO', 'NIET', 'NAO'])

/** Upper case, without accents, signs and the marks that change no letter. */
function plainWords(text: string): string[] {
  const plain = text
    .slice(0, 500)
    .normalize('NFKD')
    .replace(/['’]/g, '')
    .replace(/\p{M}+/gu, '')
    .normalize('NFC')
    .toUpperCase()
  return plain.match(/[\p{L}\p{N}]+/gu) ?? []
}
