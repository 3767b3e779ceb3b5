import { SaveBar } from '@shopify/app-bridge-react'

/** Shopify's own bar over a form with unsaved changes: the one way to save it, and the one way to drop them. */
export function UnsavedBar({
  id,
  open,
  saving,
  onSave,
  onDiscard,
}: {
  id: string
  open: boolean
  saving: boolean
  onSave: () => void
  onDiscard: () => void
}) {
  return (
    <SaveBar id={id} open={open}>
      <button type="button" variant="primary" onClick={onSave} {...(saving ? { loading: '' } : {})}>
        Save
      </button>
      <button type="button" onClick={onDiscard}>
        Discard
      </button>
    </SaveBar>
  )
}
