// The page that frames the app as Shopify's admin does: navigation menu, title bar, save bar, toasts,
// deep links, session tokens, a shop switcher. It talks to app-bridge.js inside the frame.
import { control, explain } from '../page-parts/control.js'
import { el } from '../page-parts/el.js'
import { moment } from '../page-parts/words.js'

const $ = (id) => document.getElementById(id)
const frame = $('app')

/** How long a silent app is given before the page says so. Milliseconds, real time. */
const SILENCE_MS = 12_000

/** What the signed address carries for the app alone; it has no place in the admin's address bar. */
const SIGNED = ['embedded', 'hmac', 'host', 'id_token', 'locale', 'session', 'shop', 'timestamp']

const place = readPlace(location)
let appOrigin = ''
let appPath = place.path
let links = []
let saveBar = null
let heard = false

/** `/store/<store>/apps/<app>/<path in the app>`; any other page of a store is Shopify's own. */
function readPlace({ pathname, search }) {
  const [, store = '', rest = ''] = /^\/store\/([^/]+)\/?(.*)$/.exec(pathname) ?? []
  const [, handle, path] = /^apps\/([^/]+)(\/.*)?$/.exec(rest) ?? []
  const wanted = path && path !== '/' ? path : '/app'
  return { store, shop: `${store}.myshopify.com`, handle, path: wanted + search, rest }
}

const adminAddress = (path, store = place.store) => `/store/${store}/apps/reprise${path}`

// ---------------------------------------------------------------- words between frame and page

function post(message) {
  frame.contentWindow?.postMessage({ fromAdmin: true, ...message }, appOrigin)
}

const said = {
  async idToken(_, id) {
    try {
      const { token } = await control(`/shops/${place.shop}/id-token`)
      post({ id, result: token })
    } catch (error) {
      post({ id, error: explain(error) })
      showTrouble(`The app asked for a session token. ${explain(error)}`)
    }
  },
  async confirmLeaving(_, id) {
    post({ id, result: await mayLeave() })
  },
  path(path) {
    const url = new URL(path, appOrigin)
    for (const name of SIGNED) url.searchParams.delete(name)
    appPath = url.pathname + url.search
    history.replaceState(null, '', adminAddress(appPath))
    markCurrent()
  },
  navMenu(found) {
    links = found
    drawMenu()
  },
  titleBar: drawTitleBar,
  saveBar: drawSaveBar,
  toast: showToast,
  hideToast: (id) => $(id)?.remove(),
  loading: (busy) => {
    $('loading').hidden = !busy
  },
  async leaveTo(address) {
    if (await mayLeave()) location.assign(standInAddress(address))
  },
}

addEventListener('message', ({ source, origin, data }) => {
  if (source !== frame.contentWindow || origin !== appOrigin || !data?.fromApp) return
  heard = true
  hideTrouble()
  said[data.type]?.(data.payload, data.id)
})

/** An address of the real admin, should the app still hold one, is a page of this stand-in. */
function standInAddress(address) {
  const url = new URL(address, location.href)
  return url.hostname === 'admin.shopify.com' ? url.pathname + url.search : url.href
}

// ---------------------------------------------------------------- menu and title bar

async function goTo(href) {
  closeMenu()
  if (await mayLeave()) post({ event: 'navigate', href })
}

function drawMenu() {
  $('app-pages').replaceChildren(
    ...links
      .filter(({ home }) => !home)
      .map(({ href, label }) =>
        el('a', { href: adminAddress(href), 'data-href': href, onclick: follow }, label),
      ),
  )
  markCurrent()
}

function follow(event) {
  if (event.metaKey || event.ctrlKey || event.shiftKey) return // a new tab deep-links by itself
  event.preventDefault()
  goTo(event.currentTarget.dataset.href)
}

const homeHref = () => links.find(({ home }) => home)?.href ?? '/app'

