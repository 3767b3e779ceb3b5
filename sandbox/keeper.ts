/**
 * The app's worker, as far as the sandbox can reach it. Whoever started both owns the process
 * (scripts/worker-keeper.mjs) and is asked over the channel between parent and child; the app knows nothing of it.
 */
import { NotPossible } from './world/world.ts'

/** Instants are ISO, real time. `backAt`: when it is started again if nobody asks sooner. */
export type WorkerState = { state: 'running' | 'gone'; since: string; backAt: string | null }

export type Keeper = {
  /** Null: nobody has said that there is a worker. */
  state: () => WorkerState | null
  /** Answers when it is done. */
  ask: (wanted: 'kill' | 'start') => Promise<WorkerState>
}

/** How long a process may take to be gone or started. Milliseconds, real time. */
const PATIENCE_MS = 10_000

export const nobodyKeepsIt: Keeper = {
  state: () => null,
  ask: () => Promise.reject(notOurs()),
}

const notOurs = () =>
  new NotPossible(
    'This sandbox was started alone, so there is no worker to kill. `npm run demo` starts both.',
  )

/** The keeper at the other end of this process's channel. */
export function keeperOfParent(channel: NodeJS.Process): Keeper {
  if (!channel.send) return nobodyKeepsIt
  let known: WorkerState | null = null
  let waiting: { wanted: WorkerState['state']; done: (state: WorkerState) => void }[] = []
  channel.on('message', (message: { worker?: WorkerState } | null) => {
    const told = message?.worker
    if (!told) return
    known = told
    for (const { wanted, done } of waiting) if (wanted === told.state) done(told)
    waiting = waiting.filter(({ wanted }) => wanted !== told.state)
  })
  return {
    state: () => known,
    async ask(what) {
      if (!known) throw notOurs()
      const wanted = what === 'kill' ? 'gone' : 'running'
      if (known.state === wanted) return known
      const answered = new Promise<WorkerState>((done, fail) => {
        waiting.push({ wanted, done })
        const late = () => fail(new NotPossible(`The worker is not ${wanted} yet.`, 504))
        setTimeout(late, PATIENCE_MS).unref()
      })
      channel.send?.({ worker: what })
      return answered
    },
  }
}
