/**
 * The HTML part of a mail. No script, nothing fetched but pictures of Shopify's own CDN, and those only where the shop
 * has chosen some, so there is nothing to track with. Every text is escaped by `html`. Tables carry the width for old
 * mail programs; colours turn with the reader's dark mode and can be read in both (WCAG 2.2, 1.4.3), whatever colours
 * a shop has chosen.
 */
import { contrast, inkOn, mixed, READABLE, readableOn, readColour } from './colours.ts'
import { html, type Markup } from './html.ts'
import { type Brand, DEFAULT_BRAND } from './template.ts'

/** A mail ready to be laid out: plain texts, and addresses that were checked. */
export type Page = {
  lang: string
  dir: 'ltr' | 'rtl'
  subject: string
  preview: string
  shopName: string
  logo: { url: string; alt: string } | null
  parts: Part[]
  reply: { text: string; address: string } | null
  /** "Already cancelled, or not you?" */
  stop: { text: string; label: string; link: string }
  why: string
  unsubscribe: { label: string; link: string } | null
  postalAddress: string[]
}

export type Part =
  | { type: 'heading'; text: string }
  | { type: 'text'; pieces: Piece[]; isSmall: boolean }
  | {
      type: 'button'
      label: string
      link: string
      copyLink: string
      /** The same thing in the shop's customer account. */
      account: { label: string; link: string } | null
    }
  | { type: 'items'; items: Item[] }
  | { type: 'facts'; rows: { name: string; value: string }[] }
  /** Further orders that the same mail speaks of. */
  | { type: 'others'; title: string; rows: { name: string; value: string; link: string }[] }
  | { type: 'divider' }
  | { type: 'picture'; url: string; alt: string }
  | { type: 'question'; text: string; label: string; link: string }

export type Piece = { type: 'paragraph'; text: string } | { type: 'list'; items: string[] }

export type Item = { url: string; title: string }

/** Every colour of a mail, by day and by night. */
export type Colours = {
  ground: string
  card: string
  ink: string
  soft: string
  /** On the ground around the card. */
  softOutside: string
  link: string
  linkOutside: string
  button: string
  onButton: string
  rule: string
  dark: { link: string; button: string; onButton: string }
}

const CARD = '#ffffff'
const NIGHT = {
  ground: '#161a19',
  card: '#212726',
  ink: '#eef2f0',
  soft: '#aebbb6',
  rule: '#36403d',
}

/** A brand's colours, each moved to the nearest shade that can be read where it stands. */
export function coloursOf(brand: Brand): Colours {
  const { accent, background, ink } = brand
  const key = `${accent} ${background} ${ink}`
  const known = palettes.get(key)
  if (known) return known
  const fresh = makeColours(
    readColour(accent) ?? DEFAULT_BRAND.accent,
    readColour(background) ?? DEFAULT_BRAND.background,
    readColour(ink) ?? DEFAULT_BRAND.ink,
  )
  if (palettes.size >= 500) palettes.clear()
  palettes.set(key, fresh)
  return fresh
}

const palettes = new Map<string, Colours>()

function makeColours(accent: string, ground: string, inkWanted: string): Colours {
  const ink = readableOn(inkWanted, CARD)
  const softer = mixed(ink, CARD, 0.28)
  const soft = contrast(softer, CARD) >= READABLE ? softer : ink
  const nightAccent = readableOn(accent, NIGHT.card, NIGHT.ground)
  return {
    ground,
    card: CARD,
    ink,
    soft,
    softOutside: readableOn(soft, ground),
    link: readableOn(accent, CARD),
    linkOutside: readableOn(accent, ground),
    button: accent,
    onButton: inkOn(accent),
    rule: mixed(ink, CARD, 0.86),
    dark: { link: nightAccent, button: nightAccent, onButton: inkOn(nightAccent) },
  }
}

const FONT = `-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif`

