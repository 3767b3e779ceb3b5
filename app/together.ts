/**
 * Reads for many at the price of one: questions that come while an answer is on its way are asked together, next. So
 * each is answered from a read that began after it was asked, and nothing is remembered.
 */

export function together<Key, Value>(
  /** Keys without an answer are left out of the map. */
  ask: (keys: Key[]) => Promise<Map<Key, Value>>,
): (key: Key) => Promise<Value | undefined> {
  let next: Set<Key> | null = null
  let answers: Promise<Map<Key, Value>> | null = null
  let underWay: Promise<unknown> = Promise.resolve()

  const askNext = async (keys: Set<Key>): Promise<Map<Key, Value>> => {
    await underWay
    next = null
    answers = null
    const asked = ask([...keys])
    underWay = asked.catch(() => undefined)
    return asked
  }

  return async (key) => {
    if (!next || !answers) {
      next = new Set()
      answers = askNext(next)
    }
    next.add(key)
    return (await answers).get(key)
  }
}
