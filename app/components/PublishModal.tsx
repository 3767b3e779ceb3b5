import { Modal, TitleBar } from '@shopify/app-bridge-react'
import { BlockStack, Box, ChoiceList, Text, TextField } from '@shopify/polaris'
import { useState } from 'react'

export type InFlightChoice = 'leave' | 'move' | 'end'

/** Longest note to a version. Characters. */
const NOTE_LENGTH = 500

/** Asks for a note, and for what becomes of the cases that are under way. */
export function PublishModal({
  open,
  version,
  restores,
  inFlight,
  onPublish,
  onClose,
}: {
  open: boolean
  /** The number that it will get. */
  version: number
  /** The earlier version that it brings back; absent: it is new. */
  restores?: number
  inFlight: { open: number; mayMove: number }
  onPublish: (note: string, choice: InFlightChoice) => void
  onClose: () => void
}) {
  const [note, setNote] = useState('')
  const [choice, setChoice] = useState<InFlightChoice>('leave')
  const { open: cases, mayMove } = inFlight
  return (
    <Modal id="publish-sequence" open={open} onHide={onClose}>
      <Box padding="400">
        <BlockStack gap="400">
          <Text as="p">
            {restores === undefined
              ? `Version ${version} serves failures from now on. It can be looked at and brought back later, but never changed.`
              : `The plan of version ${restores} is published as version ${version}, and serves failures from now on. What came after it stays in the list.`}
          </Text>
          <TextField
            label={restores === undefined ? 'What changed, and why' : 'Why it is brought back'}
            helpText="For your colleagues; shoppers never see it."
            autoComplete="off"
            multiline={2}
            maxLength={NOTE_LENGTH}
            value={note}
            onChange={setNote}
          />
          {cases > 0 ? (
            <ChoiceList
              title={`${count(cases)} under way`}
              choices={[
                {
                  value: 'leave',
                  label: 'Leave them on their version',
                  helpText: 'They go on as their shoppers were told.',
                },
                {
                  value: 'move',
                  label: `Move those that still wait (${mayMove})`,
                  helpText:
                    'What is done stays done, and a day that has passed is not made up for. The others stay on their version.',
                },
                {
                  value: 'end',
                  label: `End them (${cases})`,
                  helpText:
                    'Nothing else is charged or sent, and their subscriptions are left as they are. This cannot be taken back.',
                },
              ]}
              selected={[choice]}
              onChange={([chosen]) => {
                if (chosen === 'leave' || chosen === 'move' || chosen === 'end') setChoice(chosen)
              }}
            />
          ) : null}
        </BlockStack>
      </Box>
      <TitleBar
        title={
          restores === undefined ? `Publish version ${version}` : `Bring version ${restores} back`
        }
      >
        <button type="button" variant="primary" onClick={() => onPublish(note, choice)}>
          {restores === undefined ? 'Publish' : 'Bring back'}
        </button>
        <button type="button" onClick={onClose}>
          Not yet
        </button>
      </TitleBar>
    </Modal>
  )
}

const count = (cases: number) => (cases === 1 ? '1 case is' : `${cases} cases are`)
