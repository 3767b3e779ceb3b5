import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildExtensions, bundleProblems, configProblems, extensions } from './build-extensions.mjs'
import { flat, problemsOf, textProblems } from './extension-texts.mjs'

const appUrl = 'https://reprise.example.test'
const into = mkdtempSync(join(tmpdir(), 'extensions-'))
afterAll(() => rmSync(into, { recursive: true, force: true }))

describe('the bundles', () => {
  let built: { handle: string; code: string }[]
  beforeAll(async () => {
    built = await buildExtensions({ appUrl: `${appUrl}/app`, into })
  })

  test('are small, know the app’s address, and hold no secret', () => {
    expect(built.map(({ handle }) => handle).sort()).toEqual([
      'recovery-blocks',
      'recovery-order-action',
      'recovery-page',
    ])
    expect(built.flatMap((each) => bundleProblems(each, { appUrl }))).toEqual([])
  })

  test('say which target each of their parts draws', () => {
    for (const { handle, targeting } of extensions().filter(({ targeting }) => targeting)) {
      const code = readFileSync(join(into, handle, 'dist', `${handle}.js`), 'utf8')
      for (const { target } of targeting) expect(code).toContain(`shopify.extend("${target}"`)
    }
  })

  test('are refused when they are too big or say too much', () => {
    const problems = (code: string) =>
      bundleProblems(
        { handle: 'recovery-blocks', code },
        { appUrl, env: { NODE_ENV: 'test', SHOPIFY_API_SECRET: 'hush-hush' } },
      )
    const noise = Array.from({ length: 40_000 }, (_, at) =>
      ((at * 2654435761) % 4294967296).toString(36),
    ).join()
    expect(problems(`"${appUrl}"`)).toEqual([])
    expect(problems(`"${appUrl}${noise}"`)).toEqual([expect.stringMatching(/at most 15/)])
    expect(problems(`"${appUrl}";process.env.PORT`)).toEqual([expect.stringMatching(/process/)])
    expect(problems(`"${appUrl} hush-hush"`)).toEqual([expect.stringMatching(/API_SECRET/)])
    expect(problems('""')).toEqual([expect.stringMatching(/address/)])
  })
})

test('what the collection includes is there, and every extension has an id of its own', () => {
  expect(configProblems()).toEqual([])
  expect(new Set(extensions().map(({ apiVersion }) => apiVersion))).toEqual(new Set(['2026-07']))
})

describe('the texts', () => {
  test.each(extensions().filter(({ type }) => type === 'ui_extension'))(
    'of $handle say the same in every language',
    ({ folder }) => expect(textProblems(folder)).toEqual([]),
  )

  const source = `t('a.x') + t(\`b.\${one}\`) + t('n', { count })`
  const english = {
    a: { x: 'Hello {{name}}' },
    b: { y: 'Why' },
    n: { one: 'One', other: '{{count}} of them' },
  }
  const problems = (french: object, code = source) =>
    problemsOf(
      new Map([
        ['en', flat(english)],
        ['fr', flat(french)],
      ]),
      code,
    )
  const plural = { one: 'Un', many: '{{count}} de', other: '{{count}}' }
  const french = { a: { x: 'Bonjour {{name}}' }, b: { y: 'Pourquoi' }, n: plural }

  test('are passed when they are whole', () => expect(problems(french)).toEqual([]))

  test.each([
    ['a lost key', { ...french, b: {} }, /lacks b\.y/],
    ['a key of its own', { ...french, c: 'C' }, /English lacks/],
    ['a lost hole', { ...french, a: { x: 'Bonjour' } }, /other \{\{holes\}\}/],
    ['a misspelt hole', { ...french, a: { x: 'Bonjour {{nom}}' } }, /other \{\{holes\}\}/],
    ['a broken hole', { ...french, a: { x: 'Bonjour {{name}} {day}' } }, /broken/],
    [
      'a lost plural',
      { ...french, n: { one: 'Un', other: '{{count}}' } },
      /n needs exactly .*many/,
    ],
    ['an empty text', { ...french, b: { y: '' } }, /empty/],
  ])('are refused with %s', (_, texts, said) => {
    expect(problems(texts).join()).toMatch(said)
  })

  test('are refused when the source names another key, or none', () => {
    expect(problems(french, `${source} + t('a.z')`)).toEqual([
      'the source names a.z, which has no text.',
    ])
    expect(problems(french, "t('a.x') + t('n')")).toEqual(['nothing uses b.y.'])
  })
})