export function htmlPart(page: Page, c: Colours): string {
  return html`<!doctype html>
<html lang="${page.lang}" dir="${page.dir}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no">
<title>${page.subject}</title>
<style>
:root { color-scheme: light dark; supported-color-schemes: light dark; }
body { margin: 0; padding: 0; width: 100%; background: ${c.ground}; }
@media (max-width: 620px) {
  .card { padding: 28px 22px !important; }
  .outer { padding: 16px 10px !important; }
  .button a { display: block !important; text-align: center; }
}
@media (prefers-color-scheme: dark) {
  body, .ground { background: ${NIGHT.ground} !important; }
  .card { background: ${NIGHT.card} !important; border-color: ${NIGHT.rule} !important; }
  .ink, .ink p, .ink li, .ink h1, .ink h2 { color: ${NIGHT.ink} !important; }
  .soft, .ink .soft { color: ${NIGHT.soft} !important; }
  .rule { border-color: ${NIGHT.rule} !important; }
  .button a { background: ${c.dark.button} !important; color: ${c.dark.onButton} !important; }
  a.quiet { color: ${c.dark.link} !important; }
}
</style>
</head>
<body>
<div style="display:none;max-height:0;overflow:hidden;mso-hide:all">${page.preview}</div>
<div role="main" lang="${page.lang}" dir="${page.dir}">
<table role="presentation" class="ground" width="100%" cellpadding="0" cellspacing="0" border="0" style="background:${c.ground}">
<tr><td class="outer" align="center" style="padding:32px 16px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:560px">
<tr><td class="soft" dir="auto" style="padding:0 4px 14px;font:600 15px/1.4 ${FONT};color:${c.softOutside}">${page.logo ? logoOf(page.logo) : page.shopName}</td></tr>
<tr><td class="card ink" style="background:${c.card};border:1px solid ${c.rule};border-radius:12px;padding:36px 40px;font:400 16px/1.6 ${FONT};color:${c.ink}">
${page.parts.map((part, i) => htmlOf(part, page, c, isFirstHeading(page.parts, i)))}
</td></tr>
<tr><td class="soft" style="padding:20px 4px 0;font:400 13px/1.6 ${FONT};color:${c.softOutside}">
${
  page.reply &&
  html`<p style="margin:0 0 8px">${page.reply.text}: <a class="quiet" href="mailto:${page.reply.address}" style="color:${c.linkOutside}">${page.reply.address}</a></p>
`
}<p style="margin:0 0 8px">${page.stop.text} <a class="quiet" href="${page.stop.link}" style="color:${c.linkOutside}">${page.stop.label}</a></p>
<p style="margin:0">${page.why}</p>
${
  page.unsubscribe &&
  html`<p style="margin:8px 0 0"><a class="quiet" href="${page.unsubscribe.link}" style="color:${c.linkOutside}">${page.unsubscribe.label}</a></p>
`
}${
  page.postalAddress.length > 0 &&
  html`<p dir="auto" style="margin:8px 0 0">${page.postalAddress.map((line, i) => (i === 0 ? html`${line}` : html`<br>${line}`))}</p>
`
}</td></tr>
</table>
</td></tr>
</table>
</div>
</body>
</html>
`.toString()
}

/**
 * A mail as the reader with this setting of their device would see it, for a preview on any device. Links lead nowhere
 * there: they would open inside the frame.
 */
export function inScheme(html: string, scheme: 'light' | 'dark'): string {
  // The texts of a mail are escaped, so there is one <style> only, and it is ours.
  return html.replace(
    /<style>[\s\S]*?<\/style>/,
    (style) =>
      `<base target="_blank">${style
        .replace(
          '@media (prefers-color-scheme: dark)',
          scheme === 'dark' ? '@media all' : '@media not all',
        )
        .replace(
          'color-scheme: light dark; supported-color-schemes: light dark',
          `color-scheme: ${scheme}`,
        )}`,
  )
}

function logoOf({ url, alt }: { url: string; alt: string }): Markup {
  return html`<img src="${url}" alt="${alt}" height="40" style="display:block;height:40px;max-width:220px;border:0">`
}

function isFirstHeading(parts: readonly Part[], i: number): boolean {
  return parts.findIndex(({ type }) => type === 'heading') === i
}

