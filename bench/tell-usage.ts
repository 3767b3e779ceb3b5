/**
 * A preload for the process that is measured: on SIGUSR2 it prints what the process has used so far, as one JSON
 * line. So the app itself knows nothing of being measured.
 */
import process from 'node:process'
import pg from 'pg'

/** Statements sent to PostgreSQL since the start, by their name or their first words. */
const statements: Record<string, number> = {}

const query = pg.Client.prototype.query
pg.Client.prototype.query = function (this: pg.Client, ...given: unknown[]) {
  const label = labelOf(given[0])
  statements[label] = (statements[label] ?? 0) + 1
  return Reflect.apply(query, this, given)
} as typeof query

process.on('SIGUSR2', () => {
  const { user, system } = process.cpuUsage()
  const usage = {
    cpuMs: (user + system) / 1_000,
    rssMb: process.memoryUsage.rss() / 2 ** 20,
    statements,
  }
  process.stdout.write(`${JSON.stringify({ usage })}\n`)
})

function labelOf(statement: unknown): string {
  if (typeof statement === 'string') return shortened(statement)
  const { name, text } = statement as { name?: string; text?: string }
  return name ?? shortened(text ?? 'unnamed')
}

/** The queue's own statements under one name: how many there are is what matters. */
function shortened(text: string): string {
  return text.includes('pgboss') ? 'pg-boss' : text.slice(0, 20).trim()
}
