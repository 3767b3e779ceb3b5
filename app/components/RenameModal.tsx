import { Modal, TitleBar } from '@shopify/app-bridge-react'
import { Box, TextField } from '@shopify/polaris'
import { useState } from 'react'

/** Longest name of a sequence. Characters. */
const NAME_LENGTH = 80

export function RenameModal({
  open,
  name,
  onRename,
  onClose,
}: {
  open: boolean
  name: string
  onRename: (name: string) => void
  onClose: () => void
}) {
  const [text, setText] = useState(name)
  const isEmpty = text.trim() === ''
  return (
    <Modal id="rename-sequence" open={open} onHide={onClose}>
      <Box padding="400">
        <TextField
          label="Name"
          autoComplete="off"
          maxLength={NAME_LENGTH}
          value={text}
          error={isEmpty ? 'Give it a name.' : false}
          onChange={setText}
        />
      </Box>
      <TitleBar title="Rename this sequence">
        <button
          type="button"
          variant="primary"
          onClick={() => onRename(text)}
          {...(isEmpty ? { disabled: true } : {})}
        >
          Rename
        </button>
        <button type="button" onClick={onClose}>
          Keep the name
        </button>
      </TitleBar>
    </Modal>
  )
}
