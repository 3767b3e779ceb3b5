import { describe, expect, test } from 'vitest'
import { addressAt, readDomain } from './domain.ts'

const OURS = 'mail.reprise.example'

describe('a domain that mails are to come from', () => {
  test.each([
    [' Notices.Example.com. ', 'notices.example.com'],
    ['example.co.uk', 'example.co.uk'],
    ['bücher.example.de', 'xn--bcher-kva.example.de'],
  ])('%j is %s', (typed, domain) => {
    expect(readDomain(typed, OURS)).toEqual({ domain })
    expect(addressAt(domain)).toBe(`notices@${domain}`)
  })

  test.each([
    ['', /Enter your domain/],
    ['mara@example.com', /behind the @/],
    ['https://example.com/', /without https/],
    ['example.com:8080', /without https/],
    ['exa mple.com', /without https/],
    ['example', /not on the internet/],
    ['printer.local', /not on the internet/],
    ['localhost', /not on the internet/],
    ['127.0.0.1', /number of a machine/],
    ['0x7f.1', /number of a machine/],
    ['[::1]', /without https/],
    ['-bad-.example.com', /not a domain/],
    ['a_b.example.com', /not a domain/],
    [`${'a'.repeat(64)}.com`, /not a domain/],
    ['gmail.com', /mail provider/],
    ['GMX.de', /mail provider/],
    ['bean-and-bloom.myshopify.com', /platform/],
    ['u7.wl.sendgrid.net', /platform/],
    [OURS, /Reprise sends from/],
    [`a.${OURS}`, /Reprise sends from/],
    ['reprise.example', /Reprise sends from/],
  ])('%j is refused, and the field says why', (typed, why) => {
    expect(readDomain(typed, OURS)).toEqual({ error: expect.stringMatching(why) })
  })
})
