import { describe, expect, test } from 'vitest'
import { digestSince, nextDigestAt, renderStaffMail } from './staff-mail.ts'

describe('the digest comes at 8:00 by the shop’s clock', () => {
  test.each([
    ['daily', 'Europe/Berlin', '2026-11-12T06:59:59Z', '2026-11-12T07:00:00Z'],
    ['daily', 'Europe/Berlin', '2026-11-12T07:00:00Z', '2026-11-13T07:00:00Z'],
    // Summer time ends in the night to October 25: 25 hours.
    ['daily', 'Europe/Berlin', '2026-10-24T06:00:00Z', '2026-10-25T07:00:00Z'],
    // It begins in the night to March 28: 23 hours.
    ['daily', 'Europe/Berlin', '2027-03-27T07:00:00Z', '2027-03-28T06:00:00Z'],
    ['daily', 'America/New_York', '2026-10-31T12:00:00Z', '2026-11-01T13:00:00Z'],
    ['daily', 'Pacific/Kiritimati', '2026-11-12T12:00:00Z', '2026-11-12T18:00:00Z'],
    ['weekly', 'Europe/Berlin', '2026-11-12T12:00:00Z', '2026-11-16T07:00:00Z'],
    ['weekly', 'Europe/Berlin', '2026-11-16T07:00:00Z', '2026-11-23T07:00:00Z'],
    ['weekly', 'Asia/Tokyo', '2026-11-15T22:00:00Z', '2026-11-15T23:00:00Z'],
  ] as const)('%s in %s after %s', (digest, zone, after, at) => {
    expect(nextDigestAt(digest, zone, new Date(after))).toEqual(new Date(at))
  })

  test('and tells of what happened since the one before', () => {
    const since = (digest: 'daily' | 'weekly') => digestSince(digest, 'Europe/Berlin', '2026-10-26')
    expect(since('daily')).toEqual(new Date('2026-10-25T07:00:00Z'))
    expect(since('weekly')).toEqual(new Date('2026-10-19T06:00:00Z'))
  })
})

test('both parts say the same, and nothing that was said becomes HTML', () => {
  const { text, html } = renderStaffMail({
    subject: 's',
    intro: 'Bean & Bloom <b>',
    parts: [{ title: 'Open tasks: 1', lines: ['<script>alert(1)</script>'] }],
    link: { label: 'Open the tasks', url: 'https://x.example/app?a=1&b="2"' },
    why: 'Because.',
  })
  expect(text).toContain('Open tasks: 1\n- <script>alert(1)</script>\n')
  expect(text).toContain('Open the tasks: https://x.example/app?a=1&b="2"')
  expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
  expect(html).toContain('href="https://x.example/app?a=1&amp;b=&#34;2&#34;"')
  expect(html).not.toMatch(/<script|<b>/)
})
