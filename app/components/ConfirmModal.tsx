import { Modal, TitleBar } from '@shopify/app-bridge-react'
import { Box, Text } from '@shopify/polaris'

/** Asks before something that cannot be taken back. Its buttons sit where the admin puts them. */
export function ConfirmModal({
  id,
  open,
  title,
  children,
  confirm,
  onConfirm,
  onClose,
}: {
  id: string
  open: boolean
  title: string
  children: string
  confirm: string
  onConfirm: () => void
  onClose: () => void
}) {
  return (
    <Modal id={id} open={open} onHide={onClose}>
      <Box padding="400">
        <Text as="p">{children}</Text>
      </Box>
      <TitleBar title={title}>
        <button type="button" variant="primary" tone="critical" onClick={onConfirm}>
          {confirm}
        </button>
        <button type="button" onClick={onClose}>
          Keep it as it is
        </button>
      </TitleBar>
    </Modal>
  )
}
