/**
 * Judges a chaos run by what the bank, the mailbox and the database say, each against the others. A check that found
 * nothing prints a 0; a check that found something names the first case and tells its whole story.
 */
import type pg from 'pg'
import type { Charge, Flag, Mail, SandboxClient } from '../sandbox-client.ts'
import { type ChaosOptions, DAY_MS, HOUR_MS } from './options.ts'

export type Verdict = {
  checks: Check[]
  /** What is counted and not judged. */
  figures: [name: string, value: string | number][]
  /** What nobody knows, one line each. */
  uncertain: string[]
  /** The first violation, told in full; null when there is none. */
  story: string | null
  passed: boolean
}

/** Must have found nothing. */
export type Check = { name: string; found: Found[] }
export type Found = {
  what: string
  caseId?: string | null
  contractId?: string
  cycleIndex?: number
}

type Evidence = {
  now: number
  cases: CaseRow[]
  attempts: AttemptRow[]
  messages: MessageRow[]
  events: EventRow[]
  tasks: { caseId: string | null; kind: string }[]
  choices: Choice[]
  charges: Charge[]
  flags: Flag[]
  mails: Mail[]
  acknowledged: { eventId: string; shop: string; topic: string; at: string }[]
  contracts: ContractView[]
}

type Done = {
  kills: number
  killsAtWork: number
  restarts: number
  deeds: { done: number; refused: number }
  /** Processes that ended unasked. */
  ended: string[]
}

export async function judge(
  options: ChaosOptions,
  { sandbox, pool, ended, ...done }: Done & { sandbox: SandboxClient; pool: pg.Pool },
): Promise<Verdict> {
  const state = await sandbox.state<WorldState>()
  const oracle = await sandbox.oracle()
  const { acknowledged, counts } = await sandbox.acknowledged()
  const evidence: Evidence = {
    now: Date.parse(state.now),
    contracts: state.contracts,
    charges: oracle.charges,
    flags: oracle.flags,
    mails: (await sandbox.mailbox()).filter(({ from }) => !from.includes('Shopify')),
    acknowledged,
    ...(await readTables(pool)),
  }
  const checks = [
    ...flagsByKind(evidence),
    paidTwiceUntold(evidence),
    chargesWithoutRow(evidence),
    anotherSum(evidence),
    ordersLeftSmall(evidence),
    lostEvents(evidence),
    unfinishedEvents(evidence),
    forgottenFailures(evidence),
    openThoughPaid(evidence),
    recoveredWithoutMoney(evidence),
    casesWithoutNext(evidence),
    casesSetAside(evidence),
    twiceForOneStep(evidence),
    tooSoonAgain(evidence),
    dunnedThoughPaid(evidence),
    { name: 'processes that ended by themselves', found: ended.map((what) => ({ what })) },
    strangeToShopify(state),
    shortOf(options, evidence, done),
  ]
  const first = checks.flatMap(({ found }) => found)[0]
  return {
    checks,
    uncertain: uncertain(evidence),
    figures: [
      ['cases', evidence.cases.length],
      ...tally(
        'cases: ',
        evidence.cases.map(({ status }) => status),
      ),
      ['charges of the app', evidence.charges.filter(({ by }) => by === 'app').length],
      ['charges of the biller', evidence.charges.filter(({ by }) => by === 'biller').length],
      [
        'cycles that another biller charged beside ours',
        evidence.flags.filter(isOthersDouble).length,
      ],
      ['requests that Shopify refused', oracle.refused.length],
      ['mails taken', evidence.mails.filter(wasTaken).length],
      ...tally(
        'messages: ',
        evidence.messages.map(({ state: one }) => one),
      ),
      ['webhooks acknowledged', acknowledged.length],
      ...Object.entries(counts).map(([name, value]): [string, number] => [
        `deliveries: ${name}`,
        value,
      ]),
      ['kills', done.kills],
      ['kills that hit a worker with claims in its hands', done.killsAtWork],
      ['restarts of the database', done.restarts],
      ['deeds of people', done.deeds.done],
      ['deeds that were refused', done.deeds.refused],
    ],
    story: first ? await tellStory(pool, evidence, first) : null,
    passed: first === undefined,
  }
}

// ---------------------------------------------------------------- money

