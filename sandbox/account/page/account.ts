/**
 * The stand-in customer account: order list, order status, profile, and the full pages of extensions. It shows the
 * built bundles where Shopify would, and says on every picture that it is none of Shopify's.
 */
import { control, explain } from '../../page-parts/control.js'
import { el } from '../../page-parts/el.js'
import { cardName, tail } from '../../page-parts/words.js'
import type { AccountData, Extension, Order } from './account-data.ts'
import { defineElements } from './elements.ts'
import { run } from './host.ts'
import { openIntent } from './payment-dialog.ts'
import type { Boot, Table } from './protocol.ts'
import { LANGUAGES, type Language, languageFor, own, speak } from './words.ts'

/** How much world time goes by after the app took a change: a shopper who waits for the result. */
const WAITING = 'PT30S'
/** Kept while the shopper is at their bank or at Shop Pay: what they did there is known a little later. */
const AWAY = 'stand-in away'
/** How long a toast stays. Milliseconds, real time. */
const TOAST_MS = 6000

const TARGET = {
  page: 'customer-account.page.render',
  ordersTop: 'customer-account.order-index.announcement.render',
  orders: 'customer-account.order-index.block.render',
  statusTop: 'customer-account.order-status.announcement.render',
  status: 'customer-account.order-status.block.render',
  payment: 'customer-account.order-status.payment-details.render-after',
  profileTop: 'customer-account.profile.announcement.render',
  profile: 'customer-account.profile.block.render',
  menuItem: 'customer-account.order.action.menu-item.render',
  action: 'customer-account.order.action.render',
  footer: 'customer-account.footer.render-after',
} as const

type View = { data: AccountData; table: Table; language: Language; page: string; about: string }

/** Everything that Shopify would have refused, for the eye and for the tests. */
const faults: string[] = []
Object.assign(globalThis, { standIn: { faults } })

const $ = (id: string) => document.getElementById(id) as HTMLElement
const [, , customer = '', page = '', about = ''] = location.pathname
  .split('/')
  .map(decodeURIComponent)

start().catch((error: unknown) => {
  $('trouble').textContent = explain(error)
  $('trouble').hidden = false
})

async function start(): Promise<void> {
  if (sessionStorage.getItem(AWAY)) {
    sessionStorage.removeItem(AWAY)
    await letTimePass()
  }
  const wanted = new URLSearchParams(location.search).get('language')
  const [data, table] = await Promise.all([
    load(),
    fetch('/account-parts/elements.json').then((answer) => answer.json() as Promise<Table>),
  ])
  const language = languageFor(wanted ?? data.customer.locale)
  speak(language)
  defineElements(table, { fault, addressOf: addressIn(data) })
  draw({ data, table, language, page, about })
}

/** How things stand now. */
function load(): Promise<AccountData> {
  const language = new URLSearchParams(location.search).get('language')
  const query = language ? `?language=${encodeURIComponent(language)}` : ''
  return control(`/account/${encodeURIComponent(customer)}${query}`) as Promise<AccountData>
}

function draw(view: View): void {
  const { data, page, about } = view
  document.title = `${data.shop.name} · stand-in account`
  drawHead(view)
  const order = data.orders.find(({ id }) => tail(id) === about) ?? null
  const main = $('content')
  switch (page) {
    case 'profile':
      main.replaceChildren(...profile(view))
      break
    case 'orders':
      main.replaceChildren(...(order ? orderStatus(view, order) : orderList(view)))
      break
    case 'pages':
      main.replaceChildren(...slots(view, TARGET.page, { handle: about }))
      break
    default:
      main.replaceChildren(...orderList(view))
  }
  main.append(...slots(view, TARGET.footer))
  if (data.extensions.length === 0)
    main.prepend(el('p', { class: 'trouble' }, 'No extension is built here: run `npm run setup`.'))
}

// ---------------------------------------------------------------- the account's own pages

