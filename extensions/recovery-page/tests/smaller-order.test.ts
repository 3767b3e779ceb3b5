/// <reference types="@shopify/ui-extensions/customer-account.page.render" />
import { getExtension } from '@shopify/ui-extensions-tester'
import { fireEvent, waitFor } from '@testing-library/preact'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Case, OrderLine } from '../../shared/src/api.ts'
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
import { LANGUAGES } from './languages.ts'

const { en } = LANGUAGES

const extension = getExtension('customer-account.page.render')
beforeEach(() => {
  extension.setUp()
  extension.shopify.settings.value = { intro: undefined, help_url: undefined }
  speak(extension.shopify, en, 'en')
})
afterEach(() => extension.tearDown())

const MAKE_SMALLER = 'Make this order smaller'
const TAKE_WHOLE = 'Take the whole order again'
const ESPRESSO = 'House espresso 250 g, €8.00 each'
const FILTERS = 'Paper filters, €4.00 each'
const NONE_LEFT = 'Please keep at least one piece.'
const NOTHING_LESS = 'This is the whole order.'

/** The recorded order of which less was chosen: €10.00 instead of €24.00. */
function aSmallerCase(changes: Partial<Case> = {}): Case {
  const found = recorded.cases.find(({ actions }) => actions.whole.allowed)
  if (!found) throw new Error('none recorded')
  return { ...structuredClone(found), ...changes }
}

/** An order of one line, nothing of it chosen less. */
const orderOf = (quantity: number): Case['order'] => ({
  lines: [
    {
      id: 'gid://shopify/SubscriptionLine/31',
      title: 'Candles',
      quantity,
      chosen: quantity,
      price: { amount: '0.80', currency: 'EUR' },
    },
  ],
  whole: { amount: '24.00', currency: 'EUR' },
})

async function shown(text: string | RegExp) {
  await waitFor(() => expect(readable()).toMatch(text))
}

const all = (selector: string) => [...document.body.querySelectorAll<HTMLElement>(selector)]

type Field = HTMLElement & { value?: string }

function field(label: string): Field {
  const found = all('s-select, s-number-field').find((one) => one.getAttribute('label') === label)
  if (!found) throw new Error(`There is no field "${label}" in:\n${readable()}`)
  return found
}

/** A property once it was set, before that an attribute: jsdom does not know the element. */
const valueIn = (label: string) => field(label).value ?? field(label).getAttribute('value')
const errorIn = (label: string) => field(label).getAttribute('error') ?? ''

function pick(label: string, value: string) {
  const at = field(label)
  at.value = value
  fireEvent.change(at)
}

async function opened(
  ...replies: Parameters<typeof server> extends [unknown, ...infer R] ? R : []
) {
  const sent = server(extension, ...replies)
  await extension.render()
  await shown(/Coffee, monthly|Muesli/)
  return sent
}