const PROMISES: Record<Flag['kind'], string> = {
  double_charge: 'double charges',
  closed_cycle: 'charges on a closed cycle (billed, skipped, paused, cancelled)',
  before_date: 'charges before the date (H6)',
  after_next_date: 'charges after the next cycle was due (H6)',
  live_attempt: 'charges beside a live attempt (H1)',
  within_24h: 'charges within 24 h with the same card (H2)',
  over_8_on_cycle: 'charges over 8 on a cycle (H3)',
  over_10_on_method: 'charges over 10 on a method in 30 days (H4)',
  forbidden_class: 'charges that the last answer forbids (H5)',
}

function flagsByKind({ flags }: Evidence): Check[] {
  return Object.entries(PROMISES).map(([kind, name]) => ({
    name,
    found: flags
      .filter((flag) => flag.kind === kind && flag.by === 'app')
      .map(({ at, detail, contractId, cycleIndex }) => ({
        what: `${at} ${detail}`,
        contractId,
        cycleIndex,
      })),
  }))
}

function chargesWithoutRow({ charges, attempts }: Evidence): Check {
  const keys = new Set(attempts.map(({ key }) => key))
  return {
    name: 'charges of which the app has no row',
    found: charges
      .filter(({ by, key }) => by === 'app' && !keys.has(key))
      .map(({ key, contractId, cycleIndex }) => ({ what: key, contractId, cycleIndex })),
  }
}

/** What the shopper had said last before a charge, on the timeline: less, and what it costs, or the whole. */
function anotherSum({ charges, attempts, choices, contracts }: Evidence): Check {
  const rows = new Map(attempts.map((row) => [row.key, row]))
  const found = charges.filter(({ by, key, amount, contractId }) => {
    const row = by === 'app' ? rows.get(key) : undefined
    const contract = contracts.find(({ id }) => id === contractId)
    if (!row || !contract) return false
    const whole = Number(contract.price) * contract.quantity
    const mine = choices.filter(({ caseId }) => caseId === row.caseId)
    const before = mine.findLast(({ at }) => at < row.intendedAt)
    // At one moment nobody can tell which came first.
    const said = [before, ...mine.filter(({ at }) => at.getTime() === row.intendedAt.getTime())]
    return !said.some((one) => Math.abs((one?.amount ?? whole) - Number(amount)) < 0.005)
  })
  return {
    name: 'charges of another sum than the shopper had chosen',
    found: found.map(({ key, amount, contractId, cycleIndex }) => ({
      what: `${key}: ${amount}`,
      contractId,
      cycleIndex,
    })),
  }
}

/** An order that stays edited keeps its contract from being changed. */
function ordersLeftSmall({ contracts, cases, attempts }: Evidence): Check {
  const live = new Set(attempts.filter(({ state }) => LIVE.has(state)).map(({ caseId }) => caseId))
  return {
    name: 'orders left smaller though nothing of them is being charged',
    found: contracts.flatMap(({ id, cycles }) =>
      cycles
        .filter(({ edited, status }) => edited && status === 'UNBILLED')
        .map(({ index }) => ({ what: `cycle ${index}`, contractId: id, cycleIndex: index }))
        .filter((one) => !cases.some((c) => cycleKey(c) === cycleKey(one) && live.has(c.id))),
    ),
  }
}

const LIVE = new Set(['intended', 'submitted', 'action_required', 'unknown'])

const isOthersDouble = ({ kind, by }: Flag) => kind === 'double_charge' && by === 'biller'

/** Somebody else charged while a charge of ours was under way: nothing prevents that, so staff must hear of it. */
function paidTwiceUntold({ flags, tasks, cases }: Evidence): Check {
  const told = new Set(tasks.filter(({ kind }) => kind === 'paid_twice').map((one) => one.caseId))
  const found = flags.filter(
    (flag) =>
      isOthersDouble(flag) &&
      !cases.some((one) => cycleKey(one) === cycleKey(flag) && told.has(one.id)),
  )
  return {
    name: 'cycles paid twice by another biller’s charge, and staff were not told',
    found: found.map(({ at, detail, contractId, cycleIndex }) => ({
      what: `${new Date(at).toISOString()} ${detail}`,
      contractId,
      cycleIndex,
    })),
  }
}

// ---------------------------------------------------------------- nothing is lost

/** The app remembers event ids for thirty days. */
const REMEMBERED_MS = 29 * DAY_MS

