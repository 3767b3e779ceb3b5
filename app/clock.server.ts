/**
 * Two clocks. World time decides what is due: cases, steps, deadlines, retries of webhook handling. Real time
 * decides leases, token lifetimes and timeouts. In production they are the same; the sandbox may set world time
 * through a hook, so that a month passes in a second.
 */

/** Set on `globalThis` by the sandbox's preload. */
type ClockHook = {
  /** World time, milliseconds since the epoch. */
  now(): number
  onJump(listener: () => void): void
}

/** World time. */
export function now(): Date {
  return new Date(hook()?.now() ?? Date.now())
}

/** Real time, also where the world's clock stands still. */
export function realNow(): Date {
  return new Date()
}

/** Calls the listener after each change of world time. Without the sandbox it is never called. */
export function onClockJump(listener: () => void): void {
  hook()?.onJump(listener)
}

/** Whether this process runs inside the sandbox, which production refuses (server.ts, worker.ts). */
export function inSandbox(): boolean {
  return globalClock.__repriseClock !== undefined
}

const globalClock = globalThis as { __repriseClock?: ClockHook }

function hook(): ClockHook | undefined {
  const set = globalClock.__repriseClock
  return set && process.env.NODE_ENV !== 'production' ? set : undefined
}
