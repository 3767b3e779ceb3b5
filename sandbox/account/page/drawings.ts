/**
 * Stand-in looks for the `s-*` elements: enough to read and press everything. The real look is Shopify's.
 *
 * A drawing gives style and markup for the shadow of an element, from its properties.
 */
import { own } from './words.ts'

type Props = Record<string, unknown>
type Drawing = (props: Props, element: HTMLElement) => [style: string, markup: string]

/** Of extensions' spacing words. */
const SPACE: Record<string, string> = {
  none: '0',
  'small-500': '2px',
  'small-400': '4px',
  'small-300': '6px',
  'small-200': '8px',
  'small-100': '10px',
  small: '12px',
  base: '16px',
  large: '20px',
  'large-100': '24px',
  'large-200': '32px',
  'large-300': '40px',
  'large-400': '48px',
  'large-500': '64px',
}
const TONES: Record<string, string> = {
  critical: 'background:var(--bad-soft);color:var(--bad)',
  warning: 'background:var(--warn-soft);color:var(--warn)',
  success: 'background:var(--good-soft);color:var(--good)',
}
const INKS: Record<string, string> = {
  critical: 'var(--bad)',
  warning: 'var(--warn)',
  success: 'var(--good)',
}
const SIGNS: Record<string, string> = {
  calendar: '▦',
  'check-circle': '✓',
  success: '✓',
  warning: '!',
  critical: '!',
  info: 'i',
}

