import { mixed, readableOn } from '../messages/colours.ts'
import type { Colours } from '../messages/mail-html.ts'

/**
 * The style of the case page, inline and allowed by its hash. It holds no quote, no ampersand and no "greater than", so
 * that what is hashed is letter for letter what is served. By night the ground is ours, as in the mails.
 */
export const styleFor = (c: Colours): string => `
:root { color-scheme: light dark; --ground: ${c.ground}; --card: ${c.card}; --ink: ${c.ink}; --soft: ${c.soft};
  --soft-outside: ${c.softOutside}; --rule: ${c.rule}; --link: ${c.link}; --link-outside: ${c.linkOutside};
  --button: ${c.button}; --on-button: ${c.onButton}; --button-over: ${further(c.button, c.onButton)};
  --tell: ${TELL}; --warn: ${WARN}; --told: ${readableOn(c.ink, TELL, WARN)}; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #161a19; --card: #212726; --ink: #eef2f0; --soft: #aebbb6; --soft-outside: #aebbb6; --rule: #36403d;
    --link: ${c.dark.link}; --link-outside: ${c.dark.link}; --button: ${c.dark.button}; --on-button: ${c.dark.onButton};
    --button-over: ${further(c.dark.button, c.dark.onButton)}; --tell: #1d3a33; --warn: #3b3119; --told: #eef2f0; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 400 1.0625rem/1.6 -apple-system, BlinkMacSystemFont, Segoe UI, Roboto, Helvetica, Arial, sans-serif;
  -webkit-text-size-adjust: 100%; overflow-wrap: anywhere; }
.page { max-width: 36rem; margin: 0 auto; padding: 3rem 1.25rem 4rem; }
.shop { margin: 0 0 0.875rem; padding: 0 0.25rem; font-weight: 600; font-size: 1rem; color: var(--soft-outside); }
.shop img { display: block; height: 40px; max-width: 220px; }
main { background: var(--card); border: 1px solid var(--rule); border-radius: 0.875rem; padding: 2.25rem 2.5rem; }
h1 { margin: 0 0 1.25rem; font-size: 1.625rem; line-height: 1.25; font-weight: 650; letter-spacing: -0.01em; }
p { margin: 0 0 1rem; }
a { color: var(--link); text-underline-offset: 0.15em; }
.tell, .warn { border-radius: 0.625rem; padding: 0.875rem 1.125rem; margin: 0 0 1.25rem;
  color: var(--told); }
.tell { background: var(--tell); }
.tell p:last-child { margin: 0; }
.warn { background: var(--warn); }
form { margin: 0; }
.action { margin: 1.75rem 0 0.25rem; }
button { font: inherit; cursor: pointer; border-radius: 0.625rem; }
.primary { width: 100%; min-height: 3.25rem; padding: 0.75rem 1.5rem; border: 0; font-weight: 600;
  background: var(--button); color: var(--on-button); }
.primary:hover { background: var(--button-over); }
.secondary { min-height: 2.75rem; padding: 0.5rem 1.25rem; border: 1px solid var(--soft); background: transparent;
  color: var(--ink); font-weight: 600; }
.secondary:hover { border-color: var(--ink); text-decoration: underline; }
a.primary, a.secondary { display: flex; align-items: center; justify-content: center; border-radius: 0.625rem;
  text-decoration: none; text-align: center; }
.question { margin: 2rem 0 0; padding: 1.25rem 0 0; border-top: 1px solid var(--rule); }
.question button { display: block; width: 100%; margin: 0 0 0.625rem; text-align: start; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 3px; border-radius: 0.375rem; }
.note { margin: 0.75rem 0 0; font-size: 0.9375rem; color: var(--soft); }
dl { margin: 2rem 0 0; border-top: 1px solid var(--rule); font-size: 0.9375rem; }
dl div { display: flex; gap: 1.25rem; justify-content: space-between; padding: 0.6875rem 0;
  border-bottom: 1px solid var(--rule); }
dt { color: var(--soft); flex: none; }
dd { margin: 0; text-align: end; }
h2 { margin: 0 0 0.5rem; font-size: 1.0625rem; line-height: 1.4; }
.choices { margin: 2rem 0 0; }
.choices details { margin: 0.5rem 0 0; }
.choices button { display: block; width: 100%; margin: 0 0 0.5rem; text-align: start; }
.choices .field { margin: 0 0 0.875rem; }
label { display: block; margin: 0 0 0.25rem; }
select, input { width: 100%; min-height: 2.75rem; padding: 0.5rem 0.75rem; border: 1px solid var(--soft);
  border-radius: 0.625rem; background: var(--card); color: var(--ink); font: inherit; font-size: 1rem; }
details { margin: 1.5rem 0 0; font-size: 0.9375rem; }
summary { cursor: pointer; color: var(--soft); padding: 0.375rem 0; text-decoration: underline; text-underline-offset: 0.15em; }
details p { margin: 0.75rem 0 1rem; }
footer { padding: 1.25rem 0.25rem 0; font-size: 0.875rem; color: var(--soft-outside); }
footer a { color: var(--link-outside); }
footer :focus-visible { outline-color: var(--link-outside); }
footer p { margin: 0 0 0.5rem; }
.terms { white-space: pre-line; }
@media (max-width: 40rem) {
  .page { padding: 1.5rem 0.875rem 3rem; }
  main { padding: 1.5rem 1.25rem 1.75rem; }
  h1 { font-size: 1.375rem; }
}
`

/** What is pointed out on the card, by day. */
const TELL = '#e7f3ef'
const WARN = '#fbf1dc'

/** A button under the pointer: further from its label, so that the label stays readable. */
function further(button: string, label: string): string {
  return mixed(button, label === '#ffffff' ? '#000000' : '#ffffff', 0.16)
}