function lostEvents({ acknowledged, events, now }: Evidence): Check {
  const known = new Set(events.map(({ eventId }) => eventId))
  return {
    name: 'acknowledged events that are gone',
    found: acknowledged
      .filter(({ eventId, at }) => now - Date.parse(at) < REMEMBERED_MS && !known.has(eventId))
      .map(({ topic, shop, at }) => ({ what: `${at} ${topic} of ${shop}` })),
  }
}

function unfinishedEvents({ events }: Evidence): Check {
  return {
    name: 'acknowledged events that are not finished',
    found: events
      .filter(({ state }) => state !== 'done')
      .map(({ topic, state, error }) => ({ what: `${topic} is ${state}: ${error ?? 'no error'}` })),
  }
}

/** A webhook may be lost, and reconciliation has its time. */
const MAY_TAKE_MS = 24 * HOUR_MS

function forgottenFailures({ charges, cases, contracts, now }: Evidence): Check {
  const known = new Set(cases.map(cycleKey))
  const views = new Map(contracts.map((each) => [each.id, each]))
  const last = new Map(charges.map((charge) => [cycleKey(charge), charge]))
  const found = [...last.values()].filter((charge) => {
    const { contractId, cycleIndex, result, at } = charge
    const contract = views.get(contractId)
    const cycle = contract?.cycles.find(({ index }) => index === cycleIndex)
    const isOwed =
      cycle?.status === 'UNBILLED' &&
      !cycle.skipped &&
      contract?.status !== 'CANCELLED' &&
      contract?.status !== 'EXPIRED'
    const isFailure = result !== 'paid' && result !== 'pending'
    return isFailure && isOwed && !known.has(cycleKey(charge)) && now - Date.parse(at) > MAY_TAKE_MS
  })
  return {
    name: 'failed renewals without a case',
    found: found.map(({ at, result, contractId, cycleIndex }) => ({
      what: `${at} ${result}`,
      contractId,
      cycleIndex,
    })),
  }
}

function openThoughPaid({ cases, charges, now }: Evidence): Check {
  const paid = paidAt(charges)
  return {
    name: 'cases open for over 6 h though the cycle is paid',
    found: cases
      .filter(
        (one) => one.closedAt === null && now - (paid.get(cycleKey(one)) ?? now) > 6 * HOUR_MS,
      )
      .map(({ id, status }) => ({ what: status, caseId: id })),
  }
}

function recoveredWithoutMoney({ cases, charges }: Evidence): Check {
  const paid = paidAt(charges)
  return {
    name: 'cases called paid without a payment',
    found: cases
      .filter(
        (one) =>
          (one.status === 'recovered' || one.status === 'paid_elsewhere') &&
          !paid.has(cycleKey(one)),
      )
      .map(({ id, status }) => ({ what: status, caseId: id })),
  }
}

/** When a cycle's money came. */
function paidAt(charges: Charge[]): Map<string, number> {
  return new Map(
    charges
      .filter(({ result }) => result === 'paid')
      .map((charge) => [cycleKey(charge), Date.parse(charge.settledAt ?? charge.at)]),
  )
}

// ---------------------------------------------------------------- nobody stands still

function casesWithoutNext({ cases, now }: Evidence): Check {
  const isLate = (at: Date | null) => at !== null && now - at.getTime() > HOUR_MS
  // What these wait for has a name: the contract's activation, the merchant's return.
  const waits = ({ status, reason }: CaseRow) =>
    status === 'held' && (reason === 'paused' || reason === 'uninstalled')
  return {
    name: 'cases neither over nor with a next action nor waiting for a named event',
    found: cases
      .filter(
        (one) =>
          one.closedAt === null &&
          one.deadReason === null &&
          (one.nextActionAt === null ? !waits(one) : isLate(one.nextActionAt)),
      )
      .map(({ id, status, reason, nextActionAt }) => ({
        what: `${status} ${reason ?? ''}, next ${nextActionAt?.toISOString() ?? 'never'}`,
        caseId: id,
      })),
  }
}

function casesSetAside({ cases }: Evidence): Check {
  return {
    name: 'cases set aside after errors of our own',
    found: cases
      .filter(({ deadReason, closedAt }) => deadReason !== null && closedAt === null)
      .map(({ id, deadReason }) => ({ what: deadReason ?? '', caseId: id })),
  }
}

// ---------------------------------------------------------------- mail

