/// <reference types="@shopify/ui-extensions/customer-account.order-status.block.render" />
import { getExtension } from '@shopify/ui-extensions-tester'
import { fireEvent, waitFor } from '@testing-library/preact'
import { afterEach, describe, expect, test, vi } from 'vitest'
import {
  aCase,
  button,
  only,
  readable,
  recorded,
  server,
  snapshotOf,
  speak,
} from '../../shared/tests/shopper.ts'
import ar from '../locales/ar.json'
import de from '../locales/de.json'
import en from '../locales/en.default.json'

const places = {
  announcement: getExtension('customer-account.order-index.announcement.render'),
  list: getExtension('customer-account.order-index.block.render'),
  order: getExtension('customer-account.order-status.block.render'),
  profile: getExtension('customer-account.profile.block.render'),
}
type Place = keyof typeof places
const EVERYWHERE = Object.keys(places) as Place[]

/** As long as the merchant has saved none. The tester knows only the settings that are named. */
const NO_SETTINGS = {
  heading: undefined,
  in_order_list: undefined,
  in_order_status: undefined,
  in_profile: undefined,
}

let current: (typeof places)[Place] | null = null
afterEach(() => current?.tearDown())

function at<P extends Place>(place: P, texts: object = en, language = 'en'): (typeof places)[P] {
  const extension = places[place]
  current = extension
  extension.setUp()
  extension.shopify.settings.value = NO_SETTINGS
  speak(extension.shopify, texts, language)
  return extension
}

async function shown(text: string) {
  await waitFor(() => expect(readable()).toMatch(text))
}

describe.each(EVERYWHERE)('%s', (place) => {
  test('says that a payment needs the shopper, and leads to the page', async () => {
    const extension = at(place)
    const sent = server(extension, snapshotOf(aCase()))
    await extension.render()
    await shown('A subscription payment needs a moment of your time')
    expect(document.querySelector('[href]')?.getAttribute('href')).toBe('extension:recovery-page/')
    expect(sent).toHaveLength(1)
  })

  test.each([
    ['nothing is wrong', snapshotOf()],
    [
      'it is over',
      snapshotOf(
        ...recorded.cases
          .filter(({ status }) => /d$/.test(status))
          .filter(({ actions }) => !actions.resume.allowed),
      ),
    ],
    ['it lies with the shop', snapshotOf(aCase({ reason: 'merchant' }))],
    ['it is a technical problem', snapshotOf(aCase({ reason: 'tech' }))],
    ['the server is down', 503],
    ['there is no connection', 'no connection' as const],
  ])('draws nothing when %s, nor while it loads', async (_, reply) => {
    const extension = at(place)
    const sent = server(extension, reply)
    await extension.render()
    expect(document.body.innerHTML).toBe('')
    await waitFor(() => expect(sent).toHaveLength(1))
    await new Promise((done) => setTimeout(done))
    expect(document.body.innerHTML).toBe('')
  })
})

test('two failing subscriptions are one notice', async () => {
  const extension = at('list')
  server(extension, snapshotOf(aCase(), aCase({ id: '2', title: 'Tea', status: 'confirm' })))
  await extension.render()
  await shown('2 subscription payments need a moment')
  expect(readable()).toMatch('Coffee, monthly: the payment of €24.00 has not worked yet.')
  expect(readable()).toMatch('Tea: your bank wants you to confirm the payment of €24.00.')
  expect(document.querySelectorAll('s-banner')).toHaveLength(1)
})

test('less was chosen since: what failed is still the whole order, a bank is asked about the rest', async () => {
  const smaller = recorded.cases.find(({ actions }) => actions.whole.allowed)
  if (!smaller) throw new Error('none recorded')
  const extension = at('list')
  server(extension, snapshotOf(smaller, { ...smaller, id: '2', status: 'confirm' }))
  await extension.render()
  await shown('Muesli: the payment of €24.00 has not worked yet.')
  expect(readable()).toMatch('Muesli: your bank wants you to confirm the payment of €10.00.')
})

test.each([
  [de, 'de', 'Bis 3. Dezember 2026 können Sie das in Ordnung bringen.'],
  [ar, 'ar', 'عرض الخيارات'],
] as const)('in the shopper’s language', async (texts, language, words) => {
  const extension = at('profile', texts, language)
  server(extension, snapshotOf(aCase()))
  await extension.render()
  await shown(words)
})

test('the profile also offers to resume what is paused, the order list does not', async () => {
  const paused = snapshotOf(aCase({ status: 'paused', actions: only(['resume']) }))
  const list = at('list')
  const sent = server(list, paused)
  await list.render()
  await waitFor(() => expect(sent).toHaveLength(1))
  await new Promise((done) => setTimeout(done))
  expect(document.body.innerHTML).toBe('')
  list.tearDown()

  const profile = at('profile')
  server(profile, paused)
  await profile.render()
  await shown('Your subscription is paused')
  expect(button('Resume').getAttribute('href')).toBe('extension:recovery-page/')
})

test('two paused subscriptions are two', async () => {
  const paused = aCase({ status: 'paused', actions: only(['resume']) })
  const extension = at('profile')
  server(extension, snapshotOf(paused, { ...paused, id: '2' }))
  await extension.render()
  await shown('2 subscriptions are paused')
})

test('opened from a mail without a login: no product, no amount, only the way in', async () => {
  const extension = at('order')
  extension.shopify.authenticationState.value = 'pre_authenticated'
  const requireLogin = vi.fn(async () => {})
  extension.shopify.requireLogin = requireLogin
  server(extension, snapshotOf(aCase()))
  await extension.render()
  await shown('Please log in')
  expect(readable()).not.toMatch(/Coffee|24/)
  fireEvent.click(button('Log in'))
  expect(requireLogin).toHaveBeenCalledTimes(1)
})

test('the merchant’s own heading, and a place that is switched off', async () => {
  const order = at('order')
  order.shopify.settings.value = { ...NO_SETTINGS, heading: 'Psst' }
  server(order, snapshotOf(aCase()))
  await order.render()
  await shown('Psst')
  order.tearDown()

  const profile = at('profile')
  profile.shopify.settings.value = { ...NO_SETTINGS, in_profile: false }
  const sent = server(profile, snapshotOf(aCase()))
  await profile.render()
  await new Promise((done) => setTimeout(done))
  expect(document.body.innerHTML).toBe('')
  expect(sent).toHaveLength(0)
})
