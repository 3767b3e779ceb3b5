// The stand-in for Shopify's App Bridge script: what the app's document loads inside the admin frame.
//
// It speaks to the framing page (admin.js) by postMessage and gives the app `window.shopify`, the
// session token in every call to its own origin, and the `ui-*` elements. What it does not play
// refuses in plain words, so that the app never leans on something that was not there.
// Shapes: the ShopifyGlobal of @shopify/app-bridge-types.
// One classic script, as the real one is: it must run before anything else in the document.
;(() => {
  if (window.shopify) return

  /** Where this script came from is where the framing page lives. */
  const adminOrigin = new URL(document.currentScript?.src ?? location.href).origin
  const query = new URLSearchParams(location.search)
  const config = readConfig(document.currentScript?.dataset.apiKey)

  function readConfig(apiKey) {
    let kept = {}
    try {
      kept = JSON.parse(sessionStorage.getItem('stand-in-app-bridge') ?? '{}')
    } catch {
      // A third-party frame may have no storage: the address alone has to do.
    }
    const found = {
      apiKey:
        apiKey ?? document.querySelector('meta[name=shopify-api-key]')?.getAttribute('content'),
      host: query.get('host') ?? kept.host,
      shop: query.get('shop') ?? kept.shop,
      locale: query.get('locale') ?? kept.locale ?? 'en',
    }
    try {
      sessionStorage.setItem('stand-in-app-bridge', JSON.stringify(found))
    } catch {
      // As above.
    }
    return found
  }

  /** `bean-and-bloom`, as it stands in the admin's addresses. */
  const storeHandle = () => (config.shop ?? '').replace(/\.myshopify\.com$/, '')

  // ---------------------------------------------------------------- talking to the framing page

  let lastId = 0
  const waiting = new Map()
  const pressed = new Map()

  const tell = (type, payload) => {
    if (parent !== self) parent.postMessage({ fromApp: true, type, payload }, adminOrigin)
  }
  const ask = (type, payload) =>
    new Promise((resolve, reject) => {
      if (parent === self) {
        reject(new Error('The app is not inside the admin: open it from the stand-in admin.'))
        return
      }
      const id = ++lastId
      waiting.set(id, { resolve, reject })
      parent.postMessage({ fromApp: true, id, type, payload }, adminOrigin)
    })

  function onMessage({ source, origin, data }) {
    if (source !== parent || origin !== adminOrigin || !data?.fromAdmin) return
    if (data.id) {
      const answer = waiting.get(data.id)
      waiting.delete(data.id)
      if (data.error) answer?.reject(new Error(data.error))
      else answer?.resolve(data.result)
    } else if (data.event === 'navigate') navigate(data.href)
    else if (data.event === 'press') pressed.get(data.key)?.()
  }
  addEventListener('message', onMessage)

  /** The library listens for `shopify:navigate` and hands the target's href to the router. */
  function navigate(href) {
    const link = document.createElement('a')
    link.setAttribute('href', href)
    link.hidden = true
    document.body.append(link)
    link.dispatchEvent(new Event('shopify:navigate', { bubbles: true, cancelable: true }))
    link.remove()
  }

  // ---------------------------------------------------------------- addresses of the real admin

  /** The stand-in's address for an address of Shopify's admin; null when it is none. */
  function standInAddress(href) {
    const short = /^shopify:(?:\/\/)?admin\/?(.*)$/.exec(href)
    if (short) return `${adminOrigin}/store/${storeHandle()}/${short[1]}`
    let url
    try {
      url = new URL(href, location.href)
    } catch {
      return null
    }
    if (url.hostname === 'admin.shopify.com') return adminOrigin + url.pathname + url.search
    const [, store] = /^(.+)\.myshopify\.com$/.exec(url.hostname) ?? []
    const [, page] = /^\/admin\/?(.*)$/.exec(url.pathname) ?? []
    return store && page !== undefined ? `${adminOrigin}/store/${store}/${page}${url.search}` : null
  }

  const realOpen = window.open.bind(window)
  window.open = (href = '', target = '_blank', features) => {
    const address = standInAddress(String(href)) ?? new URL(String(href), location.href).href
    if (target === '_top' || target === '_parent') {
      // A frame may not move its parent without a click of the user; the parent moves itself.
      tell('leaveTo', address)
      return null
    }
    return realOpen(address, target, features)
  }

  function onClick(event) {
    const link = event.target instanceof Element ? event.target.closest('a[href]') : null
    const address = link && standInAddress(link.getAttribute('href'))
    if (!address || event.defaultPrevented) return
    event.preventDefault()
    const newTab = link.target === '_blank' || event.metaKey || event.ctrlKey
    if (newTab) realOpen(address, '_blank', 'noopener')
    else tell('leaveTo', address)
  }
  document.addEventListener('click', onClick)

  // ---------------------------------------------------------------- fetch with the session token

  /** How long one token serves, milliseconds. A token lives 60 s; this leaves room for a slow call. */
  const TOKEN_KEPT_MS = 20_000
  let token
  let tokenAt = 0

  async function sessionToken({ fresh }) {
    if (fresh || !token || Date.now() - tokenAt > TOKEN_KEPT_MS) {
      token = await ask('idToken')
      tokenAt = Date.now()
    }
    return token
  }

  const realFetch = window.fetch.bind(window)
  window.fetch = async (input, init) => {
    const request = new Request(input, init)
    if (new URL(request.url).origin !== location.origin) return realFetch(request)
    let response = await fetchWithToken(request.clone(), { fresh: false })
    if (response.headers.has('x-shopify-retry-invalid-session-request')) {
      response = await fetchWithToken(request.clone(), { fresh: true })
    }
    const login = response.headers.get('x-shopify-api-request-failure-reauthorize-url')
    if (!login) return response
    window.open(login, '_top')
    return new Promise(() => {}) // The page is going away: its answer is of no use to anyone.
  }

  async function fetchWithToken(request, freshness) {
    const headers = new Headers(request.headers)
    if (!headers.has('authorization')) {
      headers.set('authorization', `Bearer ${await sessionToken(freshness)}`)
    }
    headers.set('x-requested-with', 'XMLHttpRequest')
    return realFetch(new Request(request, { headers }))
  }

  // ---------------------------------------------------------------- window.shopify

  const byId = (id) => {
    const element = document.getElementById(id)
    if (!element?.show) throw new Error(`No App Bridge element has the id "${id}".`)
    return element
  }
  const visibility = {
    show: async (id) => byId(id).show(),
    hide: async (id) => byId(id).hide(),
    toggle: async (id) => byId(id).toggle(),
  }
  const notPlayed = (name) => async () => {
    throw new Error(`The stand-in admin does not play shopify.${name}. Try it on a real store.`)
  }

  window.shopify = {
    config,
    origin: location.origin,
    ready: Promise.resolve(),
    setSignals() {},
    environment: { embedded: self !== top, mobile: false, pos: false, intent: false },
    loading: (isLoading = true) => tell('loading', isLoading),
    idToken: () => sessionToken({ fresh: true }),
    user: async () => ({ accountAccess: 'Account owner' }),
    toast: {
      show(message, options = {}) {
        const id = `toast-${++lastId}`
        pressed.set(`${id}-action`, () => options.onAction?.())
        pressed.set(`${id}-dismiss`, () => options.onDismiss?.())
        const { duration = 5000, isError = false, action } = options
        tell('toast', { id, message: String(message), duration, isError, action })
        return id
      },
      hide: (id) => tell('hideToast', id),
    },
    modal: visibility,
    saveBar: {
      ...visibility,
      /** Resolves when nothing is unsaved or leaving was confirmed; never, when the user stays. */
      leaveConfirmation: () =>
        ask('confirmLeaving').then((leave) => (leave ? undefined : new Promise(() => {}))),
    },
    resourcePicker: notPlayed('resourcePicker'),
    picker: notPlayed('picker'),
    scanner: { capture: notPlayed('scanner.capture') },
    pos: {
      cart: new Proxy({}, { get: (_, name) => notPlayed(`pos.cart.${String(name)}`) }),
      close: notPlayed('pos.close'),
      device: notPlayed('pos.device'),
      location: notPlayed('pos.location'),
    },
    intents: {
      request: { value: null, subscribe: () => () => {} },
      invoke: notPlayed('intents.invoke'),
      register: () => () => {},
    },
    webVitals: { onReport: async () => {} },
    support: { registerHandler: async () => {} },
    reviews: { request: notPlayed('reviews.request') },
    scopes: {
      query: notPlayed('scopes.query'),
      request: notPlayed('scopes.request'),
      revoke: notPlayed('scopes.revoke'),
    },
    app: { extensions: async () => [] },
    shopifyQL: { available: async () => false },
    tools: { register: () => () => {}, unregister() {}, clear() {} },
  }

  // ---------------------------------------------------------------- elements

  // An adopted sheet, because a style attribute or node would be a mismatch when React hydrates.
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(`
    ui-nav-menu, s-app-nav, ui-title-bar, ui-save-bar, ui-modal { display: none }
    dialog.stand-in-modal { inline-size: min(calc(100vw - 32px), 620px); max-block-size: calc(100dvh - 64px); padding: 0;
      border: 0; border-radius: 16px; color: #303030; background: #fff; box-shadow: 0 20px 60px rgb(0 0 0 / .35); overflow: hidden;
      font: 13px/20px Inter, system-ui, sans-serif }
    dialog.stand-in-modal[open] { display: flex; flex-direction: column }
    dialog.stand-in-modal[data-size=small] { inline-size: min(calc(100vw - 32px), 380px) }
    dialog.stand-in-modal[data-size=large] { inline-size: min(calc(100vw - 32px), 980px) }
    dialog.stand-in-modal[data-size=max] { inline-size: calc(100vw - 32px); max-inline-size: none; block-size: calc(100dvh - 32px) }
    dialog.stand-in-modal::backdrop { background: rgb(0 0 0 / .5) }
    dialog.stand-in-modal > header { display: flex; align-items: center; gap: 8px; padding: 12px 16px; background: #f3f3f3; border-bottom: 1px solid #e3e3e3 }
    dialog.stand-in-modal > header > h2 { flex: 1; margin: 0; font-size: 14px; font-weight: 650 }
    dialog.stand-in-modal > .content { flex: 1; overflow: auto; min-block-size: 0 }
    dialog.stand-in-modal > .content > iframe { display: block; inline-size: 100%; block-size: 60dvh; border: 0 }
    dialog.stand-in-modal > footer { display: flex; flex-wrap: wrap; justify-content: flex-end; gap: 8px; padding: 12px 16px; border-top: 1px solid #e3e3e3 }
    dialog.stand-in-modal button.bar { min-block-size: 32px; padding: 4px 12px; border: 1px solid #8a8a8a; border-radius: 8px; background: #fff; color: #303030; font: 550 13px/20px Inter, system-ui, sans-serif; cursor: pointer }
    dialog.stand-in-modal button.bar:hover { background: #f3f3f3 }
    dialog.stand-in-modal button.bar.primary { border-color: #1a1a1a; background: #303030; color: #fff }
    dialog.stand-in-modal button.bar.critical { border-color: #8e0b21; background: #c70a24; color: #fff }
    dialog.stand-in-modal button.bar:disabled { opacity: .5; cursor: default }
    dialog.stand-in-modal button.close { min-inline-size: 32px; border-color: transparent; background: none; font-size: 18px }
    dialog.stand-in-modal button.bar:focus-visible { outline: 2px solid #005bd3; outline-offset: 1px }
  `)
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]

  const isOn = (element, name) => !['false', null].includes(element.getAttribute(name))

  /** A button or link of the app, as the framing page needs it to draw its own. */
  function described(key, element) {
    pressed.set(key, () => element.click())
    const variant = element.getAttribute('variant')
    return {
      key,
      variant,
      critical: element.getAttribute('tone') === 'critical',
      label: element.textContent.trim(),
      disabled: isOn(element, 'disabled'),
      loading: isOn(element, 'loading'),
    }
  }
  const controlsOf = (root) => [...root.querySelectorAll('button, a')]

  /** An element that is never seen itself: the framing page shows its content, anew at each change. */
  class Mirrored extends HTMLElement {
    connectedCallback() {
      queueMicrotask(() => this.isConnected && this.mirror())
      this.observer = new MutationObserver(() => this.mirror())
      this.observer.observe(this, {
        childList: true,
        subtree: true,
        characterData: true,
        attributes: true,
      })
    }
    disconnectedCallback() {
      this.observer?.disconnect()
    }
  }

  class NavMenu extends Mirrored {
    mirror() {
      const links = [...this.querySelectorAll('a')].map((link) => ({
        href: link.getAttribute('href'),
        label: link.textContent.trim(),
        home: link.getAttribute('rel') === 'home',
      }))
      tell('navMenu', links)
    }
  }

  /** The title bar last connected is the one that shows; when it goes, its page has gone. */
  let titleBar = null
  class TitleBar extends Mirrored {
    connectedCallback() {
      if (this.closest('ui-modal')) return // The modal draws it.
      titleBar = this
      super.connectedCallback()
    }
    disconnectedCallback() {
      super.disconnectedCallback()
      if (titleBar !== this) return
      titleBar = null
      queueMicrotask(() => titleBar ?? tell('titleBar', null))
    }
    mirror() {
      if (titleBar !== this) return
      const groups = [...this.querySelectorAll('section')].map((section, at) => ({
        label: section.getAttribute('label') ?? 'More',
        controls: controlsOf(section).map((control, i) => described(`title-${at}-${i}`, control)),
      }))
      const controls = controlsOf(this)
        .filter((control) => !control.closest('section'))
        .map((control, i) => described(`title-${i}`, control))
      tell('titleBar', { title: this.getAttribute('title') ?? '', controls, groups })
    }
  }

  /** show() and hide() announce themselves; the kinds below say what is seen. */
  class Toggled extends HTMLElement {
    showing = false
    async show() {
      if (this.showing) return
      this.showing = true
      this.appear()
      this.dispatchEvent(new CustomEvent('show'))
    }
    async hide() {
      if (!this.showing) return
      this.showing = false
      this.vanish()
      this.dispatchEvent(new CustomEvent('hide'))
    }
    toggle() {
      return this.showing ? this.hide() : this.show()
    }
    disconnectedCallback() {
      this.hide()
    }
    /** Calls `redraw` at each change of the buttons while the element shows. */
    follow(redraw) {
      this.observer ??= new MutationObserver(() => this.showing && redraw())
      this.observer.observe(this, {
        childList: true,
        subtree: true,
        characterData: true,
        attributes: true,
      })
    }
  }

  class SaveBar extends Toggled {
    get discardConfirmation() {
      return isOn(this, 'discardconfirmation')
    }
    set discardConfirmation(ask) {
      this.toggleAttribute('discardconfirmation', ask)
    }
    appear() {
      this.draw()
      this.follow(() => this.draw())
    }
    draw() {
      const buttons = controlsOf(this).map((button, i) => described(`save-${i}`, button))
      tell('saveBar', { buttons, discardConfirmation: this.discardConfirmation })
    }
    vanish() {
      this.observer?.disconnect()
      tell('saveBar', null)
    }
  }

  class Modal extends Toggled {
    connectedCallback() {
      // app-bridge-react renders the modal's children into `content` through a portal.
      if (!this.content && !this.hasAttribute('src')) this.content = document.createElement('div')
    }
    get variant() {
      return this.getAttribute('variant') ?? 'base'
    }
    set variant(variant) {
      this.setAttribute('variant', variant)
    }
    get src() {
      return this.getAttribute('src') ?? undefined
    }
    set src(src) {
      this.setAttribute('src', src)
    }
    get contentWindow() {
      return this.dialog?.querySelector('iframe')?.contentWindow ?? null
    }
    appear() {
      this.dialog = document.createElement('dialog')
      this.dialog.className = 'stand-in-modal'
      this.dialog.dataset.size = this.variant
      this.dialog.dataset.standInModal = this.id
      this.head = document.createElement('header')
      this.foot = document.createElement('footer')
      const content = document.createElement('div')
      content.className = 'content'
      if (this.src) {
        const frame = document.createElement('iframe')
        frame.src = this.src
        content.append(frame)
      } else content.append(this.content ?? document.createElement('div'))
      if (this.content && !this.content.hasChildNodes()) this.content.append(...this.ownChildren())
      this.dialog.append(this.head, content, this.foot)
      this.draw()
      this.follow(() => this.draw())
      this.dialog.addEventListener('close', () => this.hide())
      document.body.append(this.dialog)
      this.dialog.showModal()
    }
    /** Content that was written into the element itself, without React. */
    ownChildren() {
      return [...this.children]
        .filter((child) => !child.matches('ui-title-bar, ui-save-bar'))
        .map((child) => child.cloneNode(true))
    }
    draw() {
      const bar = this.querySelector('ui-title-bar')
      const title = document.createElement('h2')
      title.id = `${this.id || 'modal'}-title`
      title.textContent = bar?.getAttribute('title') ?? ''
      this.dialog.setAttribute('aria-labelledby', title.id)
      const close = document.createElement('button')
      close.className = 'bar close'
      close.type = 'button'
      close.textContent = '×'
      close.setAttribute('aria-label', 'Close')
      close.onclick = () => this.hide()
      this.head.replaceChildren(title, close)
      const buttons = (bar ? controlsOf(bar) : []).map((control) => {
        const button = document.createElement('button')
        button.type = 'button'
        button.className = 'bar'
        const critical = control.getAttribute('tone') === 'critical'
        const primary = control.getAttribute('variant') === 'primary'
        button.classList.toggle('primary', primary && !critical)
        button.classList.toggle('critical', critical)
        button.textContent = control.textContent
        button.disabled = isOn(control, 'disabled') || isOn(control, 'loading')
        button.onclick = () => control.click()
        return { button, primary }
      })
      buttons.sort((a, b) => Number(a.primary) - Number(b.primary))
      this.foot.replaceChildren(...buttons.map(({ button }) => button))
      this.foot.hidden = buttons.length === 0
      this.foot.style.display = buttons.length === 0 ? 'none' : ''
    }
    vanish() {
      this.observer?.disconnect()
      this.dialog?.remove()
      this.dialog = null
    }
  }

  customElements.define('ui-nav-menu', NavMenu)
  customElements.define('s-app-nav', class extends NavMenu {})
  customElements.define('ui-title-bar', TitleBar)
  customElements.define('ui-save-bar', SaveBar)
  customElements.define('ui-modal', Modal)

  // ---------------------------------------------------------------- forms with data-save-bar

  let dirtyForm = null

  const changed = (field) => {
    if (field instanceof HTMLInputElement && ['checkbox', 'radio'].includes(field.type)) {
      return field.checked !== field.defaultChecked
    }
    if (field instanceof HTMLSelectElement) {
      return [...field.options].some((option) => option.selected !== option.defaultSelected)
    }
    return 'defaultValue' in field && field.value !== field.defaultValue
  }

  function followForm(event) {
    const form =
      event.target instanceof Element ? event.target.closest('form[data-save-bar]') : null
    if (!form) return
    const dirty = [...form.elements].some(changed)
    if (dirty) showFormBar(form)
    else if (dirtyForm === form) hideFormBar()
  }

  function showFormBar(form) {
    dirtyForm = form
    pressed.set('form-discard', () => form.reset())
    pressed.set('form-save', () => form.requestSubmit())
    tell('saveBar', {
      discardConfirmation: form.hasAttribute('data-discard-confirmation'),
      buttons: [
        { key: 'form-discard', label: 'Discard', variant: null },
        { key: 'form-save', label: 'Save', variant: 'primary' },
      ],
    })
  }

  function hideFormBar() {
    dirtyForm = null
    tell('saveBar', null)
  }

  function onFormDone(event) {
    if (event.target === dirtyForm) hideFormBar()
  }

  function followForms() {
    document.addEventListener('input', followForm)
    document.addEventListener('change', followForm)
    document.addEventListener('submit', onFormDone)
    document.addEventListener('reset', onFormDone)
  }
  followForms()

  // ---------------------------------------------------------------- the admin's address bar follows

  const tellPath = () => tell('path', location.pathname + location.search)
  for (const method of ['pushState', 'replaceState']) {
    const real = history[method].bind(history)
    history[method] = (...args) => {
      real(...args)
      tellPath()
    }
  }
  addEventListener('popstate', tellPath)

  // ---------------------------------------------------------------- outside a frame; bounce page

  const reload = query.get('shopify-reload')
  if (self === top && config.shop && query.has('host')) {
    const page = location.pathname.replace(/^\//, '')
    location.replace(`${adminOrigin}/store/${storeHandle()}/apps/${config.apiKey}/${page}`)
  } else if (reload) {
    become(reload)
  } else {
    tellPath()
  }

  /** The bounce page has no token: fetch the wanted page with one, then become that page. */
  async function become(address) {
    const target = new URL(address, location.href)
    if (target.origin !== location.origin) {
      throw new Error('The bounce page was asked to go to another origin; it stays.')
    }
    const response = await window.fetch(target, { headers: { 'X-Shopify-Bounce': '1' } })
    const html = await response.text()
    history.replaceState(null, '', target.pathname + target.search)
    // document.open keeps this window and its globals, but drops listeners and adopted sheets.
    document.open()
    addEventListener('message', onMessage)
    addEventListener('popstate', tellPath)
    document.addEventListener('click', onClick)
    followForms()
    document.adoptedStyleSheets = [sheet]
    document.write(html)
    document.close()
  }
})()
