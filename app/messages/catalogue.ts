/** What there is to write: every stage, lane, channel and language, as staff read of them. Pure. */
import type { Lane } from '../dunning/types.ts'
import { isPaymentLane } from './default-templates/language.ts'
import { languageFor } from './default-templates/languages.ts'
import { LANGUAGES, type LanguageTag } from './formats.ts'
import {
  type Channel,
  defaultFor,
  isBeforeFailure,
  SMS_FOLLOWS,
  type Template,
  type TemplateKey,
  type TemplateStage,
} from './template.ts'

export type StageWords = { stage: TemplateStage; title: string; about: string }

export const STAGE_GROUPS: { title: string; stages: StageWords[] }[] = [
  {
    title: 'While a payment is open',
    stages: [
      { stage: 'first', title: 'First notice', about: 'What happened, and the one thing to do.' },
      { stage: 'reminder', title: 'Reminder', about: 'The order still waits for its payment.' },
      {
        stage: 'options',
        title: 'Ways to wait, skip or pay',
        about: 'For those who cannot or would not pay now.',
      },
      { stage: 'plan', title: 'What happens next', about: 'What we do on which day.' },
      {
        stage: 'last',
        title: 'Last notice',
        about: 'How it ends on the last day, two days or more before it.',
      },
      {
        stage: 'update_link',
        title: 'Secure link',
        about: 'For a shopper who asked to change the payment method.',
      },
      {
        stage: 'address',
        title: 'Delivery address',
        about: 'The order cannot be delivered. Not a word about payment.',
      },
    ],
  },
  {
    title: 'When it is over',
    stages: [
      { stage: 'recovered', title: 'Thank-you', about: 'The payment went through.' },
      { stage: 'ended', title: 'How it ended', about: 'The last day has passed unpaid.' },
    ],
  },
  {
    title: 'Before anything fails',
    stages: [
      {
        stage: 'card_expires',
        title: 'Card expires soon',
        about: 'It ends before the next charge.',
      },
      {
        stage: 'renewal',
        title: 'Upcoming renewal',
        about: 'The next order and its price, some days ahead.',
      },
    ],
  },
]

const STAGES = STAGE_GROUPS.flatMap(({ stages }) => stages)

export function stageWords(stage: TemplateStage): StageWords {
  const found = STAGES.find((one) => one.stage === stage)
  if (!found) throw new TypeError(`No words for the stage "${stage}".`)
  return found
}

export const CHANNEL_WORDS: Record<Channel, string> = {
  email: 'E-mail',
  sms: 'Text message',
  account: 'Account page',
}

export const CHANNELS = Object.keys(CHANNEL_WORDS) as Channel[]

/** Every lane, as the editor names it. */
export const LANE_WORDS: Record<Lane | '*', string> = {
  '*': 'Every kind of failure',
  FUNDS: 'Short of money',
  ISSUER: 'Bank said no',
  TECH: 'Technical failure',
  CARD: 'Payment details',
  AUTH: 'Bank wants confirmation',
  STOP: 'Never retry',
  MERCHANT: 'Your shop’s side',
  STOCK: 'Out of stock',
  UNKNOWN: 'A reason we do not know',
}

const LANES = Object.keys(LANE_WORDS) as (Lane | '*')[]

/** The lanes that may have words of their own for a stage. `*` is always the first. */
export function lanesOf(stage: TemplateStage, channel: Channel): (Lane | '*')[] {
  if (stage === 'address' || isBeforeFailure(stage)) return ['*']
  const isOver = stage === 'recovered' || stage === 'ended'
  return LANES.filter(
    (lane) => lane === '*' || isPaymentLane(lane) || (isOver && channel !== 'sms'),
  )
}

export const LANGUAGE_CHOICES: { tag: LanguageTag; name: string }[] = LANGUAGES.map((tag) => ({
  tag,
  name: languageFor(tag).name,
}))

/** Which words an address names; what is left out is e-mail, every lane, and the language given. Null: none of ours. */
export function readKey(
  stage: string | undefined,
  query: URLSearchParams,
  language: LanguageTag,
): TemplateKey | null {
  const known = STAGES.find((one) => one.stage === stage)?.stage
  const channel = CHANNELS.find((one) => one === (query.get('channel') ?? 'email'))
  const tag = LANGUAGES.find((one) => one === (query.get('language') ?? language))
  if (!known || !channel || !tag) return null
  const wanted = query.get('lane') ?? '*'
  const lane = lanesOf(known, channel).find((one) => one === wanted)
  return lane ? { stage: known, lane, channel, tag } : null
}

export function addressOf({ stage, lane, channel, tag }: TemplateKey): string {
  const query = new URLSearchParams({ channel, lane, language: tag })
  return `/app/messages/${stage}?${query}`
}

/** What an own template starts from: our words, or a line to begin with where we have none. */
export function startingWords(key: TemplateKey): Template {
  return (
    defaultFor(key, null) ?? {
      subject: '',
      preview: '',
      blocks: [{ type: 'text', text: SMS_FOLLOWS }],
      commercial: false,
    }
  )
}
