import { useBlocker } from '@remix-run/react'
import { useAppBridge } from '@shopify/app-bridge-react'
import { useEffect, useState } from 'react'

/** A form's values while they are edited: `saved` is what the server has, `dirty` whether they differ. */
export function useDraft<T extends Record<string, string | boolean>>(saved: T) {
  const [values, setValues] = useState(saved)
  const savedText = JSON.stringify(saved)
  const dirty = JSON.stringify(values) !== savedText

  // After a save the loader answers with the new values: the draft starts from them.
  useEffect(() => setValues(JSON.parse(savedText)), [savedText])
  useLeaveGuard(dirty)

  return {
    values,
    dirty,
    set: <K extends keyof T>(name: K, value: T[K]) =>
      setValues((before) => ({ ...before, [name]: value })),
    reset: () => setValues(saved),
  }
}

/** No path leads out of a form with unsaved changes without the admin asking first. */
export function useLeaveGuard(dirty: boolean) {
  const shopify = useAppBridge()
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) =>
      dirty &&
      currentLocation.pathname + currentLocation.search !==
        nextLocation.pathname + nextLocation.search,
  )
  useEffect(() => {
    if (blocker.state !== 'blocked') return
    shopify.saveBar.leaveConfirmation().then(blocker.proceed, blocker.reset)
  }, [blocker, shopify])
}
