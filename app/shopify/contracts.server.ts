/** What a final action does to a contract or one of its cycles, and its undoing. */
import type { Admin } from './admin.server.ts'

export type Done = { ok: true } | { ok: false; code: string; message: string }

export async function pauseContract(admin: Admin, contractId: string): Promise<Done> {
  const answer = await admin.request<{ subscriptionContractPause: Payload }>(PAUSE, { contractId })
  return doneOr(answer.subscriptionContractPause)
}

/** Accepts paused and failed contracts; an active one stays as it is. */
export async function activateContract(admin: Admin, contractId: string): Promise<Done> {
  const answer = await admin.request<{ subscriptionContractActivate: Payload }>(ACTIVATE, {
    contractId,
  })
  return doneOr(answer.subscriptionContractActivate)
}

/** Cannot be undone. */
export async function cancelContract(admin: Admin, contractId: string): Promise<Done> {
  const answer = await admin.request<{ subscriptionContractCancel: Payload }>(CANCEL, {
    contractId,
  })
  return doneOr(answer.subscriptionContractCancel)
}

export async function skipCycle(
  admin: Admin,
  contractId: string,
  cycleIndex: number,
): Promise<Done> {
  const answer = await admin.request<{ subscriptionBillingCycleSkip: Payload }>(SKIP_CYCLE, {
    cycle: { contractId, selector: { index: cycleIndex } },
  })
  return doneOr(answer.subscriptionBillingCycleSkip)
}

/** Another saved method of the same customer pays from now on. A change made meanwhile by somebody else wins. */
export async function setPaymentMethod(
  admin: Admin,
  contractId: string,
  paymentMethodId: string,
): Promise<Done> {
  const { subscriptionContractUpdate: begun } = await admin.request<{
    subscriptionContractUpdate: DraftPayload
  }>(BEGIN_DRAFT, { contractId })
  const draftId = begun?.draft?.id
  if (!draftId) return doneOr(begun?.userErrors.length ? begun : null)
  const { subscriptionDraftUpdate: drafted } = await admin.request<{
    subscriptionDraftUpdate: DraftPayload
  }>(DRAFT_METHOD, { draftId, paymentMethodId })
  const written = doneOr(drafted)
  if (!written.ok) return written
  const answer = await admin.request<{ subscriptionDraftCommit: Payload }>(COMMIT_DRAFT, {
    draftId,
  })
  return doneOr(answer.subscriptionDraftCommit)
}

type DraftPayload = (NonNullable<Payload> & { draft: { id: string } | null }) | null

/** What every mutation answers beside its result. */
export type Payload = { userErrors: { code?: string | null; message: string }[] } | null

export function doneOr(payload: Payload): Done {
  if (!payload) return { ok: false, code: 'NO_ANSWER', message: 'Shopify gave no answer' }
  const [refusal] = payload.userErrors
  return refusal
    ? { ok: false, code: refusal.code ?? 'NO_CODE', message: refusal.message }
    : { ok: true }
}

const BEGIN_DRAFT = `#graphql
  mutation BeginContractDraft($contractId: ID!) {
    subscriptionContractUpdate(contractId: $contractId) {
      draft {
        id
      }
      userErrors {
        code
        message
      }
    }
  }
`

const DRAFT_METHOD = `#graphql
  mutation DraftPaymentMethod($draftId: ID!, $paymentMethodId: ID!) {
    subscriptionDraftUpdate(draftId: $draftId, input: { paymentMethodId: $paymentMethodId }) {
      draft {
        id
      }
      userErrors {
        code
        message
      }
    }
  }
`

const COMMIT_DRAFT = `#graphql
  mutation CommitContractDraft($draftId: ID!) {
    subscriptionDraftCommit(draftId: $draftId) {
      userErrors {
        code
        message
      }
    }
  }
`

const PAUSE = `#graphql
  mutation PauseContract($contractId: ID!) {
    subscriptionContractPause(subscriptionContractId: $contractId) {
      userErrors {
        code
        message
      }
    }
  }
`

const ACTIVATE = `#graphql
  mutation ActivateContract($contractId: ID!) {
    subscriptionContractActivate(subscriptionContractId: $contractId) {
      userErrors {
        code
        message
      }
    }
  }
`

const CANCEL = `#graphql
  mutation CancelContract($contractId: ID!) {
    subscriptionContractCancel(subscriptionContractId: $contractId) {
      userErrors {
        code
        message
      }
    }
  }
`

const SKIP_CYCLE = `#graphql
  mutation SkipCycle($cycle: SubscriptionBillingCycleInput!) {
    subscriptionBillingCycleSkip(billingCycleInput: $cycle) {
      userErrors {
        code
        message
      }
    }
  }
`
