/**
 * The notice that leads to the page. Nothing while loading, nothing on an error, nothing when nothing is wrong: an
 * account page must never show a hole that is ours.
 */
import type { StandardApi } from '@shopify/ui-extensions/customer-account'
import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { type Case, readState } from '../../shared/src/api.ts'
import { needsShopper } from '../../shared/src/needs-shopper.ts'
import { failedAmount } from '../../shared/src/order.ts'
import { day, money, t } from '../../shared/src/words.ts'

declare const shopify: Pick<StandardApi, 'settings'>

/** Another of our extensions, by its handle. */
export const PAGE = 'extension:recovery-page/'

/** The cases that a notice speaks of; empty until they are known. */
export function useCases(wanted: (each: Case) => boolean): Case[] {
  const [cases, setCases] = useState<Case[]>([])
  useEffect(() => {
    readState().then(
      (snapshot) => setCases(snapshot.cases.filter(wanted)),
      () => {}, // the next visit asks again
    )
  }, [wanted])
  return cases
}

export function Notice({ cases, children }: { cases: Case[]; children?: ComponentChildren }) {
  const first = cases[0]
  if (!first) return null
  const own = shopify.settings.value.heading
  const heading = typeof own === 'string' && own !== '' ? own : headingOf(cases)
  return (
    <s-banner tone={first.status === 'paused' ? 'info' : 'warning'} heading={heading}>
      <s-stack gap="small">{children ?? <Details cases={cases} />}</s-stack>
    </s-banner>
  )
}

function headingOf(cases: Case[]): string {
  const waiting = cases.filter(needsShopper).length
  return waiting === 0
    ? t('heading.paused', { count: cases.length })
    : t('heading.waiting', { count: waiting })
}

function Details({ cases }: { cases: Case[] }) {
  const isPaused = cases.every(({ status }) => status === 'paused')
  return (
    <>
      {cases.map((each) => (
        <s-paragraph key={each.id}>{line(each)}</s-paragraph>
      ))}
      <s-button href={PAGE}>{t(isPaused ? 'do.resume' : 'do.open')}</s-button>
    </>
  )
}

function line(each: Case): string {
  const values = { title: each.title, amount: money(each.amount) }
  if (each.status === 'paused') return t('line.paused', values)
  if (each.status === 'confirm') return t('line.confirm', values)
  const amount = money(failedAmount(each))
  return t('line.failing', { ...values, amount, day: day(each.deadlineAt, each.zone) })
}

/** Off only when the merchant said so: settings are empty until they are saved once. */
export function isOn(key: 'in_order_list' | 'in_order_status' | 'in_profile'): boolean {
  return shopify.settings.value[key] !== false
}
