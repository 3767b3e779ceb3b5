/** After a failed test: what the processes of its stack last said, and no other file gets it. */
import { afterEach } from 'vitest'
import { runningStacks } from './stack.ts'

afterEach(({ task }) => {
  if (task.result?.state !== 'fail') return
  for (const stack of runningStacks) {
    stack.spoil()
    console.error(`\n${task.name}\n${stack.tail()}`)
  }
})
