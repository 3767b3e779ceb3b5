/** A process of ours whose use of CPU and database can be asked for while it runs. */
import { readFileSync } from 'node:fs'
import process from 'node:process'
import { launch } from '../scripts/processes.mjs'

export type Usage = {
  /** User and system time since the process started. Milliseconds. */
  cpuMs: number
  rssMb: number
  statements: Record<string, number>
}

export function launchMeasured(
  name: string,
  args: string[],
  env: Record<string, string>,
  onLine: (line: string) => void = () => {},
) {
  let told: (usage: Usage) => void = () => {}
  const each = launch(name, ['--import', './bench/tell-usage.ts', ...args], env, (line) => {
    if (!line.startsWith('{"usage":')) return onLine(line)
    told((JSON.parse(line) as { usage: Usage }).usage)
  })
  return {
    ...each,
    /** Throws when the process has ended. */
    usage(): Promise<Usage> {
      return new Promise((done, fail) => {
        told = done
        each.ended.then((how) =>
          fail(new Error(`${name} ended (${how}):\n${each.tail().join('\n')}`)),
        )
        process.kill(each.pid, 'SIGUSR2')
      })
    },
  }
}

/** What was used between the two. */
export function between(before: Usage, after: Usage): Usage {
  const statements: Record<string, number> = {}
  for (const [label, count] of Object.entries(after.statements)) {
    const more = count - (before.statements[label] ?? 0)
    if (more > 0) statements[label] = more
  }
  return { cpuMs: after.cpuMs - before.cpuMs, rssMb: after.rssMb, statements }
}

/** What an npm script gives to Node: all that stands between "node" and the file. */
export function flagsOf(script: 'start:web' | 'start:worker'): string[] {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    scripts: Record<string, string>
  }
  return (scripts[script] ?? '').split(' ').slice(1, -1)
}
