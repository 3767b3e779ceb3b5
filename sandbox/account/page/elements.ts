/**
 * The page's own `s-*` elements: one class per row of the generated table, drawn by drawings.ts. A property whose type
 * is a closed list of words takes no other word; a tag without a drawing is a fault, so that nothing passes unseen.
 */
import { BASE, DRAWINGS } from './drawings.ts'
import { MIRRORED, type Row, type Table } from './protocol.ts'

type Props = Record<string, unknown>
type Surroundings = {
  fault(message: string): void
  /** Where an address like `extension:/` leads on this page. */
  addressOf(href: string): string
}
type DrawnElement = HTMLElement & { draw(): void; emit(type: string): void } & Props
type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement

/** How many typed texts are remembered: the extension's echo of an older one must not undo what was typed since. */
const ECHOES = 50

export function defineElements(table: Table, around: Surroundings): void {
  for (const [tag, row] of Object.entries(table))
    customElements.define(tag, drawn(tag, row, around))
}

function drawn(tag: string, { props, events }: Row, around: Surroundings) {
  class Drawn extends HTMLElement {
    readonly props: Props = {}
    #markup = ''
    #isPlanned = false
    #typed: unknown[] = []
    readonly #shadow: ShadowRoot

    constructor() {
      super()
      this.#shadow = this.attachShadow({ mode: 'open' })
      for (const type of ['click', 'change', 'input', 'toggle', 'focusin', 'focusout'])
        this.#shadow.addEventListener(type, (event) => this.#happened(event), type === 'toggle')
      this.#shadow.addEventListener('slotchange', () => this.draw())
      if (tag === 's-form') this.addEventListener('click', (event) => this.#submitted(event))
      // Its options are not shown themselves: they come, go and change within it, and are drawn as its own.
      if (tag === 's-select')
        new MutationObserver(() => this.draw()).observe(this, {
          childList: true,
          characterData: true,
          subtree: true,
        })
    }

    connectedCallback() {
      if (tag === 's-summary') this.slot = 'summary'
      this.draw()
    }

    /** A property as the extension sets it. */
    take(name: string, value: unknown) {
      const words = props[name]?.words
      if (words && value !== undefined && value !== null && !words.includes(String(value)))
        around.fault(`Shopify's ${tag} takes no ${name}="${value}". It takes ${words.join(', ')}.`)
      const control = this.#shadow.querySelector<Control>('input:not([type=radio]),textarea,select')
      if (name === 'value' && control && tag !== 's-choice') {
        // Letters come one by one; what is picked from a list is whole, and so is every echo of it.
        const isTyped = tag !== 's-select' && this.#typed.includes(value)
        if (isTyped && this.#shadow.activeElement === control) return
        this.props.value = value
        if (control.value !== (value ?? '')) control.value = String(value ?? '')
        return
      }
      this.props[name] = value
      if (name === 'id') this.setAttribute('id', String(value ?? ''))
      if (name === 'hidden') this.toggleAttribute('hidden', Boolean(value))
      this.draw()
      if (tag === 's-choice-list')
        for (const choice of this.querySelectorAll<DrawnElement>('s-choice')) choice.draw()
      if (tag === 's-option') this.closest<DrawnElement>('s-select')?.draw()
    }

    draw() {
      if (this.#isPlanned || !this.isConnected) return
      this.#isPlanned = true
      queueMicrotask(() => {
        this.#isPlanned = false
        const drawing = DRAWINGS[tag]
        if (!drawing) around.fault(`The stand-in does not draw ${tag} yet: see drawings.ts.`)
        const [style, markup] = drawing?.(this.props, this) ?? ['', '<slot></slot>']
        const whole = `<style>${BASE}${style}</style>${markup}`
        if (whole !== this.#markup) this.#replace(whole)
      })
    }

    /** Keeps what the shopper has opened and where they are. */
    #replace(whole: string) {
      const was = this.#shadow
      const isShown = was.querySelector('dialog')?.open
      const isOpen = was.querySelector('details')?.open
      const focused = was.activeElement?.tagName
      this.#markup = whole
      was.innerHTML = whole
      for (const link of was.querySelectorAll<HTMLAnchorElement>('[data-href]'))
        link.href = around.addressOf(link.dataset.href ?? '')
      if (isShown) was.querySelector('dialog')?.showModal()
      if (isOpen) was.querySelector('details')?.setAttribute('open', '')
      if (focused) was.querySelector<HTMLElement>(focused)?.focus()
    }

    /** Only `detail` crosses to the worker: it carries what the shopper has changed. */
    emit(type: string) {
      if (!events.includes(type)) return
      const state = MIRRORED.filter((name) => name in props).map((name) => [name, this.props[name]])
      this.dispatchEvent(new CustomEvent(type, { detail: Object.fromEntries(state) }))
    }

    show() {
      this.#shadow.querySelector('dialog')?.showModal()
      this.emit('show')
      this.emit('aftershow')
    }

    hideOverlay() {
      this.#shadow.querySelector('dialog')?.close()
      this.emit('hide')
      this.emit('afterhide')
    }

    #happened(event: Event) {
      const target = event.target as HTMLElement
      switch (event.type) {
        case 'click':
          this.#clicked(event, target)
          return
        case 'focusin':
          this.emit('focus')
          return
        case 'focusout':
          this.emit('blur')
          return
        case 'toggle':
          if (target instanceof HTMLDetailsElement) {
            this.props.open = target.open
            this.emit('toggle')
          }
          return
        default:
          event.stopPropagation()
          this.#changed(event.type, target as Control)
      }
    }

    #clicked(event: Event, target: HTMLElement) {
      if (target.closest('[aria-disabled=true]')) {
        event.stopPropagation()
        event.preventDefault()
      } else if (target.closest('[data-dismiss]')) {
        event.stopPropagation()
        this.props.hidden = true
        this.toggleAttribute('hidden', true)
        this.emit('dismiss')
      } else if (target.closest('[data-hide]')) this.hideOverlay()
      else if (this.props.commandFor && target.closest('button')) this.#command()
    }

    #command() {
      const root = this.getRootNode() as Document | ShadowRoot
      const other = root.getElementById(String(this.props.commandFor)) as Drawn | null
      if (!other)
        around.fault(`${tag} has commandFor="${this.props.commandFor}", and nothing has that id.`)
      else if (this.props.command === '--hide') other.hideOverlay()
      else other.show()
    }

    #submitted(event: Event) {
      const pressed = event.composedPath()[0] as HTMLElement
      if (pressed.closest?.('button')?.dataset.type === 'submit') this.emit('submit')
    }

    #changed(type: string, control: Control) {
      if (tag === 's-choice') this.#chosen(type, control)
      else if ('checked' in props) {
        this.props.checked = (control as HTMLInputElement).checked
        this.emit(type)
      } else if ('value' in props) {
        this.props.value = control.value
        this.#typed = [...this.#typed.slice(-ECHOES), control.value]
        this.emit(type)
      }
    }

    #chosen(type: string, control: Control) {
      const list = this.closest<DrawnElement>('s-choice-list')
      if (type !== 'change' || !list) return
      const others = [list.values ?? []].flat().filter((value) => value !== this.props.value)
      const isChosen = (control as HTMLInputElement).checked
      list.values = !list.multiple
        ? [this.props.value]
        : isChosen
          ? [...others, this.props.value]
          : others
      list.emit('change')
    }
  }

  for (const [name, { kind }] of Object.entries(props))
    Object.defineProperty(Drawn.prototype, name, {
      configurable: true,
      get(this: Drawn) {
        return this.props[name] ?? (kind === 'boolean' ? false : undefined)
      },
      set(this: Drawn, value: unknown) {
        this.take(name, value)
      },
    })
  return Drawn
}
