import { describe, expect, test } from 'vitest'
import { mailByChance, newMailbox, takeMail } from './mailbox.ts'
import { answerDomains, tellDomain } from './sender-domains.ts'

const AT = '2026-11-12T08:00:00Z'
const good = {
  personalizations: [{ to: [{ email: 'mara@example.com' }], custom_args: { case: '1' } }],
  from: { email: 'billing@reprise.example', name: 'Bean & Bloom Coffee' },
  reply_to: { email: 'hello@bean-and-bloom.example' },
  subject: 'Your payment did not go through',
  content: [
    { type: 'text/plain', value: 'Hello' },
    { type: 'text/html', value: '<p>Hello</p>' },
  ],
  categories: ['dunning'],
}
const send = (body: unknown, authorization = 'Bearer SG.local', mailbox = newMailbox()) => ({
  mailbox,
  ...takeMail(mailbox, AT, authorization, JSON.stringify(body)),
})

describe('the mailbox', () => {
  test('takes a good mail and keeps it', () => {
    const { answer, mailbox } = send(good)
    expect(answer).toBe(202)
    expect(mailbox.messages).toEqual([
      {
        id: expect.any(String),
        at: AT,
        to: 'mara@example.com',
        from: 'Bean & Bloom Coffee <billing@reprise.example>',
        replyTo: 'hello@bean-and-bloom.example',
        subject: good.subject,
        html: '<p>Hello</p>',
        text: 'Hello',
        customArgs: { case: '1' },
        categories: ['dunning'],
        headers: {},
        answer: 202,
      },
    ])
  })

  test.each([
    ['no sender', { ...good, from: undefined }, 'from.email'],
    ['no recipient', { ...good, personalizations: [{ to: [] }] }, 'personalizations.0.to'],
    [
      'a bad address',
      { ...good, personalizations: [{ to: [{ email: 'mara' }] }] },
      'personalizations.0.to.0.email',
    ],
    ['no subject', { ...good, subject: '' }, 'subject'],
    ['no content', { ...good, content: [] }, 'content'],
    ['the text part last', { ...good, content: [...good.content].reverse() }, 'content'],
  ])('refuses a mail with %s, naming the field', (_, body, field) => {
    const { answer, errors, mailbox } = send(body)
    expect(answer).toBe(400)
    expect(errors[0]?.field).toBe(field)
    expect(mailbox.messages).toEqual([])
  })

  test('refuses an address of a domain that is not authenticated, and takes it once it is', () => {
    const mailbox = newMailbox()
    const own = { ...good, from: { email: 'notices@coffee.example' } }
    expect(send(own, 'Bearer SG.local', mailbox)).toMatchObject({
      answer: 403,
      errors: [{ message: expect.stringMatching(/verified Sender Identity/) }],
    })
    const body = JSON.stringify({ domain: 'coffee.example' })
    const made = answerDomains(mailbox.domains, 'POST', '/v3/whitelabel/domains', body)
    expect(made).toMatchObject({
      status: 201,
      body: {
        valid: false,
        dns: { dkim1: { type: 'cname', host: 's1._domainkey.coffee.example' } },
      },
    })
    const { id } = made.body as { id: number }
    const look = () =>
      answerDomains(mailbox.domains, 'POST', `/v3/whitelabel/domains/${id}/validate`, '').body
    expect(look()).toMatchObject({ valid: false, validation_results: { dkim1: { valid: false } } })
    expect(look()).toMatchObject({ valid: true })
    expect(send(own, 'Bearer SG.local', mailbox).answer).toBe(202)

    tellDomain(mailbox.domains, 'coffee.example', false)
    expect(send(own, 'Bearer SG.local', mailbox).answer).toBe(403)
    expect(look()).toMatchObject({ valid: false })
  })

  test('refuses a sender without a key', () => {
    expect(send(good, '').answer).toBe(401)
  })

  test('answers badly as often as it was told to', () => {
    const mailbox = newMailbox()
    mailbox.behaviour = { answer: 500, times: 1 }
    expect(send(good, 'Bearer SG.local', mailbox).answer).toBe(500)
    expect(send(good, 'Bearer SG.local', mailbox).answer).toBe(202)
    expect(mailbox.messages.map(({ answer }) => answer)).toEqual([500, 202])
  })

  test('answers badly by chance, the same way from the same seed', () => {
    const answers = (seed: number) => {
      const mailbox = newMailbox()
      mailbox.behaviour = mailByChance(0.3, seed)
      return Array.from({ length: 200 }, () => send(good, 'Bearer SG.local', mailbox).answer)
    }
    expect(new Set(answers(1))).toEqual(new Set([202, 429, 500, 'cut']))
    expect(answers(1)).toEqual(answers(1))
    expect(answers(2)).not.toEqual(answers(1))
  })

  test('keeps no more of a text than its links, when it is to be lean', () => {
    const text = 'Hello Mara, https://app.example/r/abc is your page.'
    const mail = { ...good, content: [{ type: 'text/plain', value: text }] }
    const { mailbox } = send(mail, 'Bearer SG.local', newMailbox(false))
    expect(mailbox.messages).toMatchObject([{ html: null, text: 'https://app.example/r/abc' }])
  })
})
