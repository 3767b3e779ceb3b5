/** One failing, settled or ended payment: what happened, what comes next, what can be done. */
import type { Case, Snapshot } from '../../shared/src/api.ts'
import { needsShopper } from '../../shared/src/needs-shopper.ts'
import { failedAmount, isSmaller } from '../../shared/src/order.ts'
import { replaceInShopify } from '../../shared/src/payment-dialog.ts'
import type { Action, SnapshotState } from '../../shared/src/useSnapshot.ts'
import { day, moment, money, t } from '../../shared/src/words.ts'
import { Choices } from './Choices.tsx'
import { Feedback } from './Feedback.tsx'
import { spokenMethod } from './spoken-method.ts'
import { showDone } from './toast.ts'

/** What every part of a section needs. */
export type Part = {
  case: Case
  snapshot: Snapshot
  /** The button of this name works now. */
  isBusy: (name: string) => boolean
  /** Some action is under way, here or in another section. */
  anyBusy: boolean
  /** One press: the request, then the text of this key, that it worked. */
  press: (action: Omit<Action, 'caseId'>, done?: string) => void
}

export function CaseSection({
  case: shown,
  snapshot,
  state,
  asks,
}: {
  case: Case
  snapshot: Snapshot
  state: SnapshotState
  /** The question at the end is asked here, if at all. */
  asks: boolean
}) {
  const { busy, problem, run } = state
  const part: Part = {
    case: shown,
    snapshot,
    isBusy: (name) => busy?.caseId === shown.id && busy.name === name,
    anyBusy: busy !== null,
    press: (action, done) => {
      void run({ ...action, caseId: shown.id }).then((went) => went && done && showDone(done))
    },
  }
  return (
    <s-section heading={shown.title}>
      <s-stack gap="base">
        {problem?.caseId === shown.id && (
          <s-banner
            tone={problem.kind === 'stale' ? 'info' : 'warning'}
            heading={t(`problem.${problem.kind}`)}
          />
        )}
        <Story {...part} />
        {shown.order && isSmaller(shown) && (
          <s-paragraph key="smaller">
            {t('story.smaller', { amount: money(shown.amount), whole: money(shown.order.whole) })}
          </s-paragraph>
        )}
        {shown.notice && <s-paragraph color="subdued">{shown.notice}</s-paragraph>}
        <MainButtons {...part} />
        <Choices {...part} />
        {asks && shown.feedback && shown.actions.feedback.allowed && (
          <Feedback {...part} reasons={shown.feedback.reasons} />
        )}
      </s-stack>
    </s-section>
  )
}

function Story({ case: shown, snapshot }: Part) {
  const { status, reason } = shown
  const amount = money(shown.amount)
  const values = { amount, day: day(shown.failedAt, shown.zone) }
  // A bank is asked about the next payment; all else tells of the one that failed on that day.
  const whatFailed = money(failedAmount(shown))
  switch (status) {
    case 'recovered':
      return (
        <s-banner tone="success" heading={t(`story.${shown.ending ?? 'recovered'}`, values)}>
          <Next {...{ shown, snapshot }} />
        </s-banner>
      )
    case 'pending':
      return <s-banner tone="info" heading={whatIsWaitedFor(shown, values)} />
    case 'paused':
      return (
        <s-paragraph>
          {t('story.paused', values)}
          {shown.resumeUntil &&
            ` ${t('story.resume_until', { day: day(shown.resumeUntil, shown.zone) })}`}
        </s-paragraph>
      )
    case 'resumed':
      return (
        <s-banner tone="success" heading={t('story.resumed')}>
          <s-paragraph>{t('story.not_tried', values)}</s-paragraph>
          <Next {...{ shown, snapshot }} />
        </s-banner>
      )
    case 'skipped':
      return (
        <>
          <s-paragraph>{t('story.skipped')}</s-paragraph>
          <Next {...{ shown, snapshot }} />
        </>
      )
    case 'ended':
      return (
        <s-paragraph>
          {t(`story.${shown.ending ?? 'closed'}`, { amount, shop: snapshot.shopName })}
        </s-paragraph>
      )
    case 'confirm':
      return (
        <>
          <s-banner tone="info" heading={t(happened({ ...shown, reason: 'auth' }), values)} />
          <Ahead {...{ shown, shop: snapshot.shopName }} />
        </>
      )
    case 'failing':
      return (
        <>
          <s-paragraph>
            {reason === 'auth'
              ? lastConfirmation(shown, amount)
              : t(happened(shown), { ...values, amount: whatFailed })}
          </s-paragraph>
          {shown.method?.label && (
            <s-paragraph key="method" color="subdued">
              {t('story.method', { method: spokenMethod(shown.method.label) })}
            </s-paragraph>
          )}
          <Ahead {...{ shown, shop: snapshot.shopName }} />
        </>
      )
  }
}

