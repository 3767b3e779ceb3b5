/** What a figure was measured on, and the few sums that all benches share. */
import { availableParallelism, cpus, totalmem } from 'node:os'
import process from 'node:process'

/** One line to print above the figures: they mean nothing without it. */
export function machine(): string {
  const model = cpus()[0]?.model.trim() || 'unknown processor'
  const memory = `${(totalmem() / 2 ** 30).toFixed(0)} GiB`
  return `machine: ${availableParallelism()} cores (${model}), ${memory}, Node ${process.version}, ${process.platform} ${process.arch}`
}

/**
 * How busy the whole machine is until `stop`, as a share of all its cores: whoever else works here spoils the
 * figures, and this shows it.
 */
export function watchMachine(): { stop(): { busy: number; ownCpuMs: number } } {
  const before = ticks()
  const own = process.cpuUsage()
  return {
    stop() {
      const after = ticks()
      const used = process.cpuUsage(own)
      return {
        busy: 1 - (after.idle - before.idle) / (after.all - before.all || 1),
        ownCpuMs: (used.user + used.system) / 1_000,
      }
    },
  }
}

function ticks(): { idle: number; all: number } {
  let idle = 0
  let all = 0
  for (const { times } of cpus()) {
    idle += times.idle
    all += times.user + times.nice + times.sys + times.irq + times.idle
  }
  return { idle, all }
}

/** The value below which `share` (0 to 1) of the values lie. Sorts what it is given. */
export function percentile(values: Float64Array, share: number): number {
  values.sort()
  return values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN
}

/** The round in the middle: one disturbed round does not become the figure. */
export function median<T>(rounds: readonly T[], by: (round: T) => number): T {
  const middle = [...rounds].sort((a, b) => by(a) - by(b))[Math.floor((rounds.length - 1) / 2)]
  if (middle === undefined) throw new Error('there is no round to choose from')
  return middle
}

/** Columns of equal width, the first to the left and the others to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0))
  return rows
    .map((row) =>
      row.map((cell, i) => (i === 0 ? cell.padEnd(width(i)) : cell.padStart(width(i)))).join('   '),
    )
    .join('\n')
}

export const whole = (value: number) => Math.round(value).toLocaleString('en')
export const percent = (share: number) => `${Math.round(share * 100)} %`
