// "Break something": what a visitor may break, how the engine is, and whether anything got lost.
import { control, explain } from '../page-parts/control.js'
import { el } from '../page-parts/el.js'
import { count } from '../page-parts/words.js'
import { byWords, figuresOf, newsOf, standOf } from './aftermath.js'

/** How often the panel asks while it is in front. Milliseconds, real time. */
const ASK_MS = 1000

/** The engine's call that asks for money: the worker can be killed between its answer and the one who reads it. */
const CHARGE = 'subscriptionBillingAttemptCreate'

/** More often than anybody will ask. */
const UNTIL_MENDED = 1_000_000

const $ = (id) => document.getElementById(id)

const FORMS = {
  'kill-worker': () => control('/worker', { do: 'kill' }),
  'kill-at-charge': () =>
    control('/faults', {
      operation: CHARGE,
      mode: 'then',
      path: 'worker',
      body: { do: 'kill' },
      times: 1,
    }),
  'start-worker': () => control('/worker', { do: 'start' }),
}

/**
 * Fills the panel and keeps it current.
 *
 * @param {() => { domain: string, name: string } | undefined} shopOnStage whose processor can be broken
 */
export function watchBreakage(shopOnStage) {
  let last = null
  let story = []

  for (const [id, act] of Object.entries(FORMS)) $(id).addEventListener('click', () => doing(act))
  for (const input of document.querySelectorAll('#webhooks-mode input'))
    input.addEventListener('change', () =>
      doing(() => control('/webhook-policy', { topic: '*', mode: input.value })),
    )
  $('processor').addEventListener('change', ({ target }) => {
    const { domain } = shopOnStage()
    const wanted = target.checked
      ? { state: 'down', code: 'PAYMENT_PROVIDER_ERROR' }
      : { state: 'up' }
    return doing(() => control(`/shops/${domain}/processor`, wanted))
  })
  $('shopify-500').addEventListener('change', ({ target }) =>
    doing(() =>
      control('/faults', {
        operation: '*',
        mode: 'http_500',
        times: target.checked ? UNTIL_MENDED : 0,
      }),
    ),
  )

  async function doing(act) {
    try {
      await act()
      $('break-trouble').hidden = true
    } catch (error) {
      $('break-trouble').textContent = explain(error)
      $('break-trouble').hidden = false
    }
    await ask()
  }

  async function ask() {
    const found = await control('/breakage').catch(() => null)
    if (!found) return
    const fresh = newsOf(last, found, shopOnStage()?.name)
    last = found
    story = [...fresh, ...story].slice(0, 6)
    draw(found, story, shopOnStage())
  }

  setInterval(() => document.visibilityState === 'visible' && ask(), ASK_MS)
  return ask()
}

function draw(found, story, shop) {
  drawWorker(found)
  const mode = document.querySelector(`#webhooks-mode input[value="${found.webhooks}"]`)
  for (const input of document.querySelectorAll('#webhooks-mode input'))
    input.checked = input === mode
  $('webhooks-stand').textContent = found.counts.lost
    ? `${count(found.counts.lost, 'webhook')} lost so far`
    : ''
  $('processor').checked = Boolean(shop && found.processors[shop.domain])
  $('processor').disabled = !shop
  $('processor-of').textContent = shop ? `of ${shop.name}` : ''
  $('shopify-500').checked = found.shopify === 'http_500'
  $('figures').replaceChildren(
    ...figuresOf(found).map(({ name, value, kind, more }) =>
      el(
        'div',
        { class: kind },
        el('dt', {}, name),
        el('dd', {}, el('span', { class: 'numbers' }, value), el('span', { class: 'more' }, more)),
      ),
    ),
  )
  const { kind, words } = standOf(found)
  say($('stand'), words)
  $('stand').className = `stand ${kind}`
  const lines = story.map(({ words: line }) => line)
  if ($('news').dataset.lines === JSON.stringify(lines)) return
  $('news').dataset.lines = JSON.stringify(lines)
  $('news').hidden = lines.length === 0
  $('news').replaceChildren(...lines.map((line) => el('li', {}, line)))
}

function drawWorker(found) {
  const { state, pill, words } = byWords(found)
  $('worker-pill').textContent = pill
  $('worker-pill').className =
    `pill ${{ running: 'good', gone: 'bad', starting: 'warn' }[state] ?? ''}`
  $('worker-stand').textContent = words
  const gone = state === 'gone'
  const hadFocus = document.activeElement
  $('kill-worker').hidden = gone
  $('kill-at-charge').hidden = gone
  $('start-worker').hidden = !gone
  // A button that goes away takes the keyboard's place with it.
  if (gone && [$('kill-worker'), $('kill-at-charge')].includes(hadFocus)) $('start-worker').focus()
  if (!gone && hadFocus === $('start-worker')) $('kill-worker').focus()
  for (const id of ['kill-worker', 'kill-at-charge']) $(id).disabled = state !== 'running'
  if (found.deathPlanned) $('kill-at-charge').disabled = true
}

/** Only what has changed is written: a reader that follows the line is not told the same again. */
function say(element, words) {
  if (element.textContent !== words) element.textContent = words
}
