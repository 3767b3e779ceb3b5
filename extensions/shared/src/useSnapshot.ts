/** What the server last said, and one action at a time upon it. */
import type { Navigation } from '@shopify/ui-extensions/customer-account'
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import {
  type ActionBody,
  type ActionPath,
  ApiError,
  act,
  type Case,
  isAnswer,
  readState,
  type Snapshot,
} from './api.ts'

declare const navigation: Navigation

/** `declined`: a payment that was under way while the page was open came back unpaid. */
export type Problem = ApiError['kind'] | 'intent' | 'declined'

export type SnapshotState = {
  /** null: not there yet, or not to be had (see `failed`). */
  snapshot: Snapshot | null
  failed: boolean
  /** The one action under way; every other button waits. */
  busy: { caseId: string; name: string } | null
  /** What went wrong with the last action, and for which case. */
  problem: { caseId: string; kind: Problem } | null
  reload: () => Promise<void>
  run: (action: Action) => Promise<boolean>
}

export type Action = {
  caseId: string
  /** Which button, so that it can show that it works. */
  name: string
  path: ActionPath
  body?: Omit<ActionBody, 'caseId'>
  /**
   * What comes before the request, e.g. Shopify's dialog; anything but 'ok' ends it. When it came to a good end and our
   * server has not heard of it, the next press only tells it.
   */
  first?: () => Promise<'ok' | 'closed' | 'error'>
}

/** How long to wait before looking again while a payment is under way. Seconds; then we leave it. */
const LOOK_AGAIN_AFTER_S = [2, 3, 5, 8, 13, 21]

export function useSnapshot(): SnapshotState {
  const [snapshot, setSnapshot] = useState<Snapshot | null>(null)
  const [failed, setFailed] = useState(false)
  const [busy, setBusy] = useState<SnapshotState['busy']>(null)
  const [problem, setProblem] = useState<SnapshotState['problem']>(null)
  const [looks, setLooks] = useState(0)
  // Not state: a second click can come before anything is drawn again.
  const running = useRef(false)
  // An answer to an older question than the last one is dropped.
  const asked = useRef(0)
  const before = useRef<Case[]>([])
  const untold = useRef(new Set<string>())

  const show = useCallback((fresh: Snapshot) => {
    const declined = fresh.cases.find(({ id, status }) => {
      const was = before.current.find((each) => each.id === id)
      return status === 'failing' && was !== undefined && isUnderWay(was)
    })
    if (declined) setProblem({ caseId: declined.id, kind: 'declined' })
    before.current = fresh.cases
    setSnapshot(fresh)
  }, [])

  const read = useCallback(async () => {
    asked.current += 1
    const mine = asked.current
    try {
      const fresh = await readState()
      if (mine !== asked.current) return
      show(fresh)
      setFailed(false)
    } catch {
      if (mine === asked.current) setFailed(true)
    }
  }, [show])

  useEffect(() => {
    void read()
  }, [read])

  const waits = snapshot?.cases.some(settlesSoon) ?? false
  useEffect(() => {
    const seconds = LOOK_AGAIN_AFTER_S[looks]
    if (!waits || seconds === undefined) return
    const timer = setTimeout(() => {
      // While an action runs its own answer is the newer one.
      if (running.current) setLooks(looks + 1)
      else void read().then(() => setLooks(looks + 1))
    }, seconds * 1000)
    return () => clearTimeout(timer)
  }, [waits, looks, read])

  async function run({ caseId, name, path, body, first }: Action): Promise<boolean> {
    if (running.current) return false
    running.current = true
    const pressed = `${caseId} ${name}`
    setBusy({ caseId, name })
    setProblem(null)
    try {
      if (first && !untold.current.has(pressed)) {
        const outcome = await first()
        if (outcome === 'error') setProblem({ caseId, kind: 'intent' })
        if (outcome !== 'ok') return false
        untold.current.add(pressed)
      }
      asked.current += 1
      const answer = await act(path, { caseId, ...body })
      untold.current.delete(pressed)
      if ('url' in answer) {
        navigation.navigate(answer.url)
        return true
      }
      show(answer)
      setLooks(0)
      return true
    } catch (error) {
      const kind = error instanceof ApiError ? error.kind : 'network'
      setProblem({ caseId, kind })
      if (isAnswer(kind)) {
        untold.current.delete(pressed)
        await read()
      }
      return false
    } finally {
      running.current = false
      setBusy(null)
    }
  }

  return { snapshot, failed: failed && snapshot === null, busy, problem, reload: read, run }
}

/** A bank debit takes days; a card answers within seconds. */
function settlesSoon(each: Case): boolean {
  return isUnderWay(each) && each.instrument !== 'bank_account'
}

/** Not the wait for an open order, or for the shop. */
function isUnderWay({ status, actions }: Case): boolean {
  return status === 'pending' && actions.pay.because === 'under_way'
}
