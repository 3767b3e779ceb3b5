import { expect, test } from 'vitest'
import { together } from './together.ts'

/** Answers when told to, in the order asked. */
function slowReader() {
  const asked: string[][] = []
  const answer: (() => void)[] = []
  const read = together<string, string>((keys) => {
    asked.push(keys)
    return new Promise((done, fail) =>
      answer.push(() =>
        keys.includes('broken')
          ? fail(new Error('no answer'))
          : done(new Map(keys.map((key) => [key, `${key}!`]))),
      ),
    )
  })
  const settle = async () => {
    answer.shift()?.()
    await new Promise((done) => setImmediate(done))
  }
  return { asked, read, settle }
}
const soon = () => new Promise((done) => setImmediate(done))

test('what is asked while an answer is on its way is asked together, once for each key', async () => {
  const { asked, read, settle } = slowReader()
  const first = read('a')
  await soon()
  const later = Promise.all([read('a'), read('b'), read('b')])
  await soon()
  expect(asked).toEqual([['a']])
  await settle()
  expect(await first).toBe('a!')
  expect(asked).toEqual([['a'], ['a', 'b']])
  await settle()
  expect(await later).toEqual(['a!', 'b!', 'b!'])
})

test('a read that failed fails those who asked it, and the next one is made', async () => {
  const { read, settle } = slowReader()
  const broken = expect(read('broken')).rejects.toThrow('no answer')
  await soon()
  const next = read('a')
  await settle()
  await broken
  await settle()
  expect(await next).toBe('a!')
})