export const html = (value: unknown): string =>
  String(value ?? '').replace(
    /[&<>"]/g,
    (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign] ?? sign,
  )
const space = (name: unknown) =>
  String(name ?? 'none')
    .split(' ')
    .map((each) => SPACE[each] ?? '0')
    .join(' ')
const tone = (name: unknown) => TONES[String(name)] ?? 'background:var(--sunk);color:var(--ink)'
const labelled = (text: unknown) => (text ? `aria-label="${html(text)}"` : '')
const flag = (name: string, on: unknown) => (on ? name : '')

export const BASE =
  ':host{box-sizing:border-box;color:inherit}:host([hidden]){display:none!important}*{box-sizing:border-box}'

const BLOCK = ':host{display:block}'
const PRESSED = `button,a{display:inline-flex;align-items:center;justify-content:center;gap:8px;min-block-size:44px;
  padding:8px 18px;border-radius:8px;font:inherit;font-weight:600;text-decoration:none;cursor:pointer;
  border:1px solid var(--edge);background:var(--paper);color:var(--ink);inline-size:100%}
  .primary{background:var(--accent);border-color:var(--accent);color:var(--on-accent)}
  .critical{border-color:var(--bad);color:var(--bad)}.primary.critical{background:var(--bad);color:#fff}
  :disabled,[aria-disabled=true]{background:var(--sunk);border-color:var(--line);color:var(--quiet);cursor:default}
  :is(button,a):focus-visible{outline:3px solid var(--accent);outline-offset:2px}`
const FIELD = `:host{display:block}label{display:grid;gap:4px;font-weight:600;overflow-wrap:anywhere}
  input,select,textarea{min-block-size:44px;inline-size:100%;border:1px solid var(--edge);border-radius:8px;padding:8px 12px;
  font:inherit;font-weight:400;background:var(--paper);color:var(--ink)}em{color:var(--bad);font-style:normal;display:block}
  :is(input,select,textarea):focus-visible{outline:3px solid var(--accent);outline-offset:1px}small{font-weight:400}`
const TICK = `:host{display:block}label{display:flex;gap:10px;align-items:start;min-block-size:32px;padding-block:4px}
  input{inline-size:20px;block-size:20px;flex:none;margin:2px 0 0;accent-color:var(--accent)}small{color:var(--quiet);display:block}
  input:focus-visible{outline:3px solid var(--accent);outline-offset:2px}em{color:var(--bad);font-style:normal}`

const isOnlyHeard = ({ labelAccessibilityVisibility: how }: Props) => how === 'exclusive'

/** A labelled field with its error. `make` gets the attributes that all kinds share. */
function field(props: Props, make: (attributes: string) => string): [string, string] {
  const { label, error, disabled, required, readOnly, placeholder } = props
  const shared = [
    isOnlyHeard(props) ? labelled(label) : '',
    flag('disabled', disabled),
    flag('required', required),
    flag('readonly', readOnly),
    placeholder ? `placeholder="${html(placeholder)}"` : '',
    error ? 'aria-invalid="true" aria-describedby="error"' : '',
  ].join(' ')
  const shown = isOnlyHeard(props) ? '' : html(label)
  return [
    FIELD,
    `<label>${shown}${make(shared)}</label>${error ? `<em id="error">${html(error)}</em>` : ''}`,
  ]
}

const textField =
  (type: string, more: (props: Props) => string = () => ''): Drawing =>
  (props) =>
    field(
      props,
      (shared) =>
        `<input type="${type}" value="${html(props.value ?? props.defaultValue)}" ${shared} ${more(props)}>`,
    )

const bound = (name: string, value: unknown) =>
  value === undefined || value === null ? '' : `${name}="${Number(value)}"`

function pressable(props: Props, plain: string): string {
  const { href, variant, tone: how, loading, disabled, accessibilityLabel, target, type } = props
  const looks = `class="${plain || `${html(variant)} ${html(how)}`}" ${labelled(accessibilityLabel)}`
  if (href && !disabled) {
    const outside = target === '_blank' ? 'target="_blank" rel="noopener"' : ''
    return `<a data-href="${html(href)}" ${looks} ${outside}><slot></slot></a>`
  }
  // Not `disabled` while it works: that would throw the focus away.
  const busy = loading ? 'aria-disabled="true" aria-busy="true"' : ''
  return `<button type="button" data-type="${html(type)}" ${looks} ${flag('disabled', disabled)} ${busy}><slot></slot></button>`
}

const surface: Drawing = (props) => [
  `:host{display:block;padding:${space(props.padding)};border-radius:${props.borderRadius ? '10px' : 0};
   border:${props.border && props.border !== 'none' ? '1px solid var(--line)' : 0};
   background:${props.background === 'subdued' ? 'var(--sunk)' : 'transparent'}}`,
  '<slot></slot>',
]

const overlay: Drawing = ({ heading, accessibilityLabel }) => [
  `:host{display:contents}dialog{border:0;border-radius:14px;padding:24px;inline-size:min(520px,100% - 32px);color:var(--ink);background:var(--paper)}
   dialog::backdrop{background:rgb(0 0 0/.5)}header{display:flex;justify-content:space-between;gap:12px;margin-block-end:12px}
   h2{margin:0;font-size:1.25rem}header button{all:unset;cursor:pointer;min-inline-size:32px;text-align:center;font-size:1.25rem}
   header button:focus-visible{outline:3px solid var(--accent)}
   footer{display:flex;flex-wrap:wrap;gap:10px;justify-content:flex-end;padding-block-start:20px}`,
  `<dialog aria-label="${html(heading ?? accessibilityLabel)}"><header><h2>${html(heading)}</h2>
   <button type="button" data-hide aria-label="${html(own('close'))}">×</button></header><slot></slot>
   <footer><slot name="secondary-actions"></slot><slot name="primary-action"></slot></footer></dialog>`,
]

export const DRAWINGS: Record<string, Drawing> = {
  's-page': ({ inlineSize, heading, subheading }) => [
    `:host{display:block;max-inline-size:${inlineSize === 'large' ? 1080 : 680}px;margin-inline:auto}
     header{display:flex;flex-wrap:wrap;gap:12px;align-items:center;margin-block:8px 20px}
     header>div{flex:1;min-inline-size:min(100%,22ch)}h1{font-size:1.625rem;line-height:1.2;margin:0}p{margin:4px 0 0;color:var(--quiet)}`,
    `<header><slot name="breadcrumb-actions"></slot><div><h1>${html(heading)}</h1>
     ${subheading ? `<p>${html(subheading)}</p>` : ''}</div><slot name="secondary-actions"></slot>
     <slot name="primary-action"></slot></header><slot></slot>`,
  ],
  's-section': ({ heading, accessibilityLabel, padding }) => [
    `:host{display:block;background:var(--paper);border:1px solid var(--line);border-radius:12px;margin-block-end:16px;
     padding:${padding === 'none' ? 0 : '20px'}}h2{font-size:1.125rem;line-height:1.3;margin:0 0 12px}`,
    `<section ${labelled(accessibilityLabel ?? heading)}>${heading ? `<h2>${html(heading)}</h2>` : ''}<slot></slot></section>`,
  ],
  's-banner': ({ tone: how, heading, dismissible }) => [
    `${BLOCK}div{${tone(how)};border-radius:10px;padding:14px 16px;display:grid;gap:6px;position:relative}
     button{all:unset;cursor:pointer;position:absolute;inset-inline-end:10px;inset-block-start:8px;padding:2px 8px}
     button:focus-visible{outline:3px solid var(--accent)}strong{padding-inline-end:28px}`,
    `<div role="${how === 'critical' ? 'alert' : 'status'}">${heading ? `<strong>${html(heading)}</strong>` : ''}<slot></slot>
     ${dismissible ? `<button type="button" data-dismiss aria-label="${html(own('dismiss'))}">×</button>` : ''}</div>`,
  ],
  's-announcement': () => [
    `${BLOCK}div{background:#2b2b2b;color:#fff;padding:10px 16px;--accent:#fff;--ink:#fff;text-align:center}`,
    '<div role="status"><slot></slot></div>',
  ],
  's-button': (props) => [
    `:host{display:${props.inlineSize === 'fill' ? 'block' : 'inline-block'}}${PRESSED}`,
    pressable(props, ''),
  ],
  's-clickable': (props) => [
    `${BLOCK}button,a{all:unset;box-sizing:border-box;display:block;inline-size:100%;cursor:pointer;padding:${space(props.padding)};
     border:${props.border && props.border !== 'none' ? '1px solid var(--line)' : 0};border-radius:10px}
     :focus-visible{outline:3px solid var(--accent)}`,
    pressable(props, 'plain'),
  ],
  's-link': (props) => [
    `a,button{all:unset;color:${props.tone === 'neutral' ? 'inherit' : 'var(--accent)'};text-decoration:underline;cursor:pointer}
     :focus-visible{outline:3px solid var(--accent);outline-offset:2px}`,
    pressable(props, 'plain'),
  ],
  's-stack': (props) => {
    const row = props.direction === 'inline'
    const align = props.alignItems ?? (row ? 'center' : 'stretch')
    return [
      `:host{display:flex;flex-wrap:${row ? 'wrap' : 'nowrap'};flex-direction:${row ? 'row' : 'column'};gap:${space(props.gap)};
       align-items:${html(align)};justify-content:${html(props.justifyContent ?? 'normal')};padding:${space(props.padding)};
       border:${props.border && props.border !== 'none' ? '1px solid var(--line)' : 0};border-radius:${props.borderRadius ? '10px' : 0}}`,
      '<slot></slot>',
    ]
  },
  's-grid': (props) => [
    `:host{display:grid;gap:${space(props.gap)};grid-template-columns:${html(props.gridTemplateColumns ?? 'none')};
     align-items:${html(props.alignItems ?? 'stretch')};padding:${space(props.padding)}}`,
    '<slot></slot>',
  ],
  's-grid-item': surface,
  's-box': surface,
  's-query-container': () => [BLOCK, '<slot></slot>'],
  's-button-group': () => [
    ':host{display:flex;flex-wrap:wrap;gap:10px}',
    '<slot></slot><slot name="secondary-action"></slot><slot name="primary-action"></slot>',
  ],
  's-text': (props) => {
    const ink = INKS[String(props.tone)] ?? (props.color === 'subdued' ? 'var(--quiet)' : 'inherit')
    const hidden = props.accessibilityVisibility === 'exclusive'
    return [
      `:host{color:${ink};font-weight:${props.type === 'strong' ? 600 : 'inherit'};font-size:${props.type === 'small' ? '0.875em' : 'inherit'};
       font-style:${props.type === 'emphasis' ? 'italic' : 'inherit'};text-decoration:${props.type === 'redundant' ? 'line-through' : 'inherit'}
       ${hidden ? ';position:absolute;inline-size:1px;block-size:1px;overflow:hidden;clip-path:inset(50%)' : ''}}`,
      '<slot></slot>',
    ]
  },
  's-paragraph': ({ color, tone: how }) => [
    `${BLOCK}p{margin:0;color:${INKS[String(how)] ?? (color === 'subdued' ? 'var(--quiet)' : 'inherit')}}`,
    '<p><slot></slot></p>',
  ],
  's-heading': () => [
    `${BLOCK}h3{font-size:1rem;line-height:1.3;margin:0}`,
    '<h3><slot></slot></h3>',
  ],
  's-badge': ({ tone: how }) => [
    `:host{${tone(how)};display:inline-block;border-radius:99px;padding:2px 10px;font-size:0.8125rem;font-weight:600}`,
    '<slot></slot>',
  ],
  's-chip': () => [
    ':host{display:inline-block;border:1px solid var(--line);border-radius:99px;padding:2px 10px}',
    '<slot></slot>',
  ],
  's-divider': () => [
    `${BLOCK}hr{border:0;border-block-start:1px solid var(--line);margin:0}`,
    '<hr>',
  ],
  's-icon': ({ type, tone: how }) => [
    `:host{display:inline-block;color:${INKS[String(how)] ?? 'inherit'};font-weight:700}`,
    `<span aria-hidden="true">${SIGNS[String(type)] ?? '•'}</span>`,
  ],
  's-image': ({ src, alt }) => [
    `${BLOCK}img{max-inline-size:100%;border-radius:8px}`,
    `<img src="${html(src)}" alt="${html(alt)}">`,
  ],
  's-product-thumbnail': ({ src, alt }) => [
    'img,span{display:block;inline-size:56px;block-size:56px;border-radius:8px;background:var(--sunk)}',
    src ? `<img src="${html(src)}" alt="${html(alt)}">` : '<span></span>',
  ],
  's-payment-icon': ({ type, accessibilityLabel }) => [
    `span{display:inline-block;border:1px solid var(--line);border-radius:4px;padding:0 6px;font-size:0.6875rem;font-weight:700;
     text-transform:uppercase;background:var(--paper);color:var(--ink)}`,
    `<span role="img" aria-label="${html(accessibilityLabel ?? type)}">${html(String(type ?? '').slice(0, 12))}</span>`,
  ],
  's-skeleton-paragraph': () => [
    `${BLOCK}div{block-size:1.2em;border-radius:6px;background:var(--sunk)}`,
    `<div role="status" aria-label="${html(own('loading'))}"></div>`,
  ],
  's-spinner': ({ accessibilityLabel }) => [
    ':host{display:inline-block}',
    `<span role="status" aria-label="${html(accessibilityLabel ?? own('loading'))}">…</span>`,
  ],
  's-time': () => ['', '<slot></slot>'],
  's-abbreviation': () => ['', '<slot></slot>'],
  's-details': ({ open, defaultOpen }) => [
    `${BLOCK}summary{cursor:pointer;font-weight:600;min-block-size:44px;display:flex;align-items:center}
     summary::before{content:"▸";margin-inline-end:8px}details[open]>summary::before{content:"▾"}
     details[open]>summary{margin-block-end:6px}:host(:dir(rtl)) details:not([open])>summary::before{transform:scaleX(-1)}
     summary:focus-visible{outline:3px solid var(--accent);outline-offset:2px}`,
    `<details ${flag('open', open ?? defaultOpen)}><summary><slot name="summary"></slot></summary><slot></slot></details>`,
  ],
  's-summary': () => ['', '<slot></slot>'],
  's-unordered-list': () => [
    `${BLOCK}div{padding-inline-start:20px}`,
    '<div role="list"><slot></slot></div>',
  ],
  's-ordered-list': () => [
    `${BLOCK}div{padding-inline-start:20px;list-style:decimal}`,
    '<div role="list"><slot></slot></div>',
  ],
  's-list-item': () => [':host{display:list-item}', '<slot></slot>'],
  's-form': () => [BLOCK, '<slot></slot>'],
  's-choice-list': (props) => [
    `${BLOCK}fieldset{border:0;padding:0;margin:0;display:grid;gap:4px;min-inline-size:0}legend{font-weight:600;padding:0;margin-block-end:6px
     ${isOnlyHeard(props) ? ';position:absolute;clip-path:inset(50%)' : ''}}em{color:var(--bad);font-style:normal}`,
    `<fieldset ${flag('disabled', props.disabled)} role="${props.multiple ? 'group' : 'radiogroup'}"><legend>${html(props.label)}</legend><slot></slot></fieldset>
     ${props.error ? `<em>${html(props.error)}</em>` : ''}`,
  ],
  's-choice': (props, element) => {
    const list = element.closest<HTMLElement & Props>('s-choice-list')
    const values = Array.isArray(list?.values) ? (list.values as unknown[]) : null
    const chosen = values ? values.includes(props.value) : (props.selected ?? props.defaultSelected)
    return [
      TICK,
      `<label><input type="${list?.multiple ? 'checkbox' : 'radio'}" value="${html(props.value)}" ${flag('checked', chosen)}
       ${flag('disabled', props.disabled || list?.disabled)} ${labelled(props.accessibilityLabel)}>
       <span><slot></slot><small><slot name="details"></slot></small></span></label>`,
    ]
  },
  's-checkbox': (props) => [
    TICK,
    `<label><input type="checkbox" ${flag('checked', props.checked ?? props.defaultChecked)} ${flag('disabled', props.disabled)}>
     <span>${html(props.label)}</span></label>${props.error ? `<em>${html(props.error)}</em>` : ''}`,
  ],
  's-switch': (props) => [
    TICK,
    `<label><input type="checkbox" role="switch" ${flag('checked', props.checked ?? props.defaultChecked)} ${flag('disabled', props.disabled)}>
     <span>${html(props.label)}</span></label>`,
  ],
  's-select': (props, element) =>
    field(props, (shared) => {
      const options = [...element.querySelectorAll<HTMLElement & Props>('s-option')]
      const chosen =
        props.value ??
        (options.find(({ selected }) => selected) ?? options.find((one) => one.defaultSelected))
          ?.value
      const isChosen = (option: Props) => option.value === chosen
      const drawn = options.map(
        (option) =>
          `<option value="${html(option.value)}" ${flag('selected', isChosen(option))} ${flag('disabled', option.disabled)}
           ${labelled(option.accessibilityLabel)}>${html(option.textContent)}</option>`,
      )
      // Before a choice there is none, and afterwards there is no way back to none.
      const none = `<option value="" disabled hidden selected>${html(props.placeholder)}</option>`
      return `<select ${shared}>${options.some(isChosen) ? '' : none}${drawn.join('')}</select>`
    }),
  's-option': () => [':host{display:none}', '<slot></slot>'],
  's-text-field': textField('text'),
  's-email-field': textField('email'),
  's-number-field': textField('number', ({ min, max, step, inputMode }) =>
    [
      bound('min', min),
      bound('max', max),
      bound('step', step),
      inputMode ? `inputmode="${html(inputMode)}"` : '',
    ].join(' '),
  ),
  's-date-field': (props) =>
    field(props, (shared) => {
      const [, from, to] =
        /^(\d{4}-\d\d-\d\d)?--(\d{4}-\d\d-\d\d)?$/.exec(String(props.allow)) ?? []
      return `<input type="date" value="${html(props.value ?? props.defaultValue)}" ${from ? `min="${from}"` : ''}
        ${to ? `max="${to}"` : ''} ${shared}>`
    }),
  's-text-area': (props) =>
    field(
      props,
      (shared) =>
        `<textarea rows="${Number(props.rows ?? 2)}" ${props.maxLength ? `maxlength="${Number(props.maxLength)}"` : ''}
         ${shared}>${html(props.value ?? props.defaultValue)}</textarea>`,
    ),
  's-modal': overlay,
  's-sheet': overlay,
  's-customer-account-action': ({ heading }) => [
    `${BLOCK}h2{margin:0 0 12px;font-size:1.25rem}footer{display:flex;flex-wrap:wrap;gap:10px;justify-content:flex-end;padding-block-start:20px}`,
    `<h2>${html(heading)}</h2><slot></slot><footer><slot name="secondary-actions"></slot><slot name="primary-action"></slot></footer>`,
  ],
}
