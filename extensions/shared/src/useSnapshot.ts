/** What the server last said, and one action at a time upon it. */
import type { Navigation } from '@shopify/ui-extensions/customer-account'
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import {
  type ActionBody,
  type ActionPath,
  ApiError,
  act,
  type Case,
  readState,
  type Snapshot,
} from './api.ts'

declare const navigation: Navigation

export type Problem = ApiError['kind'] | 'intent'

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
  /** What comes before the request, e.g. Shopify's dialog; anything but 'ok' ends it. */
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

  const read = useCallback(async () => {
    asked.current += 1
    const mine = asked.current
    try {
      const fresh = await readState()
      if (mine !== asked.current) return
      setSnapshot(fresh)
      setFailed(false)
    } catch {
      if (mine === asked.current) setFailed(true)
    }
  }, [])

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
    setBusy({ caseId, name })
    setProblem(null)
    try {
      if (first) {
        const outcome = await first()
        if (outcome === 'error') setProblem({ caseId, kind: 'intent' })
        if (outcome !== 'ok') return false
      }
      asked.current += 1
      const answer = await act(path, { caseId, ...body })
      if ('url' in answer) {
        navigation.navigate(answer.url)
        return true
      }
      setSnapshot(answer)
      setLooks(0)
      return true
    } catch (error) {
      const kind = error instanceof ApiError ? error.kind : 'network'
      setProblem({ caseId, kind })
      if (kind === 'stale' || kind === 'refused') await read()
      return false
    } finally {
      running.current = false
      setBusy(null)
    }
  }

  return { snapshot, failed: failed && snapshot === null, busy, problem, reload: read, run }
}

/** A bank debit takes days; a card answers within seconds. */
function settlesSoon({ status, instrument, actions }: Case): boolean {
  const isUnderWay = status === 'pending' && actions.pay.because === 'under_way'
  return isUnderWay && instrument !== 'bank_account'
}
