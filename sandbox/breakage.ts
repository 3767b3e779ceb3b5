/** What is broken in this world just now, and what became of it: for "Break something" on the front page. */
import type { Sandbox } from './sandbox.ts'
import type { Settings } from './settings.ts'
import type { Webhooks } from './webhooks.ts'
import { flagsOf } from './world/oracle.ts'

/** How long the app may take to say how it is. Milliseconds, real time. */
const ANSWER_WITHIN_MS = 3_000

export async function breakage(sandbox: Sandbox): Promise<object> {
  const { world, webhooks, mailbox, faults, keeper, settings } = sandbox
  const app = await askApp(settings)
  return {
    at: new Date().toISOString(),
    worker: keeper.state(),
    app,
    webhooks: modeOf(webhooks),
    shopify: faults.some(({ operation, mode }) => operation === '*' && mode === 'http_500')
      ? 'http_500'
      : 'normal',
    deathPlanned: faults.some(({ mode, path }) => mode === 'then' && path === 'worker'),
    processors: Object.fromEntries(
      [...world.shops.values()].map(({ domain, processorFault }) => [domain, processorFault]),
    ),
    counts: {
      accepted: new Set(webhooks.acknowledged.map(({ eventId }) => eventId)).size,
      lost: webhooks.counts.get('lost') ?? 0,
      charges: world.charges.length,
      paid: world.charges.filter(({ result }) => result === 'paid').length,
      flags: count(flagsOf(world.charges).map(({ kind }) => kind)),
      mails: mailbox.messages.length,
      mailedTwice: twiceTheSame(mailbox.messages),
    },
  }
}

/** Of the policy for all topics; a story's own are its own. */
function modeOf({ policies }: Webhooks): string {
  return policies.find(({ topic }) => topic === '*')?.mode ?? 'normal'
}

const count = (kinds: string[]): Record<string, number> => {
  const counted: Record<string, number> = {}
  for (const kind of kinds) counted[kind] = (counted[kind] ?? 0) + 1
  return counted
}

/** Mails that were taken although the same notice to the same shopper had been taken before. */
function twiceTheSame(messages: Sandbox['mailbox']['messages']): number {
  const taken = messages
    .filter(({ answer }) => answer === 202 || typeof answer === 'string')
    .flatMap(({ customArgs, to }) =>
      customArgs.message_id ? [`${customArgs.message_id} ${to}`] : [],
    )
  return taken.length - new Set(taken).size
}

type AppView = {
  answers: boolean
  /** Instant of the worker's last sign, ISO, real time; null: none. */
  signAt: string | null
  /** Due and not finished; null: the app cannot say. */
  pending: number | null
  /** Webhooks that it took and has not finished, and those that it gave up; null: it cannot say. */
  webhooksOpen: number | null
  webhooksDead: number
  casesOpen: number | null
  /** Recoveries that stand still or were given up. */
  casesStuck: number
  braked: number
}

/** What the app says of itself, at /health and /metrics. Null: there is no app. */
async function askApp({ appUrl }: Settings): Promise<AppView | null> {
  if (!appUrl) return null
  const silent: AppView = {
    answers: false,
    signAt: null,
    pending: null,
    webhooksOpen: null,
    webhooksDead: 0,
    casesOpen: null,
    casesStuck: 0,
    braked: 0,
  }
  const get = (path: string) =>
    fetch(new URL(path, appUrl), { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) })
  try {
    const asked = await Promise.all([get('/health'), get('/metrics')])
    const health = (await asked[0].json()) as {
      pending: number | null
      heartbeats: { job: string; ageSeconds: number }[]
      stuck: { still: number; aside: number; events: number }
      slow: { braked: number }
    }
    const figures = await asked[1].text()
    const beat = health.heartbeats.find(({ job }) => job === 'sweep')
    return {
      answers: true,
      signAt: beat ? new Date(Date.now() - beat.ageSeconds * 1_000).toISOString() : null,
      pending: health.pending,
      webhooksOpen: figure(figures, 'reprise_webhooks_open'),
      webhooksDead: health.stuck.events,
      casesOpen: figure(figures, 'reprise_cases_open'),
      casesStuck: health.stuck.still + health.stuck.aside,
      braked: health.slow.braked,
    }
  } catch {
    return silent
  }
}

/** The sum of a metric over its labels, in the text format of Prometheus; null when it is not there. */
function figure(text: string, name: string): number | null {
  const samples = [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))]
  return samples.length === 0 ? null : samples.reduce((sum, [, value]) => sum + Number(value), 0)
}
