/** One question, once, after it is over. */
import { useState } from 'preact/hooks'
import { t } from '../../shared/src/words.ts'
import type { Part } from './CaseSection.tsx'
import { chosenIn } from './Choices.tsx'

/** The answers that have words here; an answer that only the server knows is left out. */
const ANSWERS = ['easy', 'unclear', 'too_many', 'other']

/** Characters; the server refuses more. */
const NOTE_LENGTH = 500

export function Feedback({
  case: shown,
  reasons,
  isBusy,
  anyBusy,
  press,
}: Part & { reasons: string[] }) {
  const [reason, setReason] = useState<string>()
  const [note, setNote] = useState('')
  const [wrong, setWrong] = useState(false)
  const answers = reasons.filter((each) => ANSWERS.includes(each))
  if (answers.length === 0) return null

  function send() {
    setWrong(!reason)
    if (!reason) return
    const body = note.trim() ? { reason, note: note.trim() } : { reason }
    press({ name: 'feedback', path: 'feedback', body }, 'done.feedback')
  }

  return (
    <s-stack gap="small">
      <s-choice-list
        label={t('feedback.question')}
        name={`feedback-${shown.id}`}
        {...(wrong && { error: t('feedback.choose') })}
        onChange={(event) => {
          setReason(chosenIn(event))
          setWrong(false)
        }}
      >
        {answers.map((each) => (
          <s-choice key={each} value={each} selected={each === reason}>
            {t(`feedback.answer.${each}`)}
          </s-choice>
        ))}
      </s-choice-list>
      <s-text-area
        label={t('feedback.note')}
        rows={3}
        maxLength={NOTE_LENGTH}
        value={note}
        onChange={(event) =>
          setNote((event.currentTarget as HTMLElementTagNameMap['s-text-area']).value ?? '')
        }
      />
      <s-button
        variant="secondary"
        loading={isBusy('feedback')}
        disabled={anyBusy && !isBusy('feedback')}
        onClick={send}
      >
        {t('feedback.send')}
      </s-button>
    </s-stack>
  )
}