/** An end is told for weeks: a date that has gone by is no promise any more. */
function Next({ shown, snapshot: { now } }: { shown: Case; snapshot: Snapshot }) {
  const { shipsNext } = shown
  if (shipsNext === null || Date.parse(shipsNext) <= Date.parse(now)) return null
  return <s-paragraph>{t('story.next', { day: day(shipsNext, shown.zone) })}</s-paragraph>
}

/** Not every wait is for a bank: an open order, or the shop's own look at it. */
function whatIsWaitedFor({ actions, instrument }: Case, values: { amount: string }): string {
  const { because } = actions.pay
  if (because === 'shop') return t('why.shop')
  // A debit on its way is an open order, too: whoever pays that pays twice.
  if (instrument === 'bank_account') return t('story.pending_bank', values)
  return because === 'order' ? t('why.order') : t('story.pending', values)
}

/** It is over: what became of it, and from when it can be started again. */
function lastConfirmation({ confirmation, actions, zone }: Case, amount: string): string {
  const how = t(confirmation?.ranOut ? 'again.ran_out' : 'again.not_passed', { amount })
  if (actions.pay.allowed) return `${how} ${t('again.now')}`
  const { because } = actions.pay
  if (because === 'no_more_tries') return `${how} ${t('again.none')}`
  return because === 'wait_a_day' && confirmation?.from
    ? `${how} ${t('again.from', { at: moment(confirmation.from, zone) })}`
    : how
}

/** PayPal answers for itself; everything else has a bank behind it. */
function happened({ reason, instrument }: Case): string {
  const isPaypals = instrument === 'paypal' && (reason === 'issuer' || reason === 'auth')
  return isPaypals ? `happened_paypal.${reason}` : `happened.${reason}`
}

/** When we try again, and what happens if nothing changes. */
function Ahead({ shown, shop }: { shown: Case; shop: string }) {
  return (
    <s-paragraph>
      {shown.nextRetryAt && `${t('ahead.retry', { day: day(shown.nextRetryAt, shown.zone) })} `}
      {t(`ahead.${shown.finalAction}`, { day: day(shown.deadlineAt, shown.zone), shop })}
    </s-paragraph>
  )
}