function htmlOf(part: Part, { dir }: Page, c: Colours, isFirst: boolean): Markup {
  switch (part.type) {
    case 'heading':
      return isFirst
        ? html`<h1 style="margin:0 0 20px;font-size:22px;line-height:1.3;font-weight:650;color:${c.ink}">${part.text}</h1>
`
        : html`<h2 style="margin:20px 0 12px;font-size:18px;line-height:1.35;font-weight:650;color:${c.ink}">${part.text}</h2>
`
    case 'text':
      return html`${part.pieces.map((piece) => pieceOf(piece, part.isSmall, c))}`
    case 'button':
      return html`<table role="presentation" cellpadding="0" cellspacing="0" border="0" width="100%"><tr><td class="button" style="padding:10px 0 6px">
<a href="${part.link}" style="display:inline-block;background:${c.button};color:${c.onButton};text-decoration:none;font-weight:600;padding:13px 26px;border-radius:8px">${part.label}</a>
</td></tr></table>
<p class="soft" style="margin:6px 0 20px;font-size:13px;line-height:1.5;color:${c.soft}">${part.copyLink}<br><a class="quiet" dir="ltr" href="${part.link}" style="color:${c.link};word-break:break-all">${part.link}</a></p>
${
  part.account &&
  html`<p class="soft" style="margin:-8px 0 20px;font-size:13px;line-height:1.5;color:${c.soft}"><a class="quiet" href="${part.account.link}" style="color:${c.link}">${part.account.label}</a></p>
`
}`
    case 'items':
      return html`<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:8px 0 4px">${part.items.map(
        ({ url, title }) =>
          html`<tr><td style="padding:6px 0"><img src="${url}" alt="" width="64" height="64" style="display:block;width:64px;height:64px;object-fit:cover;border-radius:8px;border:0"></td><td class="ink" dir="auto" style="padding:6px 14px;font-size:15px;color:${c.ink}">${title}</td></tr>`,
      )}</table>
`
    case 'facts':
      return html`<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" class="rule" style="border-top:1px solid ${c.rule};margin:8px 0 0">${part.rows.map(
        ({ name, value }) =>
          html`
<tr><td class="soft rule" style="padding:10px 0;border-bottom:1px solid ${c.rule};font-size:14px;color:${c.soft};vertical-align:top">${name}</td><td class="ink rule" align="${endOf(dir)}" style="padding:${dir === 'rtl' ? '10px 12px 10px 0' : '10px 0 10px 12px'};border-bottom:1px solid ${c.rule};font-size:14px;color:${c.ink};text-align:${endOf(dir)}">${value}</td></tr>`,
      )}
</table>
`
    case 'others':
      return html`<p class="soft" style="margin:18px 0 4px;font-size:14px;font-weight:600;color:${c.soft}">${part.title}</p>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" class="rule" style="border-top:1px solid ${c.rule}">${part.rows.map(
        ({ name, value, link }) =>
          html`
<tr><td class="rule" style="padding:10px 0;border-bottom:1px solid ${c.rule};font-size:14px"><a class="quiet" href="${link}" style="color:${c.link}">${name}</a></td><td class="ink rule" align="${endOf(dir)}" style="padding:${dir === 'rtl' ? '10px 12px 10px 0' : '10px 0 10px 12px'};border-bottom:1px solid ${c.rule};font-size:14px;color:${c.ink};text-align:${endOf(dir)}">${value}</td></tr>`,
      )}
</table>
`
    case 'divider':
      return html`<div class="rule" style="border-top:1px solid ${c.rule};margin:20px 0;font-size:1px;line-height:1px">&nbsp;</div>
`
    case 'picture':
      return html`<img src="${part.url}" alt="${part.alt}" width="480" style="display:block;width:100%;max-width:480px;height:auto;border:0;border-radius:8px;margin:8px 0 16px">
`
    case 'question':
      return html`<p style="margin:20px 0 0">${part.text} <a class="quiet" href="${part.link}" style="color:${c.link}">${part.label}</a></p>
`
  }
}

function pieceOf(piece: Piece, isSmall: boolean, c: Colours): Markup {
  const [tone, style] = isSmall
    ? ['soft', `margin:0 0 10px;font-size:13px;line-height:1.5;color:${c.soft}`]
    : ['', 'margin:0 0 16px']
  if (piece.type === 'paragraph')
    return html`<p class="${tone}" style="${style}">${piece.text}</p>
`
  return html`<ul style="margin:0 0 16px;padding-inline-start:22px">${piece.items.map(
    (item) => html`
<li class="${tone}" style="margin:0 0 8px">${item}</li>`,
  )}
</ul>
`
}

/** Where the second column ends; old mail programs know no "end". */
function endOf(dir: 'ltr' | 'rtl'): 'right' | 'left' {
  return dir === 'rtl' ? 'left' : 'right'
}
