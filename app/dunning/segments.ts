/**
 * Which sequence a case gets: ordered rules over what is known of the shopper and the subscription when it opens. The
 * first that holds wins; none: the default sequence, which always exists. What is not known never holds.
 */

import {
  allHold,
  type Condition,
  contradiction,
  MOST_CONDITIONS,
  SEGMENT_FACTS,
  sayCondition,
  type Traits,
  wrongWithCondition,
} from './conditions.ts'

export type SegmentRule = {
  id: string
  name: string
  sequenceId: string
  /** All must hold. */
  conditions: Condition[]
  /** Why its conditions cannot be read, as when a later version of the app wrote them: it is passed over. */
  unreadable?: string
}

/** The rule that chose, and in what words; `rule` null: the default sequence. */
export type ChosenSegment = { rule: SegmentRule | null; because: string }

export function chooseSegment(rules: readonly SegmentRule[], traits: Traits): ChosenSegment {
  for (const rule of rules) {
    const verdict = ruleHolds(rule, traits)
    if (verdict.holds)
      return { rule, because: `it belongs to the segment "${rule.name}": ${verdict.because}` }
  }
  return {
    rule: null,
    because: rules.length === 0 ? 'the shop has no segments' : 'it belongs to no segment',
  }
}

/** A rule that asks for nothing would hide all that follow it: it never holds. */
function ruleHolds({ conditions }: SegmentRule, traits: Traits) {
  if (conditions.length === 0) return { holds: false, because: 'it asks for nothing' }
  return allHold(conditions, { ...traits, attempts: 0, messages: 0, clicked: null })
}

/** "the amount is at least 50, and the country is one of DE, AT" */
export function sayRule({ conditions }: Pick<SegmentRule, 'conditions'>): string {
  return conditions.map(sayCondition).join(', and ')
}

/** Most rules of a shop, and longest name. Ours: a merchant must be able to read the list. */
export const MOST_RULES = 30
export const RULE_NAME_LENGTH = 60

export type RuleProblem = {
  field: 'name' | 'sequenceId' | `conditions.${number}` | 'conditions'
  say: string
}

/** What is wrong with a rule, beside its field; nothing: it can be saved. */
export function problemsOfRule(rule: Omit<SegmentRule, 'id'>): RuleProblem[] {
  const problems: RuleProblem[] = []
  const name = rule.name.trim()
  if (name === '' || name.length > RULE_NAME_LENGTH)
    problems.push({
      field: 'name',
      say: `Give the segment a name of at most ${RULE_NAME_LENGTH} characters.`,
    })
  if (rule.sequenceId === '')
    problems.push({ field: 'sequenceId', say: 'Choose the sequence that it gets.' })
  const { conditions } = rule
  if (conditions.length === 0)
    problems.push({
      field: 'conditions',
      say: 'Add a condition. What belongs to no segment gets the default sequence.',
    })
  if (conditions.length > MOST_CONDITIONS)
    problems.push({ field: 'conditions', say: `Use at most ${MOST_CONDITIONS} conditions.` })
  for (const [i, condition] of conditions.entries()) {
    const isKnownAtOpening = SEGMENT_FACTS.some(({ fact }) => fact === condition.fact)
    const wrong = isKnownAtOpening
      ? wrongWithCondition(condition)
      : 'That is not known yet when a case opens: choose another fact.'
    if (wrong) problems.push({ field: `conditions.${i}`, say: wrong })
  }
  const conflict = problems.length === 0 ? contradiction(conditions) : null
  if (conflict)
    problems.push({ field: 'conditions', say: `These can never hold together: ${conflict}.` })
  return problems
}