function drawHead({ data, language, page }: View): void {
  const link = (to: string, words: string, isHere: boolean) =>
    el('a', { href: addressOf(to), 'aria-current': isHere ? 'page' : null }, words)
  const choice = el(
    'select',
    { id: 'language', 'aria-label': own('language'), onchange: () => switchTo(choice.value) },
    ...Object.entries(LANGUAGES).map(([tag, name]) =>
      el('option', { value: tag, lang: tag, selected: tag === language }, name),
    ),
  ) as HTMLSelectElement
  $('head').replaceChildren(
    el('strong', {}, data.shop.name),
    el(
      'nav',
      { 'aria-label': data.shop.name },
      link('orders', own('orders'), page === '' || page === 'orders'),
      link('profile', own('profile'), page === 'profile'),
    ),
    choice,
  )
}

function switchTo(language: string): void {
  const address = new URL(location.href)
  address.searchParams.set('language', language)
  location.assign(address)
}

function orderList(view: View): HTMLElement[] {
  const { orders } = view.data
  return [
    ...slots(view, TARGET.ordersTop),
    el('h1', {}, own('orders')),
    ...slots(view, TARGET.orders),
    el('ul', { class: 'orders' }, ...orders.toReversed().map((order) => orderCard(view, order))),
  ]
}

const orderCard = (view: View, order: Order) =>
  el(
    'li',
    { class: 'card' },
    el(
      'p',
      {},
      el('strong', {}, `${own('order')} ${order.name}`),
      ` · ${dayOf(view, order)}`,
      el('br'),
      el('span', { class: 'quiet' }, order.productTitle),
    ),
    el('p', {}, money(view, order), ' ', paidPill(order)),
    el(
      'div',
      { class: 'actions' },
      ...slots(view, TARGET.menuItem, { order }),
      el('a', { class: 'button', href: addressOf(`orders/${tail(order.id)}`) }, own('view')),
    ),
  )

function orderStatus(view: View, order: Order): HTMLElement[] {
  return [
    ...slots(view, TARGET.statusTop, { order }),
    el('h1', {}, `${own('order')} ${order.name}`),
    ...slots(view, TARGET.status, { order }),
    el(
      'section',
      { class: 'card' },
      el('p', {}, order.productTitle),
      el('p', {}, money(view, order), ' ', paidPill(order)),
      ...slots(view, TARGET.payment, { order }),
      el('div', { class: 'actions' }, ...slots(view, TARGET.menuItem, { order })),
    ),
    ...slots(view, TARGET.action, { order }),
  ]
}

function profile(view: View): HTMLElement[] {
  const { customer, subscriptions, methods } = view.data
  const line = (name: string, value: string | null) => [
    el('dt', {}, name),
    el('dd', {}, value ?? '–'),
  ]
  return [
    ...slots(view, TARGET.profileTop),
    el('h1', {}, own('profile')),
    el(
      'section',
      { class: 'card' },
      el(
        'dl',
        {},
        ...line(own('name'), `${customer.firstName} ${customer.lastName}`),
        ...line(own('email'), customer.email),
        ...line(own('methods'), methods.map((card) => cardName(card)).join(', ')),
        ...subscriptions.flatMap(({ productTitle }) => line(own('subscription'), productTitle)),
      ),
    ),
    ...slots(view, TARGET.profile),
  ]
}

const paidPill = ({ financialStatus }: Order) =>
  financialStatus === 'PAID'
    ? el('span', { class: 'pill good' }, own('paid'))
    : el('span', { class: 'pill warn' }, own('pending'))

const dayOf = ({ language, data }: View, { createdAt }: Order) =>
  new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeZone: data.shop.zone }).format(
    new Date(createdAt),
  )

const money = ({ language }: View, { total, currency }: Order) =>
  new Intl.NumberFormat(language, { style: 'currency', currency }).format(Number(total))

// ---------------------------------------------------------------- extensions in their places