describe('taking less of this order', () => {
  test('offers for each line what it holds, and says what it means', async () => {
    await opened(snapshotOf(aCase()))
    expect(readable()).toMatch('Take less this time')
    expect(readable()).toMatch('Only this order changes; the next one is whole again.')
    expect(readable()).toMatch('Choosing charges nothing')
    const offered = [ESPRESSO, FILTERS].map((label) =>
      [...field(label).querySelectorAll('s-option')].map((option) => [
        option.getAttribute('value'),
        option.textContent,
      ]),
    )
    expect(offered).toEqual([
      [
        ['0', 'None this time'],
        ['1', '1'],
        ['2', '2'],
      ],
      [
        ['0', 'None this time'],
        ['1', '1'],
      ],
    ])
    expect([ESPRESSO, FILTERS].map(valueIn)).toEqual(['2', '1'])
    expect(readable()).not.toMatch('You chose a smaller order')
  })

  test('sends every line in one request; what failed stays what failed, what is to be paid is less', async () => {
    const lines = (espresso: number, filters: number): OrderLine[] =>
      (aCase().order?.lines ?? []).map((line, at) => ({
        ...line,
        chosen: [espresso, filters][at] ?? 0,
      }))
    const smaller = aCase({
      amount: { amount: '12.00', currency: 'EUR' },
      order: { lines: lines(1, 0), whole: { amount: '24.00', currency: 'EUR' } },
      actions: { ...aCase().actions, whole: { allowed: true, because: null } },
    })
    const toast = vi.fn(async () => ({ hide: () => {} }))
    extension.shopify.toast.show = toast as never
    const sent = await opened(snapshotOf(aCase()), snapshotOf(smaller))
    pick(ESPRESSO, '1')
    pick(FILTERS, '0')
    fireEvent.click(button(MAKE_SMALLER))
    await shown('You chose a smaller order: €12.00 instead of €24.00.')
    expect(sent).toHaveLength(2)
    expect(sent[1]).toMatchObject({ method: 'POST', path: 'offers/smaller' })
    expect(sent[1]?.body).toEqual({
      caseId: 'case-1',
      lines: [
        { id: 'gid://shopify/SubscriptionLine/11', quantity: 1 },
        { id: 'gid://shopify/SubscriptionLine/12', quantity: 0 },
      ],
    })
    expect(toast).toHaveBeenCalledWith('Your order is smaller this time.')
    expect(readable()).toMatch('We could not process the payment of €24.00 on November 12, 2026.')
    expect(button('Pay €12.00 now')).toBeTruthy()
    expect([ESPRESSO, FILTERS].map(valueIn)).toEqual(['1', '0'])
    expect(button(TAKE_WHOLE)).toBeTruthy()
  })

  test('says at once when nothing is left, where it was picked, and sends nothing', async () => {
    const sent = await opened(snapshotOf(aCase()))
    pick(FILTERS, '0')
    await waitFor(() => expect(valueIn(FILTERS)).toBe('0'))
    expect(readable()).not.toMatch(NONE_LEFT)
    pick(ESPRESSO, '0')
    await waitFor(() => expect(errorIn(ESPRESSO)).toMatch(NONE_LEFT))
    expect(errorIn(FILTERS)).toBe('')
    fireEvent.click(button(MAKE_SMALLER))
    pick(ESPRESSO, '1')
    await waitFor(() => expect(errorIn(ESPRESSO)).toBe(''))
    expect(sent).toHaveLength(1)
    fireEvent.click(button(MAKE_SMALLER))
    await waitFor(() => expect(sent).toHaveLength(2))
  })

  test('nobody is told that it is the whole order before they press', async () => {
    const sent = await opened(snapshotOf(aCase()))
    pick(ESPRESSO, '1')
    pick(ESPRESSO, '2')
    await waitFor(() => expect(valueIn(ESPRESSO)).toBe('2'))
    expect(readable()).not.toMatch(NOTHING_LESS)
    fireEvent.click(button(MAKE_SMALLER))
    await shown(NOTHING_LESS)
    pick(FILTERS, '0')
    await waitFor(() => expect(readable()).not.toMatch(NOTHING_LESS))
    expect(sent).toHaveLength(1)
  })

  test('more than twenty pieces are typed, within what there is', async () => {
    const candles = 'Candles, €0.80 each'
    const sent = await opened(snapshotOf(aCase({ order: orderOf(21) })))
    const typed = field(candles)
    expect(typed.localName).toBe('s-number-field')
    expect(['min', 'max', 'value'].map((name) => typed.getAttribute(name))).toEqual([
      '0',
      '21',
      '21',
    ])
    for (const wrong of ['22', '-1', '1.5', '']) {
      pick(candles, wrong)
      await waitFor(() => expect(errorIn(candles)).toMatch('a whole number from 0 to 21'))
      fireEvent.click(button(MAKE_SMALLER))
    }
    expect(sent).toHaveLength(1)
    pick(candles, '20')
    await waitFor(() => expect(errorIn(candles)).toBe(''))
    fireEvent.click(button(MAKE_SMALLER))
    await waitFor(() => expect(sent).toHaveLength(2))
    expect(sent[1]?.body).toEqual({
      caseId: 'case-1',
      lines: [{ id: 'gid://shopify/SubscriptionLine/31', quantity: 20 }],
    })
  })

  test('twenty pieces are still a list', async () => {
    await opened(snapshotOf(aCase({ order: orderOf(20) })))
    expect(field('Candles, €0.80 each').querySelectorAll('s-option')).toHaveLength(21)
  })

  test('what was picked stays while the order does, and is forgotten with it', async () => {
    const fewer = aCase()
    fewer.order = orderOf(3)
    await opened(
      snapshotOf(aCase()),
      'no connection',
      409,
      snapshotOf(aCase()),
      409,
      snapshotOf(fewer),
    )
    pick(ESPRESSO, '1')
    fireEvent.click(button(MAKE_SMALLER))
    await shown('nothing will be done twice')
    expect(valueIn(ESPRESSO)).toBe('1')
    fireEvent.click(button(MAKE_SMALLER))
    await shown('Something had changed in the meantime.')
    await waitFor(() => expect(all('s-button[loading]')).toEqual([]))
    expect(valueIn(ESPRESSO)).toBe('1')
    fireEvent.click(button(MAKE_SMALLER))
    await shown('Candles')
    expect(valueIn('Candles, €0.80 each')).toBe('3')
  })

  test.each([
    ['is not offered', aCase({ actions: only(['pay', 'skip', 'whole'], 'not_offered') })],
    ['is not known', aCase({ order: null })],
  ])('is not shown when it %s', async (_, one) => {
    await opened(snapshotOf(one))
    expect(readable()).not.toMatch('Take less this time')
    expect(all('s-select')).toEqual([])
  })
})

