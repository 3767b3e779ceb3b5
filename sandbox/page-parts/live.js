// A page that follows the world: it asks again now and then, and draws only what has changed.
import { explain } from './control.js'

/** How often a page in front asks again. Milliseconds, real time. */
const ASK_MS = 4000

/**
 * Draws what `load` brings, now and whenever it has changed. Trouble is said in the element with the
 * id `trouble`. Gives back a function that asks at once.
 */
export function keepShowing(load, draw) {
  const trouble = document.getElementById('trouble')
  let shown = null

  async function ask() {
    try {
      const found = await load()
      trouble.hidden = true
      const text = JSON.stringify(found)
      if (text === shown) return
      shown = text
      draw(found)
    } catch (error) {
      trouble.textContent = explain(error)
      trouble.hidden = false
    }
  }

  setInterval(() => document.visibilityState === 'visible' && ask(), ASK_MS)
  document.addEventListener(
    'visibilitychange',
    () => document.visibilityState === 'visible' && ask(),
  )
  ask()
  return ask
}
