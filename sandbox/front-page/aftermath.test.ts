import { expect, test } from 'vitest'
import { byWords, figuresOf, newsOf, standOf } from './aftermath.js'

const at = (second: number) => new Date(Date.UTC(2026, 10, 22, 8, 0, second)).toISOString()

const app = {
  answers: true,
  signAt: at(28),
  pending: 0,
  webhooksOpen: 0,
  webhooksDead: 0,
  casesOpen: 1,
  casesStuck: 0,
  braked: 0,
}
const well = {
  at: at(30),
  worker: { state: 'running', since: at(0), backAt: null },
  app,
  webhooks: 'normal',
  shopify: 'normal',
  deathPlanned: false,
  processors: { 'a.myshopify.com': null },
  counts: { accepted: 4, lost: 0, charges: 2, paid: 1, flags: {}, mails: 1, mailedTwice: 0 },
}
const gone = {
  ...well,
  worker: { state: 'gone', since: at(26), backAt: at(41) },
  app: { ...app, pending: 3, webhooksOpen: 1 },
}

test('a killed worker is gone until its process is back and has given a sign', () => {
  expect(byWords(gone).words).toBe('Killed 4 s ago. It is started again in 11 s.')
  expect(standOf(gone)).toEqual({
    kind: 'warn',
    words: 'No worker; 3 things wait for the next one.',
  })
  const back = { ...gone, worker: { state: 'running', since: at(30), backAt: null } }
  expect(byWords(back).state).toBe('starting')
  expect(byWords({ ...back, app: { ...app, signAt: at(31) } }).state).toBe('running')
  expect(newsOf(well, gone)[0]?.words).toMatch(/killed with kill −9/)
  expect(newsOf(gone, well)[0]?.words).toBe('The worker is back, and nothing is left to do.')
})

test('what came in and is not done is not called done, and doing twice is called a defect', () => {
  const figure = (found: typeof well | typeof gone, name: string) =>
    figuresOf(found).find((each) => each.name === name)
  expect(figure(gone, 'Webhooks')).toMatchObject({ value: 3, more: 'done of 4', kind: '' })
  expect(figure(well, 'Webhooks')).toMatchObject({ value: 4, kind: 'good' })
  expect(standOf(well).kind).toBe('good')
  const twice = { ...well, counts: { ...well.counts, flags: { double_charge: 1 } } }
  expect(figure(twice, 'Charged twice')).toMatchObject({ value: 1, kind: 'bad' })
  expect(standOf(twice).kind).toBe('bad')
  expect(standOf({ ...well, app: { ...app, webhooksDead: 1 } }).kind).toBe('bad')
})

test('what is broken now is named, and each switch is news once', () => {
  const broken = { ...well, webhooks: 'lost', processors: { 'a.myshopify.com': 'GATEWAY' } }
  expect(standOf(broken).words).toMatch(/webhooks get lost, the payment processor is down/)
  expect(newsOf(well, broken, 'Bean & Bloom').map(({ words }) => words)).toEqual([
    expect.stringMatching(/^Every webhook gets lost/),
    expect.stringMatching(/^The payment processor of Bean & Bloom is down/),
  ])
  expect(newsOf(broken, broken)).toEqual([])
  expect(newsOf(null, broken)).toEqual([])
})