/** Taken by SendGrid, whatever it answered. */
const wasTaken = ({ answer }: Mail): boolean => answer === 202 || typeof answer === 'string'

function twiceForOneStep({ mails, messages }: Evidence): Check {
  const rows = new Map(messages.map((each) => [each.id, each]))
  const seen = new Set<string>()
  const found: Found[] = []
  for (const mail of mails.filter(wasTaken)) {
    const row = rows.get(mail.customArgs.message_id ?? '')
    if (!row) {
      found.push({ what: `${mail.at} "${mail.subject}" has no row` })
      continue
    }
    const step = `${row.caseId} ${row.triggerKey} ${mail.to}`
    if (seen.has(step))
      found.push({ what: `${mail.at} ${row.triggerKey} once more`, caseId: row.caseId })
    seen.add(step)
  }
  return { name: 'shoppers mailed twice for one step', found }
}

/** A day between two notices to one address; an hour less, because the clock moves while a mail is on its way. */
const LEAST_GAP_MS = 23 * HOUR_MS

const isNotice = ({ categories }: Mail): boolean =>
  !categories.some((one) => ['stage-recovered', 'stage-ended', 'stage-update_link'].includes(one))

function tooSoonAgain({ mails, messages }: Evidence): Check {
  const rows = new Map(messages.map((each) => [each.id, each]))
  const last = new Map<string, number>()
  const found: Found[] = []
  for (const mail of mails.filter((one) => wasTaken(one) && isNotice(one))) {
    const at = Date.parse(mail.at)
    const before = last.get(mail.to)
    last.set(mail.to, at)
    if (before !== undefined && at - before < LEAST_GAP_MS)
      found.push({
        what: `${mail.at}, ${((at - before) / HOUR_MS).toFixed(1)} h after the one before`,
        caseId: rows.get(mail.customArgs.message_id ?? '')?.caseId ?? null,
      })
  }
  return { name: 'shoppers who got two notices within a day', found }
}

function dunnedThoughPaid({ mails, messages, cases, charges }: Evidence): Check {
  const paid = paidAt(charges)
  const rows = new Map(messages.map((each) => [each.id, each]))
  const casesById = new Map(cases.map((each) => [each.id, each]))
  const found = mails.filter(isNotice).flatMap((mail) => {
    const row = rows.get(mail.customArgs.message_id ?? '')
    const about = row && casesById.get(row.caseId)
    const since = about && paid.get(cycleKey(about))
    return since !== undefined && wasTaken(mail) && Date.parse(mail.at) > since
      ? [{ what: `${mail.at} "${mail.subject}"`, caseId: about?.id ?? null }]
      : []
  })
  return { name: 'notices about a payment that was made', found }
}

// ---------------------------------------------------------------- the run itself

function strangeToShopify({ deprecations, notPlayed }: WorldState): Check {
  return {
    name: 'fields that Shopify would not answer',
    found: [...deprecations.map(({ message }) => message), ...notPlayed].map((what) => ({ what })),
  }
}

/** A run that did less than it was asked for proves less. */
function shortOf(options: ChaosOptions, { cases }: Evidence, done: Omit<Done, 'ended'>): Check {
  const found = (
    [
      ['cases', cases.length, options.cases],
      ['kills', done.kills, options.kills],
      ['restarts', done.restarts, options.restarts],
    ] as const
  )
    .filter(([, did, asked]) => did < asked)
    .map(([name, did, asked]) => ({ what: `${did} ${name}, asked for ${asked}` }))
  return { name: 'less than was asked for', found }
}

function uncertain({ messages, attempts }: Evidence): string[] {
  return [
    ...messages
      .filter(({ state }) => state === 'uncertain')
      .map(
        ({ caseId, triggerKey, createdAt }) =>
          `mail ${triggerKey} of case ${caseId}, ${createdAt.toISOString()}`,
      ),
    ...attempts
      .filter(({ state }) => state === 'unknown')
      .map(
        ({ caseId, key, intendedAt }) =>
          `charge ${key} of case ${caseId}, ${intendedAt.toISOString()}`,
      ),
  ]
}

function tally(prefix: string, values: string[]): [string, number][] {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return [...counts].sort(([, a], [, b]) => b - a).map(([name, count]) => [prefix + name, count])
}

// ---------------------------------------------------------------- evidence

