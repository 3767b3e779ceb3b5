/** What the app's processes hold while they are shot at. */
import { execFileSync } from 'node:child_process'
import type { Stack } from '../stack.ts'

/** How much more a process may hold at the end than when it was warm. Megabytes. Ours. */
const GROWTH_MB = 40
/** Of the run, so much counts as warming up, and so much as its end. */
const WARM = 0.25

type Held = { done: number; megabytes: Record<string, number> }

export function memoryOf({ pids }: Pick<Stack, 'pids'>) {
  const held: Held[] = []
  return {
    look(done: number): string {
      const megabytes = Object.fromEntries(
        Object.entries(pids).map(([name, pid]) => [name, residentMb(pid)]),
      )
      held.push({ done, megabytes })
      return `${done} sent; ${Object.entries(megabytes)
        .map(([name, mb]) => `${name} ${mb} MB`)
        .join(', ')}`
    },
    /**
     * Who grew. The least at the end is held against the most when warm: what only waits to be collected does not count.
     * A short run is all warming up and says nothing.
     */
    growth(): string[] {
      const all = held.at(-1)?.done ?? 0
      const warm = held.filter(({ done }) => done >= all * WARM && done <= all / 2)
      const late = held.filter(({ done }) => done >= all * (1 - WARM))
      if (warm.length < 5) return []
      return Object.keys(pids).flatMap((name) => {
        const from = Math.max(...warm.map(({ megabytes }) => megabytes[name] ?? 0))
        const to = Math.min(...late.map(({ megabytes }) => megabytes[name] ?? 0))
        return to - from > GROWTH_MB ? [`${name} grew from ${from} to ${to} MB`] : []
      })
    },
  }
}

/** 0 where there is no `ps` (Windows). */
function residentMb(pid: number): number {
  if (process.platform === 'win32') return 0
  const kilobytes = execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })
  return Math.round(Number(kilobytes) / 1_024)
}