/** The longest link that begins the present path is the current one; else it is the app's home. */
function markCurrent() {
  const path = appPath.split('?')[0] ?? ''
  const begins = (href) => path === href || path.startsWith(`${href}/`)
  const items = [...$('app-pages').children]
  const current = items
    .filter((item) => begins(item.dataset.href))
    .sort((a, b) => b.dataset.href.length - a.dataset.href.length)[0]
  for (const item of [...items, $('app-home')]) item.removeAttribute('aria-current')
  ;(current ?? $('app-home')).setAttribute('aria-current', 'page')
  $('app-home').href = adminAddress(homeHref())
  $('app-home').dataset.href = homeHref()
}

function drawTitleBar(bar) {
  const title = bar?.title || 'Reprise'
  $('title').textContent = title
  document.title = `${title} · stand-in admin`
  const controls = bar?.controls ?? []
  const back = controls.find(({ variant }) => variant === 'breadcrumb')
  $('back').replaceChildren(
    ...(back
      ? [
          el(
            'button',
            { type: 'button', class: 'back', title: back.label, onclick: () => press(back.key) },
            el('span', { 'aria-hidden': 'true' }, '←'),
            el('span', { class: 'hidden-text' }, `Back to ${back.label}`),
          ),
        ]
      : []),
  )
  const groups = (bar?.groups ?? []).map(({ label, controls }) =>
    el('details', {}, el('summary', {}, label), el('div', {}, ...controls.map(button))),
  )
  const others = controls.filter(({ variant }) => variant !== 'breadcrumb')
  others.sort((a, b) => Number(a.variant === 'primary') - Number(b.variant === 'primary'))
  $('title-buttons').replaceChildren(...groups, ...others.map(button))
}

const press = (key) => post({ event: 'press', key })

function button({ key, label, variant, critical, disabled, loading }) {
  return el(
    'button',
    {
      type: 'button',
      class: critical ? 'critical' : variant === 'primary' ? 'primary' : '',
      disabled: disabled || loading,
      'aria-busy': loading ? 'true' : null,
      onclick: () => press(key),
    },
    label || (variant === 'primary' ? 'Save' : 'Discard'),
  )
}

// ---------------------------------------------------------------- save bar and leaving

function drawSaveBar(bar) {
  saveBar = bar
  $('save-bar').hidden = !bar
  const buttons = [...(bar?.buttons ?? [])]
  buttons.sort((a, b) => Number(a.variant === 'primary') - Number(b.variant === 'primary'))
  $('save-bar-buttons').replaceChildren(
    ...buttons.map((described) => {
      const drawn = button(described)
      if (described.variant !== 'primary' && bar.discardConfirmation) {
        drawn.onclick = () => confirmDiscard(described.key)
      }
      return drawn
    }),
  )
}

async function confirmDiscard(key) {
  const sure = await confirmed({
    title: 'Discard all unsaved changes?',
    text: 'What was changed since the last save will be lost.',
    stay: 'Continue editing',
    go: 'Discard changes',
  })
  if (sure) press(key)
}

async function mayLeave() {
  if (!saveBar) return true
  $('save-bar').classList.remove('shake')
  requestAnimationFrame(() => $('save-bar').classList.add('shake'))
  const leave = await confirmed({
    title: 'Leave page with unsaved changes?',
    text: 'Leaving this page will discard all unsaved changes.',
    stay: 'Stay',
    go: 'Leave page',
  })
  if (leave) drawSaveBar(null)
  return leave
}

addEventListener('beforeunload', (event) => {
  if (saveBar) event.preventDefault()
})

function confirmed({ title, text, stay, go }) {
  const dialog = $('confirm')
  $('confirm-title').textContent = title
  $('confirm-text').textContent = text
  $('confirm-stay').textContent = stay
  $('confirm-go').textContent = go
  $('confirm-stay').onclick = () => dialog.close('stay')
  $('confirm-go').onclick = () => dialog.close('go')
  dialog.returnValue = 'stay'
  dialog.showModal()
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'go'), { once: true })
  })
}

// ---------------------------------------------------------------- toasts and trouble

