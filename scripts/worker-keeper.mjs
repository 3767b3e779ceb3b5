/**
 * Kills the workers of a local stack when the sandbox's front page asks for it, and starts them again after a while, as
 * a platform would. The sandbox cannot do it itself: it is a process beside them, and ours is the one that started both.
 */

/** How long a killed worker stays away, unless it is asked for sooner. Milliseconds, real time. */
const AWAY_MS = 15_000

/**
 * The sandbox says `{worker: 'kill'}` or `{worker: 'start'}` over the channel between us, and is told
 * `{worker: {state: 'running' | 'gone', since, backAt}}` now and after every change. Instants are ISO, real time.
 *
 * @param {ReturnType<import('./processes.mjs').launch>} sandbox
 * @param {ReturnType<import('./processes.mjs').launch>[]} workers those that were started, also later
 * @param {() => unknown} addWorker
 */
export function keepWorkers(sandbox, workers, addWorker) {
  /** How many are to be started again. */
  let missing = 0
  /** @type {NodeJS.Timeout | undefined} */
  let timer
  const tell = (state, backAt = null) =>
    sandbox.tell({ worker: { state, since: new Date().toISOString(), backAt } })

  async function kill() {
    const alive = workers.filter((each) => each.isRunning())
    await Promise.all(alive.map((each) => each.kill9()))
    missing += alive.length
    clearTimeout(timer)
    timer = setTimeout(start, AWAY_MS)
    tell('gone', new Date(Date.now() + AWAY_MS).toISOString())
  }

  function start() {
    clearTimeout(timer)
    for (; missing > 0; missing--) addWorker()
    tell('running')
  }

  sandbox.onTold((message) => {
    const asked = /** @type {{ worker?: unknown } | null} */ (message)?.worker
    if (asked === 'kill') void kill()
    else if (asked === 'start') start()
  })
  tell('running')
  return { close: () => clearTimeout(timer) }
}
