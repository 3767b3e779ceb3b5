/** The stories. Each sets one scene; the calendar and Reprise do the rest. */

import { replyInBackground } from '../phones.ts'
import { DEMO_SHOPS } from '../sandbox.ts'
import { revokeTokens } from '../tokens.ts'
import { answerChallenge, billElsewhere } from '../world/attempts.ts'
import { asCard } from '../world/cards.ts'
import { type MadeContract, setSkipped, setStatus } from '../world/contracts.ts'
import { iso } from '../world/instants.ts'
import { replaceMethod } from '../world/methods.ts'
import { breakProcessor, mendProcessor, uninstall } from '../world/shops.ts'
import { setStock } from '../world/stock.ts'
import { shopOf } from '../world/world.ts'
import type { Scene } from './scene.ts'

export type Story = {
  name: string
  title: string
  /** One or two sentences for the front page. */
  teaser: string
  /** The shops whose app must be open; the home shop when it is not said. */
  shops?: string[]
  play: (scene: Scene) => MadeContract
}

const HOUR_MS = 3_600_000
const AWAY = DEMO_SHOPS[1].domain
const FAILURE = 'subscription_billing_attempts/failure'
const SUCCESS = 'subscription_billing_attempts/success'

export const STORIES: Story[] = [
  {
    name: 'no-money-until-payday',
    title: 'No money until payday',
    teaser:
      'Mara’s card is charged on the 12th at nine; her wages come on the 15th. Nobody should write to her three times for that.',
    play: (scene) => {
      const firstChargeAt = scene.nextDayOfMonth(12, '09:00')
      const payday = firstChargeAt - 9 * HOUR_MS + 3 * 24 * HOUR_MS
      return scene.subscribe({
        person: { firstName: 'Mara', lastName: 'Lindqvist', city: 'Berlin' },
        product: 'House espresso, 1 kg',
        price: '24.90',
        firstChargeAt,
        script: { type: 'no_money_until', at: iso(payday) },
      })
    },
  },
  {
    name: 'expired-card',
    title: 'The card has expired',
    teaser:
      'No retry can help an expired card, so none is made. On the third day Jonas gives a new one, and it is charged at once.',
    play: (scene) => {
      const made = scene.subscribe({
        person: { firstName: 'Jonas', lastName: 'Weber', city: 'Hamburg' },
        product: 'Single origin, Ethiopia',
        price: '18.50',
        script: { type: 'expired' },
      })
      scene.later(scene.day(4, '18:30'), 'Jonas gives a new card', () => {
        const card = asCard({ last4: '1881', expiryYear: 2031, script: { type: 'ok' } })
        replaceMethod(scene.world, made.contract, made.customer, card)
      })
      return made
    },
  },
  {
    name: 'less-this-time',
    title: 'One bag will do',
    teaser:
      'There is money for one bag of coffee on Nadia’s card, not for two and the filters. Say under Settings that shoppers may take less of one order; then open her mail and be her.',
    play: (scene) =>
      scene.subscribe({
        person: { firstName: 'Nadia', lastName: 'Haddad', city: 'Potsdam' },
        product: 'Morning roast, 500 g',
        price: '14.50',
        quantity: 2,
        also: [{ title: 'Paper filters', price: '4.90', quantity: 1 }],
        script: { type: 'no_money_above', amount: '20.00' },
      }),
  },
  {
    name: 'text-and-stop',
    title: 'A text, and a STOP',
    teaser:
      'Paula’s card has expired, and she agreed to texts. One reaches her phone at a civil hour; the next day she answers STOP, and no other follows. Mails go on.',
    play: (scene) => {
      const made = scene.subscribe({
        person: { firstName: 'Paula', lastName: 'Brandt', city: 'Bremen', acceptsTexts: true },
        product: 'Cold brew blend, 500 g',
        price: '16.80',
        script: { type: 'expired' },
      })
      const number = made.customer.phone ?? ''
      scene.later(scene.day(6, '17:30'), 'Paula answers STOP to her text', () => {
        replyInBackground(scene.sandbox, number, 'STOP')
      })
      return made
    },
  },
  {
    name: 'issuer-moody',
    title: 'A bank in a bad mood',
    teaser:
      'The bank says no three times and never says why. The fourth charge goes through, on a different day at a different hour.',
    play: (scene) =>
      scene.subscribe({
        person: { firstName: 'Aylin', lastName: 'Demir', city: 'Köln' },
        product: 'Filter roast, weekly grind',
        price: '15.00',
        script: {
          type: 'moody',
          codes: ['DO_NOT_HONOR', 'CARD_DECLINED', 'GENERIC_ERROR'],
          okOnAttempt: 4,
        },
      }),
  },
  {
    name: 'processor-outage',
    title: 'The payment processor is down',
    teaser:
      'Nothing is wrong with the card. The processor comes back on the second day; the shopper need not hear of it.',
    play: (scene) =>
      scene.subscribe({
        person: { firstName: 'Tomasz', lastName: 'Nowak', city: 'Leipzig' },
        product: 'Decaf, 500 g',
        price: '12.40',
        script: { type: 'processor_down', until: iso(scene.day(2, '06:00')) },
      }),
  },
  {
    name: 'everybody-fails',
    title: 'The processor breaks for everyone',
    teaser:
      'Seven good cards fail in one morning. Nobody is to blame, so nobody is written to: Reprise holds everything back, tells the merchant once, and goes on by itself when a payment passes the next day.',
    play: (scene) => {
      const shop = shopOf(scene.world, scene.home)
      breakProcessor(shop, 'PAYMENT_PROVIDER_ERROR')
      const subscribe = (firstName: string) =>
        scene.subscribe({
          person: { firstName, lastName: 'Albrecht', city: 'Berlin' },
          product: 'Monday box, 500 g',
          price: '12.50',
          script: { type: 'ok' },
        })
      for (const firstName of ['Alma', 'Bruno', 'Carla', 'Deniz', 'Elif', 'Fritz'])
        subscribe(firstName)
      scene.later(scene.day(2, '08:00'), 'the payment processor is back', () => {
        mendProcessor(scene.world, shop)
      })
      return subscribe('Greta')
    },
  },
  {
    name: 'out-of-stock',
    title: 'Sold out',
    teaser:
      'The coffee is sold out, so there is nothing to charge for. The merchant hears of it, the shopper does not. Two days later it is back.',
    play: (scene) => {
      const made = scene.subscribe({
        person: { firstName: 'Freya', lastName: 'Holm', city: 'Flensburg' },
        product: 'Christmas blend',
        price: '21.00',
        script: { type: 'ok' },
        stock: 0,
      })
      scene.later(scene.day(3, '07:00'), 'the coffee is back in stock', () => {
        setStock(scene.world, made.variant, 40)
      })
      return made
    },
  },
  {
    name: 'lost-answer',
    title: 'The answer got lost',
    teaser:
      'Shopify took the retry, and the line went dead before its answer arrived. Was the card charged? Reprise finds out before it does anything else.',
    play: (scene) => {
      scene.fault('subscriptionBillingAttemptCreate', 'lose_answer')
      return scene.subscribe({
        person: { firstName: 'Luca', lastName: 'Moretti', city: 'München' },
        product: 'Moka grind, 750 g',
        price: '19.90',
        script: { type: 'codes', codes: ['INSUFFICIENT_FUNDS', 'OK'] },
      })
    },
  },
  {
    name: 'webhook-twice',
    title: 'The same news twice',
    teaser:
      'Shopify reports one failure twice at the same moment. One case opens, one card is charged.',
    play: (scene) => {
      scene.webhooksGo({ topic: FAILURE, mode: 'twice', times: 2 })
      return scene.subscribe({
        person: { firstName: 'Nora', lastName: 'Baumann', city: 'Bremen' },
        product: 'Espresso duo',
        price: '29.00',
        script: { type: 'codes', codes: ['INSUFFICIENT_FUNDS', 'INSUFFICIENT_FUNDS', 'OK'] },
      })
    },
  },
  {
    name: 'webhook-late',
    title: 'The news comes late',
    teaser:
      'The failure is twenty hours old when Shopify tells of it. The schedule counts from the failure, not from the news.',
    play: (scene) => {
      scene.webhooksGo({ topic: FAILURE, mode: 'late', delayMs: 20 * HOUR_MS })
      return scene.subscribe({
        person: { firstName: 'Emil', lastName: 'Krause', city: 'Dresden' },
        product: 'Cold brew kit',
        price: '34.00',
        script: { type: 'codes', codes: ['INSUFFICIENT_FUNDS', 'OK'] },
      })
    },
  },
  {
    name: 'webhook-lost-success',
    title: 'The good news never arrives',
    teaser:
      'The retry succeeds and Shopify’s message about it is lost. Reprise looks for itself and charges nobody twice.',
    play: (scene) => {
      scene.webhooksGo({ topic: SUCCESS, mode: 'lost' })
      return scene.subscribe({
        person: { firstName: 'Ida', lastName: 'Sørensen', city: 'Kiel' },
        product: 'Nordic light roast',
        price: '17.80',
        script: { type: 'codes', codes: ['INSUFFICIENT_FUNDS', 'OK'] },
      })
    },
  },
  {
    name: 'paid-elsewhere',
    title: 'Paid by somebody else',
    teaser:
      'On the second evening the merchant takes the payment by hand. Reprise notices and closes the case without a charge.',
    play: (scene) => {
      const made = scene.subscribe({
        person: { firstName: 'Paul', lastName: 'Richter', city: 'Nürnberg' },
        product: 'Office box, 3 kg',
        price: '62.00',
        script: { type: 'code', code: 'INSUFFICIENT_FUNDS' },
      })
      scene.later(scene.day(3, '20:00'), 'the merchant takes the payment by hand', () => {
        billElsewhere(scene.world, made.contract, 1)
      })
      return made
    },
  },
  {
    name: 'paused-midway',
    title: 'Paused in the middle',
    teaser:
      'Clara pauses her subscription while it is unpaid. Everything waits until she resumes it four days later.',
    play: (scene) => {
      const made = scene.subscribe({
        person: { firstName: 'Clara', lastName: 'Vogel', city: 'Freiburg' },
        product: 'Breakfast blend',
        price: '16.20',
        script: { type: 'codes', codes: ['INSUFFICIENT_FUNDS', 'INSUFFICIENT_FUNDS', 'OK'] },
      })
      scene.later(scene.day(3, '12:00'), 'Clara pauses', () => {
        setStatus(scene.world, made.contract, 'pause')
      })
      scene.later(scene.day(7, '12:00'), 'Clara resumes', () => {
        setStatus(scene.world, made.contract, 'activate')
      })
      return made
    },
  },
  {
    name: 'cancelled-midway',
    title: 'Cancelled in the middle',
    teaser: 'Ben cancels while his payment is outstanding. From that moment his card is safe.',
    play: (scene) => {
      const made = scene.subscribe({
        person: { firstName: 'Ben', lastName: 'Okafor', city: 'Hannover' },
        product: 'Dark roast, 500 g',
        price: '13.90',
        script: { type: 'code', code: 'INSUFFICIENT_FUNDS' },
      })
      scene.later(scene.day(3, '21:00'), 'Ben cancels', () => {
        setStatus(scene.world, made.contract, 'cancel')
      })
      return made
    },
  },
  {
    name: 'skipped-midway',
    title: 'Skipped in the middle',
    teaser:
      'Hanna skips this month’s delivery after the charge for it failed. The case closes; the next month comes as usual.',
    play: (scene) => {
      const made = scene.subscribe({
        person: { firstName: 'Hanna', lastName: 'Schulz', city: 'Potsdam' },
        product: 'Tasting set',
        price: '27.50',
        script: { type: 'code', code: 'INSUFFICIENT_FUNDS' },
      })
      scene.later(scene.day(3, '10:30'), 'Hanna skips this cycle', () => {
        setSkipped(scene.world, made.contract, 1, true)
      })
      return made
    },
  },
  {
    name: 'unknown-code',
    title: 'A code nobody has seen',
    teaser:
      'Shopify invents a new reason for a decline. Reprise does not guess: one careful retry three days later, neutral words.',
    play: (scene) =>
      scene.subscribe({
        person: { firstName: 'Selma', lastName: 'Aydin', city: 'Stuttgart' },
        product: 'Turkish grind',
        price: '14.60',
        script: { type: 'codes', codes: ['payment:MARTIAN_ERROR', 'OK'] },
      }),
  },
  {
    name: 'bank-challenge',
    title: 'The bank wants to be sure',
    teaser:
      'Only Felix can confirm this charge, on his bank’s page. He does so the next evening, unless you do it for him first.',
    play: (scene) => {
      const made = scene.subscribe({
        person: { firstName: 'Felix', lastName: 'Brandt', city: 'Mainz' },
        product: 'Barista choice',
        price: '32.00',
        script: { type: 'challenge', then: 'OK' },
      })
      scene.later(scene.day(2, '19:00'), 'Felix confirms with his bank', () => {
        const open = [...scene.world.attempts.values()].find(
          (each) => each.contractId === made.contract.id && each.outcome.type === 'action_required',
        )
        if (open) answerChallenge(scene.world, open, 'pass')
      })
      return made
    },
  },
  {
    name: 'uninstalled-midway',
    title: 'The merchant removes Reprise',
    teaser:
      'Tideline Tea uninstalls the app while a case is open. The case freezes at once: nothing is charged, nobody is written to. Two days later its data goes.',
    // In the second shop: its data is erased afterwards, and the first shop has the other stories.
    shops: [AWAY],
    play: (scene) => {
      const made = scene.subscribe({
        shop: AWAY,
        person: { firstName: 'Owen', lastName: 'Marsh', province: 'NY', city: 'Albany' },
        product: 'Smoked black, 100 g',
        price: '9.80',
        script: { type: 'code', code: 'INSUFFICIENT_FUNDS' },
      })
      scene.later(scene.day(3, '15:00', AWAY), 'the merchant uninstalls the app', () => {
        const shop = shopOf(scene.world, AWAY)
        uninstall(scene.world, shop)
        revokeTokens(scene.sandbox.tokens, shop.domain)
      })
      return made
    },
  },
  {
    name: 'deadline-and-pause',
    title: 'The deadline comes',
    teaser:
      'This card never pays. After the last notice the deadline comes, and the subscription is paused rather than cancelled.',
    play: (scene) =>
      scene.subscribe({
        person: { firstName: 'Viktor', lastName: 'Hahn', city: 'Rostock' },
        product: 'Strong roast, 1 kg',
        price: '23.30',
        script: { type: 'code', code: 'INSUFFICIENT_FUNDS' },
      }),
  },
  {
    name: 'two-shops',
    title: 'Two shops at once',
    teaser:
      'A failure in Berlin and one in New York on the same day: each shop sees its own, each shopper hears in daylight.',
    shops: DEMO_SHOPS.map(({ domain }) => domain),
    play: (scene) => {
      scene.subscribe({
        shop: AWAY,
        person: { firstName: 'Grace', lastName: 'Whitfield', province: 'NY', city: 'New York' },
        product: 'Tideline oolong',
        price: '22.00',
        script: { type: 'codes', codes: ['INSUFFICIENT_FUNDS', 'OK'] },
      })
      return scene.subscribe({
        person: { firstName: 'Anton', lastName: 'Berger', city: 'Berlin' },
        product: 'Guest roaster',
        price: '20.00',
        script: { type: 'codes', codes: ['INSUFFICIENT_FUNDS', 'OK'] },
      })
    },
  },
]