/** A place for each extension that has the target; `handle`: of this extension only. */
function slots(
  view: View,
  target: string,
  { order = null, handle }: { order?: Order | null; handle?: string } = {},
): HTMLElement[] {
  return view.data.extensions
    .filter((one) => one.targets.includes(target) && (handle ?? one.handle) === one.handle)
    .map((extension) => {
      const root = el('div', { class: 'extension', 'data-target': target }) as HTMLElement
      const boot = bootOf(view, extension, target, order)
      run(root, boot, {
        sessionToken: async () =>
          (
            (await control(`/account/${encodeURIComponent(customer)}/session-token`)) as {
              token: string
            }
          ).token,
        intent: async (asked, more) => openIntent(asked, more, await load()),
        navigate: (address) => {
          const to = addressIn(view.data)(address)
          if (!to.startsWith('/')) sessionStorage.setItem(AWAY, 'yes')
          location.assign(to)
        },
        toast: showToast,
        hideToast: (id) => document.getElementById(`toast-${id}`)?.remove(),
        close: () => location.assign(addressOf('orders')),
        acted: () => void letTimePass(),
        fault: (message) => fault(`${extension.handle}, ${target}: ${message}`),
      })
      return root
    })
}

function bootOf(view: View, extension: Extension, target: string, order: Order | null): Boot {
  const { data, table, language, page, about } = view
  const { shop } = data
  return {
    table,
    target,
    apiVersion: extension.apiVersion,
    bundle: `/extension-bundles/${extension.handle}.js`,
    appUrl: data.appUrl,
    language,
    extensionLanguage: extension.language,
    texts: extension.texts,
    defaultTexts: extension.defaultTexts,
    currency: shop.currency,
    country: shop.country,
    customerId: data.customer.id,
    shopDomain: shop.domain,
    shopName: shop.name,
    settings: extension.settings,
    url: page === 'pages' ? `extension:/${location.pathname.split('/').slice(5).join('/')}` : about,
    order: order && { id: order.id, name: order.name },
    capabilities: extension.capabilities,
  }
}

/** Where the addresses that extensions use lead on these pages. */
function addressIn({ extensions }: AccountData): (href: string) => string {
  const fullPage = extensions.find(({ targets }) => targets.includes(TARGET.page))?.handle ?? ''
  return (href) => {
    const native = /^shopify:(?:\/\/)?customer-account\/?(.*)$/.exec(href)?.[1]
    if (native !== undefined) return addressOf(native.replace(/^orders\/gid:.*\//, 'orders/'))
    const inside = /^extension:(?:\/\/)?(.*)$/.exec(href)?.[1]
    if (inside !== undefined)
      return addressOf(`pages/${inside.startsWith('/') ? fullPage + inside : inside || fullPage}`)
    if (/^(https?:|mailto:|tel:)/.test(href)) return href
    fault(`An extension links to "${href}", which leads nowhere from a customer account.`)
    return '#'
  }
}

/** A page of this account, in the language that was chosen. */
function addressOf(to: string): string {
  return `/account/${encodeURIComponent(customer)}/${to.replace(/\/$/, '')}${location.search}`
}

function fault(message: string): void {
  faults.push(message)
  console.error(message)
  const list = $('faults')
  list.hidden = false
  list.append(el('li', {}, message))
}

function showToast(text: string): number {
  const id = Date.now()
  const toast = el('div', { class: 'toast', id: `toast-${id}` }, text)
  $('toasts').append(toast)
  setTimeout(() => toast.remove(), TOAST_MS)
  return id
}

/** The world's clock stands still. When the shopper has done something they wait, and so time goes by a little. */
async function letTimePass(): Promise<void> {
  $('time').hidden = false
  try {
    await control('/clock', { by: WAITING })
  } catch (error) {
    $('trouble').textContent = explain(error)
    $('trouble').hidden = false
  } finally {
    $('time').hidden = true
  }
}