/** One primary button at most: what helps most comes first. */
function MainButtons(part: Part) {
  const { case: shown, isBusy, anyBusy, press } = part
  const { actions, updateRoute } = shown
  const canConfirm = actions.confirm.allowed
  const canReplace = actions.replace.allowed && updateRoute !== 'none'
  const waitsFor = (name: string) => ({ loading: isBusy(name), disabled: anyBusy && !isBusy(name) })
  const why = whyNot(part)
  const isStart = shown.status === 'failing' && shown.reason === 'auth' && actions.pay.allowed
  const isStuck = updateRoute === 'none' && needsMethod(shown) && !why
  const hasButton = canConfirm || canReplace || actions.pay.allowed || actions.resume.allowed
  // An empty stack would still leave its gap.
  if (!hasButton && !isStuck && !why) return null

  function replace() {
    if (updateRoute !== 'intent') {
      const mail = updateRoute === 'email'
      press(
        { name: 'replace', path: 'payment-method/update-link' },
        mail ? 'done.mailed' : undefined,
      )
      return
    }
    press(
      {
        name: 'replace',
        path: 'payment-method/replaced',
        first: () => replaceInShopify(shown.contractId),
      },
      'done.replaced',
    )
  }

  return (
    <s-stack gap="small">
      {isStuck && (
        <s-paragraph key="stuck">{t('route.none', { shop: part.snapshot.shopName })}</s-paragraph>
      )}
      <s-stack direction="inline" gap="base">
        {canConfirm && (
          <s-button
            variant="primary"
            onClick={() => press({ name: 'confirm', path: 'confirm' })}
            {...waitsFor('confirm')}
          >
            {t('do.confirm')}
          </s-button>
        )}
        {shown.status === 'paused' && actions.resume.allowed && (
          <s-button
            variant="primary"
            onClick={() => press({ name: 'resume', path: 'offers/resume' }, 'done.resumed')}
            {...waitsFor('resume')}
          >
            {t('do.resume')}
          </s-button>
        )}
        {canReplace && updateRoute !== 'add_card' && (
          <s-button
            variant={canConfirm || isStart || !needsShopper(shown) ? 'secondary' : 'primary'}
            onClick={replace}
            {...waitsFor('replace')}
          >
            {t(`do.replace_${updateRoute}`)}
          </s-button>
        )}
        {canReplace && updateRoute === 'add_card' && (
          <s-button variant="primary" href="shopify:customer-account/profile">
            {t('do.replace_add_card')}
          </s-button>
        )}
        {actions.pay.allowed && (
          <s-button
            variant={
              needsShopper(shown) && !canConfirm && (isStart || !canReplace)
                ? 'primary'
                : 'secondary'
            }
            onClick={() => press({ name: 'pay', path: 'retry' })}
            {...waitsFor('pay')}
          >
            {isStart ? t('do.start') : t('do.pay', { amount: money(shown.amount) })}
          </s-button>
        )}
      </s-stack>
      {canReplace && updateRoute !== 'intent' && (
        <s-paragraph key="route" color="subdued">
          {t(instrumentNote(shown), { shop: part.snapshot.shopName })}
        </s-paragraph>
      )}
      {why && (
        <s-paragraph key="why" color="subdued">
          {why}
        </s-paragraph>
      )}
    </s-stack>
  )
}

/** PayPal's mail asks for an approval, every other one for details. */
function instrumentNote({ updateRoute, instrument }: Case): string {
  return updateRoute === 'email' && instrument === 'paypal'
    ? 'route.email_paypal'
    : `route.${updateRoute}`
}

function needsMethod({ status, reason }: Case): boolean {
  return status === 'failing' && (reason === 'card' || reason === 'revoked')
}

/** Why the first thing that a shopper would try is not to be had now: one reason, the nearest. */
function whyNot({ case: { status, reason, actions } }: Part): string | null {
  if (status !== 'failing' && status !== 'confirm') return null
  // The button says it already.
  if (actions.replace.allowed && actions.pay.because === 'method_first') return null
  const refused = [actions.replace, actions.day, actions.pay].filter(({ allowed }) => !allowed)
  // What is told of the last confirmation says from when it can be started again.
  const told = status === 'failing' && reason === 'auth' ? ['wait_a_day', 'no_more_tries'] : []
  const key = refused
    .map(({ because }) => because && !told.includes(because) && WHY[because])
    .find(Boolean)
  return key ? t(key) : null
}

/** The server's codes that have a sentence; the others need none. */
const WHY: Record<string, string> = {
  stopped: 'why.stopped',
  method_first: 'why.method_first',
  no_method: 'why.no_method',
  mail_sent: 'why.mail_sent',
  wait_a_day: 'why.wait_a_day',
  not_yet: 'why.not_yet',
  no_more_tries: 'why.no_more_tries',
  tries_used_up: 'why.tries_used_up',
  moved_twice: 'why.moved_twice',
}
