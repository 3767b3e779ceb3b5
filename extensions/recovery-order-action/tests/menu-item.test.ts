/// <reference types="@shopify/ui-extensions/customer-account.order.action.menu-item.render" />
import { getExtension } from '@shopify/ui-extensions-tester'
import { waitFor } from '@testing-library/preact'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { aCase, readable, server, snapshotOf, speak } from '../../shared/tests/shopper.ts'
import en from '../locales/en.default.json'

const extension = getExtension('customer-account.order.action.menu-item.render')
beforeEach(() => {
  extension.setUp()
  extension.shopify.settings.value = { label: undefined }
  speak(extension.shopify, en, 'en')
})
afterEach(() => extension.tearDown())

test('leads to the page while a payment needs the shopper', async () => {
  const sent = server(extension, snapshotOf(aCase()))
  await extension.render()
  await waitFor(() => expect(readable()).toBe('Sort out a payment'))
  expect(document.querySelector('s-button')?.getAttribute('href')).toBe('extension:recovery-page/')
  expect(sent).toHaveLength(1)
})

test('says what the merchant wants it to say', async () => {
  extension.shopify.settings.value = { label: 'Zahlung' }
  server(extension, snapshotOf(aCase()))
  await extension.render()
  await waitFor(() => expect(readable()).toBe('Zahlung'))
})

test.each([
  ['nothing is wrong', snapshotOf()],
  ['it is over', snapshotOf(aCase({ status: 'recovered' }))],
  ['it lies with the shop', snapshotOf(aCase({ reason: 'merchant' }))],
  ['the server is down', 503],
  ['there is no connection', 'no connection' as const],
])('is not there when %s', async (_, reply) => {
  const sent = server(extension, reply)
  await extension.render()
  expect(document.body.innerHTML).toBe('')
  await waitFor(() => expect(sent).toHaveLength(1))
  await new Promise((done) => setTimeout(done))
  expect(document.body.innerHTML).toBe('')
})