type WorldState = {
  now: string
  contracts: ContractView[]
  deprecations: { message: string }[]
  notPlayed: string[]
}
type ContractView = {
  id: string
  status: string
  price: string
  quantity: number
  cycles: { index: number; status: 'BILLED' | 'UNBILLED'; skipped: boolean; edited: boolean }[]
}
type CaseRow = {
  id: string
  contractId: string
  cycleIndex: number
  status: string
  reason: string | null
  nextActionAt: Date | null
  closedAt: Date | null
  deadReason: string | null
}
type AttemptRow = { caseId: string; key: string; state: string; intendedAt: Date }
type MessageRow = { id: string; caseId: string; triggerKey: string; state: string; createdAt: Date }
type Choice = { caseId: string; at: Date /** Null: the whole order. */; amount: number | null }
type EventRow = { eventId: string; topic: string; state: string; error: string | null }

const cycleKey = ({ contractId, cycleIndex }: { contractId: string; cycleIndex: number }) =>
  `${contractId} ${cycleIndex}`

async function readTables(pool: pg.Pool) {
  const all = async <T extends pg.QueryResultRow>(text: string) => (await pool.query<T>(text)).rows
  return {
    cases: await all<CaseRow>(
      `SELECT id, "contractId", "cycleIndex", status, reason, "nextActionAt", "closedAt", "deadReason"
         FROM "RecoveryCase" ORDER BY "openedAt"`,
    ),
    attempts: await all<AttemptRow>(
      'SELECT "caseId", key, state, "intendedAt" FROM "Attempt" ORDER BY "intendedAt"',
    ),
    messages: await all<MessageRow>(
      'SELECT id, "caseId", "triggerKey", state, "createdAt" FROM "Message" ORDER BY "createdAt"',
    ),
    tasks: await all<Evidence['tasks'][number]>('SELECT "caseId", kind FROM "StaffTask"'),
    choices: await all<Choice>(
      `SELECT "caseId", at, CASE WHEN type = 'shopper_smaller' THEN substring(because from 'order: ([0-9.]+) ')::float END AS amount
         FROM "CaseEvent" WHERE because LIKE 'the shopper takes less of this order: %'
           OR because = 'the shopper takes the whole order again' OR type = 'order_not_changed' ORDER BY at, seq`,
    ),
    events: await all<EventRow>('SELECT "eventId", topic, state, error FROM "WebhookEvent"'),
  }
}

/** What happened on one cycle, as the bank and the case's own timeline tell it. */
async function tellStory(
  pool: pg.Pool,
  { cases, charges }: Evidence,
  found: Found,
): Promise<string> {
  const about =
    cases.find(({ id }) => id === found.caseId) ??
    cases.find(
      (one) => one.contractId === found.contractId && one.cycleIndex === found.cycleIndex,
    ) ??
    cases.find(({ contractId }) => contractId === found.contractId)
  const contractId = about?.contractId ?? found.contractId
  const lines = [
    `case ${about?.id ?? '(none)'} of ${contractId ?? '?'} cycle ${about?.cycleIndex ?? found.cycleIndex ?? '?'}: ${about?.status ?? ''} ${about?.reason ?? ''}`,
    'what the bank saw of this contract:',
    ...charges
      .filter((charge) => charge.contractId === contractId)
      .map(
        ({ at, by, key, cycleIndex, result, settledAt, methodId }) =>
          `  ${at} cycle ${cycleIndex} ${by} ${key} ${result} (${settledAt ?? 'no result'}) on …${methodId?.slice(-6)}`,
      ),
  ]
  if (!about) return lines.join('\n')
  const { rows } = await pool.query<{ at: Date; text: string }>(
    `SELECT at, type || ' by ' || actor || ': ' || because AS text FROM "CaseEvent" WHERE "caseId" = $1
     UNION ALL SELECT "intendedAt", 'attempt ' || key || ' (' || trigger || ') is ' || state || ' ' || coalesce("rawCode", '')
       FROM "Attempt" WHERE "caseId" = $1
     UNION ALL SELECT "createdAt", 'message ' || "triggerKey" || ' is ' || state FROM "Message" WHERE "caseId" = $1
     ORDER BY 1`,
    [about.id],
  )
  return [
    ...lines,
    'its timeline, its attempts and its messages:',
    ...rows.map(({ at, text }) => `  ${at.toISOString()} ${text}`),
  ].join('\n')
}
