import { expect, test } from 'vitest'
import { onwardAddress } from './onward.ts'

const live = { sandbox: false }

test.each([
  'https://shop.app/pay/update/1',
  'https://demo.myshopify.com/challenge?a=b',
  'https://acs.bank.example/3ds',
])('a press may lead to %s', (address) => {
  expect(onwardAddress(address, live)?.href).toBe(address)
})

test.each([
  null,
  '',
  '/r/elsewhere',
  '//evil.example',
  'http://shop.app/pay',
  'javascript:alert(1)',
  'data:text/html,x',
  'https://shop.app@evil.example/',
  'https://user:pass@shop.app/',
  'https://shop.app:8443/',
  'https://127.0.0.1/',
  'https://10.0.0.1/',
  'https://169.254.169.254/latest/meta-data',
  'https://2130706433/',
  'https://[::1]/',
  'https://localhost/',
  'https://database.internal/',
  'https://intranet/',
  `https://shop.app/${'x'.repeat(5_000)}`,
])('a press never leads to %j', (address) => {
  expect(onwardAddress(address, live)).toBeNull()
})

test('the sandbox’s own pages are on this machine, and on no other', () => {
  expect(onwardAddress('http://localhost:4600/challenge/1', { sandbox: true })?.port).toBe('4600')
  expect(onwardAddress('http://evil.example/', { sandbox: true })).toBeNull()
  expect(onwardAddress('http://localhost:4600/challenge/1', live)).toBeNull()
})
