// The strip at the top of each page of the sandbox.
import { el } from './el.js'

const PAGES = [
  ['/', 'Stories'],
  ['/admin', 'Admin'],
  ['/account', 'Account'],
  ['/mailbox', 'Mailbox'],
  ['/phone', 'Phone'],
  ['/oracle', 'Oracle'],
  ['/deliveries', 'Deliveries'],
]

/** Fills `<header class="site">`; the page that shows is marked. */
export function drawSiteHead(head) {
  const here = (href) =>
    href === '/' ? location.pathname === '/' : location.pathname.startsWith(href)
  head.replaceChildren(
    el(
      'a',
      { class: 'mark', href: '/' },
      el('img', { src: '/page-parts/icon.svg', alt: '', width: 28, height: 28 }),
      'Reprise sandbox',
    ),
    el(
      'nav',
      { 'aria-label': 'Sandbox' },
      ...PAGES.map(([href, label]) =>
        el('a', { href, 'aria-current': here(href) ? 'page' : null }, label),
      ),
    ),
  )
}