describe('an order of which less was chosen', () => {
  test('is said beside what failed, and can be whole again by one press', async () => {
    const whole = aSmallerCase({
      amount: { amount: '24.00', currency: 'EUR' },
      actions: aCase().actions,
    })
    for (const line of whole.order?.lines ?? []) line.chosen = line.quantity
    const sent = await opened(snapshotOf(aSmallerCase()), snapshotOf(whole))
    expect(readable()).toMatch('We could not process the payment of €24.00')
    expect(readable()).toMatch('You chose a smaller order: €10.00 instead of €24.00.')
    expect(button('Pay €10.00 now')).toBeTruthy()
    fireEvent.click(button(TAKE_WHOLE))
    await waitFor(() => expect(readable()).not.toMatch('You chose a smaller order'))
    expect(sent[1]).toMatchObject({ method: 'POST', path: 'offers/whole' })
    expect(sent[1]?.body).toEqual({ caseId: 'case-8' })
    expect(button('Pay €24.00 now')).toBeTruthy()
    expect(() => button(TAKE_WHOLE)).toThrow()
  })

  test('picked smaller, taken whole again: the lists show the whole order, not what was once picked', async () => {
    const before = aSmallerCase({ actions: aCase().actions })
    for (const line of before.order?.lines ?? []) line.chosen = line.quantity
    const muesli = 'Berry muesli, €6.00 each'
    const biscuits = 'Oat biscuits, €2.00 each'
    await opened(snapshotOf(before), snapshotOf(aSmallerCase()), snapshotOf(before))
    pick(muesli, '2')
    pick(biscuits, '0')
    fireEvent.click(button(MAKE_SMALLER))
    await shown('You chose a smaller order')
    expect([muesli, biscuits].map(valueIn)).toEqual(['1', '0'])
    fireEvent.click(button(TAKE_WHOLE))
    await waitFor(() => expect([muesli, biscuits].map(valueIn)).toEqual(['3', '1']))
  })

  test('everything picked back in its lists: said at once, for that has a button of its own', async () => {
    const sent = await opened(snapshotOf(aSmallerCase()))
    pick('Berry muesli, €6.00 each', '3')
    pick('Oat biscuits, €2.00 each', '1')
    await shown(NOTHING_LESS)
    fireEvent.click(button(MAKE_SMALLER))
    await new Promise((done) => setTimeout(done))
    expect(sent).toHaveLength(1)
  })

  test('a bank is asked about what is to be paid, not about what failed', async () => {
    const waits = { reason: 'auth', actions: only(['confirm', 'whole']) } as const
    await opened(
      snapshotOf(
        aSmallerCase({ ...waits, status: 'confirm' }),
        aSmallerCase({ ...waits, id: '2' }),
      ),
    )
    expect(readable()).toMatch('confirm the payment of €10.00')
    expect(readable()).toMatch('The last confirmation of the payment of €10.00')
    expect(readable()).not.toMatch('payment of €24.00')
  })
})

describe('while one press is under way', () => {
  test.each([
    [MAKE_SMALLER, TAKE_WHOLE],
    [TAKE_WHOLE, MAKE_SMALLER],
  ])('“%s” shows that it works, and “%s” waits', async (pressed, other) => {
    await opened(snapshotOf(aSmallerCase()))
    const answer = extension.fetch
    let release = () => {}
    const held = new Promise<void>((done) => {
      release = done
    })
    extension.fetch = (async (...given: Parameters<typeof fetch>) => {
      await held
      return answer(...given)
    }) as typeof fetch
    fireEvent.click(button(pressed))
    await waitFor(() => expect(button(pressed).hasAttribute('loading')).toBe(true))
    expect(button(pressed).hasAttribute('disabled')).toBe(false)
    expect(button(other).hasAttribute('disabled')).toBe(true)
    expect(button(other).hasAttribute('loading')).toBe(false)
    release()
    await waitFor(() => expect(button(other).hasAttribute('disabled')).toBe(false))
    expect(button(pressed).hasAttribute('loading')).toBe(false)
  })
})

test.each(Object.entries(LANGUAGES))('every word of it is there in %s', async (language, texts) => {
  speak(extension.shopify, texts, language)
  const { smaller } = texts.choice
  await opened(snapshotOf(aSmallerCase(), aCase({ id: '2', order: orderOf(30) })))
  const [muesli, biscuits] = all('s-select')
  const [candles] = all('s-number-field')
  const pickAt = (at: Field | undefined, value: string) => {
    if (!at) throw new Error('A field is missing.')
    at.value = value
    fireEvent.change(at)
  }
  const start = (text: string) => text.split('{{')[0] ?? text
  pickAt(muesli, '0')
  await shown(smaller.none_left)
  pickAt(muesli, '3')
  pickAt(biscuits, '1')
  await shown(smaller.nothing_less)
  pickAt(candles, 'x')
  await shown(start(smaller.number))
  for (const text of [smaller.title, smaller.means, smaller.none, smaller.do, smaller.whole])
    expect(readable()).toContain(text)
  expect(readable()).toContain(start(texts.story.smaller))
  expect(readable()).not.toMatch(/[{}]|undefined|null/)
})
