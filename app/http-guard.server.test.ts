import type { IncomingHttpHeaders } from 'node:http'
import { expect, test } from 'vitest'
import { clientAddress } from './http-guard.server.ts'

const from = (remoteAddress: string, headers: IncomingHttpHeaders = {}) =>
  clientAddress({ headers, socket: { remoteAddress } } as Parameters<typeof clientAddress>[0])

test.each(['127.0.0.1', '::1', '::ffff:10.1.2.3', '172.16.0.9', '192.168.1.1', 'fd00::1'])(
  'a load balancer at %s is believed, for the address that it added itself',
  (balancer) => {
    expect(from(balancer, { 'x-forwarded-for': 'made up, 203.0.113.7' })).toBe('203.0.113.7')
  },
)

test.each(['198.51.100.4', '172.32.0.1', '2001:db8::1'])(
  'a caller from %s cannot give itself another address',
  (caller) => {
    expect(from(caller, { 'x-forwarded-for': '10.0.0.1' })).toBe(caller)
  },
)

test('without the header, or with an empty one, the connection’s own address counts', () => {
  expect(from('127.0.0.1')).toBe('127.0.0.1')
  expect(from('127.0.0.1', { 'x-forwarded-for': '' })).toBe('127.0.0.1')
})