function showToast({ id, message, duration, isError, action }) {
  const toast = el(
    'div',
    { id, class: isError ? 'toast error' : 'toast', role: isError ? 'alert' : null },
    el('span', {}, message),
    action ? el('button', { type: 'button', onclick: () => press(`${id}-action`) }, action) : null,
    el(
      'button',
      {
        type: 'button',
        'aria-label': 'Dismiss',
        onclick: () => {
          toast.remove()
          press(`${id}-dismiss`)
        },
      },
      '×',
    ),
  )
  $('toasts').append(toast)
  setTimeout(() => toast.remove(), duration)
}

function showTrouble(text) {
  $('trouble').textContent = text
  $('trouble').hidden = false
}

function hideTrouble() {
  $('trouble').hidden = true
}

// ---------------------------------------------------------------- shops, world clock, menu

async function drawWorld() {
  const { now, shops } = await control('/state')
  const shop = shops.find(({ domain }) => domain === place.shop)
  $('world-now').textContent = moment(now, shop?.zone)
  $('world-now').title = `World time, ${shop?.zone ?? 'UTC'}`
  $('shop').replaceChildren(
    ...shops.map(({ domain, name }) =>
      el('option', { value: domain, selected: domain === place.shop }, name ?? domain),
    ),
  )
  if (!shop) $('shop').prepend(el('option', { selected: true, disabled: true }, place.shop))
}

// The clock may have been moved on another page meanwhile.
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') drawWorld().catch(() => {})
})

$('shop').addEventListener('change', async ({ target }) => {
  const store = target.value.replace(/\.myshopify\.com$/, '')
  if (await mayLeave()) location.assign(adminAddress('/app', store))
  else target.value = place.shop
})

$('next-day').addEventListener('click', async ({ currentTarget: pressed }) => {
  pressed.disabled = true
  pressed.setAttribute('aria-busy', 'true')
  $('loading').hidden = false
  try {
    await control('/clock', { by: 'P1D' })
    await drawWorld()
    // The page that shows is read again, unless that would throw a half-filled form away.
    if (heard && !saveBar) post({ event: 'navigate', href: appPath })
  } catch (error) {
    showTrouble(explain(error))
  } finally {
    pressed.disabled = false
    pressed.removeAttribute('aria-busy')
    $('loading').hidden = true
  }
})

$('app-home').addEventListener('click', follow)
$('menu-toggle').addEventListener('click', () => {
  const open = $('menu').classList.toggle('open')
  $('menu-toggle').setAttribute('aria-expanded', String(open))
})
addEventListener('keydown', ({ key }) => key === 'Escape' && closeMenu())

function closeMenu() {
  $('menu').classList.remove('open')
  $('menu-toggle').setAttribute('aria-expanded', 'false')
}

// ---------------------------------------------------------------- opening

async function openApp() {
  const path = encodeURIComponent(place.path)
  const { url } = await control(`/shops/${place.shop}/launch?path=${path}`)
  appOrigin = new URL(url).origin
  $('loading').hidden = false
  frame.addEventListener('load', () => {
    $('loading').hidden = true
  })
  frame.hidden = false
  frame.src = url
  setTimeout(() => {
    if (!heard) {
      showTrouble(
        `Nothing has come from the app on ${appOrigin} yet. Is it running, and does its page load App Bridge from this sandbox (APP_BRIDGE_URL)?`,
      )
    }
  }, SILENCE_MS)
}

/** A customer, an order or a contract in the real admin has a page that the stand-in does not play. */
function showNotHere() {
  $('title').textContent = 'A page of Shopify’s own'
  $('not-here').hidden = false
  $('not-here').append(
    el('h2', {}, 'In the real admin, Shopify shows this page itself'),
    el('p', {}, 'The app linked to ', el('code', {}, `/store/${place.store}/${place.rest}`), '.'),
    el('p', {}, el('a', { href: adminAddress('/app') }, 'Back to Reprise')),
  )
}

try {
  drawMenu()
  await drawWorld()
  if (place.handle || place.rest === '') await openApp()
  else showNotHere()
} catch (error) {
  showTrouble(explain(error))
}
