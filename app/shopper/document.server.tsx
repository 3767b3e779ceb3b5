/** The case page as HTML: no script, nothing fetched from anywhere, works in any browser and with any reader. */
import { createHash } from 'node:crypto'
import type { ReactElement, ReactNode } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { env } from '../env.server.ts'
import type { ShopperNotice } from './page.server.ts'
import { style } from './style.ts'
import type { Unsubscriber } from './unsubscribe.server.ts'
import type { ShopperView } from './view.ts'

export function casePage(view: ShopperView, notice: ShopperNotice | null): Response {
  return answer(200, <CaseDocument view={view} notice={notice} />)
}

/** For links that lead nowhere (any more), and for the rare moments when nothing can be shown. Tells nothing. */
export function plainPage(status: 400 | 404 | 405 | 410 | 413 | 429 | 503): Response {
  const words = PLAIN[status]
  return answer(
    status,
    <Page lang="en" dir="ltr" title={words.title}>
      <main>
        <h1>{words.title}</h1>
        <p>{words.text}</p>
      </main>
    </Page>,
  )
}

/** Ends offers, with one press; once it is done, it says so. */
export function unsubscribePage(
  { shopName, lang, dir, label }: Unsubscriber,
  done: boolean,
): Response {
  const title = done ? `No more offers from ${shopName}` : label
  return answer(
    200,
    <Page lang={lang} dir={dir} title={title}>
      <header className="shop" dir="auto">
        {shopName}
      </header>
      <main>
        <h1 dir="auto">{title}</h1>
        {done ? (
          <p role="status" dir="auto">
            You get no more offers by e-mail. Notices about the payment of your subscription go on.
          </p>
        ) : (
          <form method="post" className="action">
            <button type="submit" className="primary">
              {label}
            </button>
            <p className="note" dir="auto">
              Notices about the payment of your subscription go on.
            </p>
          </form>
        )}
      </main>
    </Page>,
  )
}

const NOWHERE = {
  title: 'This link does not lead anywhere any more',
  text: 'It may be too old, or a part of it may be missing. Please open the newest e-mail about your subscription, or write to the shop directly.',
}

const PLAIN = {
  400: {
    title: 'This did not work',
    text: 'Please go back, load the page again and press the button there.',
  },
  404: NOWHERE,
  405: {
    title: 'This did not work',
    text: 'Please open the link from your e-mail again.',
  },
  410: NOWHERE,
  413: {
    title: 'This did not work',
    text: 'Please go back, load the page again and press the button there.',
  },
  429: {
    title: 'One moment, please',
    text: 'This page was opened very often just now. Please wait a few minutes and load it again.',
  },
  503: {
    title: 'This page cannot be shown right now',
    text: 'Nothing was changed. Please try again in a few minutes.',
  },
}

/** What could not be done, said honestly. */
const NOTICES: Record<ShopperNotice, string> = {
  challenge_gone:
    'The confirmation of your bank has run out, or was used already. How things stand now is shown below.',
  not_now:
    'That did not work just now, and nothing was changed. Please try again in a few minutes.',
  not_possible: 'That is not possible any more. How things stand now is shown below.',
  mail_refused:
    'The secure link could not be sent. Please write to the shop, and they will help you.',
  not_started: 'The payment could not be started now. How things stand is shown below.',
  not_stopped:
    'This could not be stopped right now, because a payment is being checked. Please try again later, or write to the shop.',
}

export function isNotice(value: string | null): value is ShopperNotice {
  return value !== null && Object.hasOwn(NOTICES, value)
}

function CaseDocument({ view, notice }: { view: ShopperView; notice: ShopperNotice | null }) {
  return (
    <Page lang={view.lang} dir={view.dir} title={`${view.title} · ${view.shopName}`}>
      <header className="shop" dir="auto">
        {view.shopName}
      </header>
      <main>
        {notice ? (
          <p className="warn" role="alert">
            {NOTICES[notice]}
          </p>
        ) : null}
        {view.aside.length > 0 ? (
          <div className="tell" role="note">
            {view.aside.map((line) => (
              <p key={line} dir="auto">
                {line}
              </p>
            ))}
          </div>
        ) : null}
        <h1 dir="auto">{view.title}</h1>
        {view.paragraphs.map((paragraph) => (
          <p key={paragraph} dir="auto">
            {paragraph}
          </p>
        ))}
        {view.sent ? (
          <p className="tell" role="status">
            {view.sent}
          </p>
        ) : null}
        {view.action ? (
          <form method="post" className="action">
            <button type="submit" name="press" value={view.action.press} className="primary">
              {view.action.label}
            </button>
            <p className="note">{view.action.note}</p>
          </form>
        ) : null}
        {view.facts.length > 0 ? (
          <dl>
            {view.facts.map((fact) => (
              <div key={fact.name}>
                <dt>{fact.name}</dt>
                <dd dir="auto">{fact.value}</dd>
              </div>
            ))}
          </dl>
        ) : null}
        {view.question ? <Question {...view.question} /> : null}
        {view.canStop ? <Stop shopName={view.shopName} note={view.stopNote} /> : null}
      </main>
      <footer>
        {view.contact ? (
          <p>
            A person at {view.shopName} reads your mail:{' '}
            <a href={`mailto:${view.contact}`}>{view.contact}</a>
          </p>
        ) : null}
        {view.accountUrl ? (
          <p>
            <a href={view.accountUrl}>Your account at {view.shopName}</a>
          </p>
        ) : null}
        <p>This page never asks for card details.</p>
      </footer>
    </Page>
  )
}

function Question({ text, answers }: NonNullable<ShopperView['question']>) {
  return (
    <form method="post" className="question" aria-labelledby="question">
      <p id="question">{text}</p>
      {answers.map(({ press, label }) => (
        <button type="submit" name="press" value={press} className="secondary" key={press}>
          {label}
        </button>
      ))}
    </form>
  )
}

function Stop({ shopName, note }: { shopName: string; note: string | null }) {
  return (
    <details>
      <summary>Already cancelled, or not you?</summary>
      <p>
        {note ??
          `Press the button, and we stop: nothing more is charged for this order, you get no further message about it, and ${shopName} is told. The subscription itself stays as it is until they have looked at it.`}
      </p>
      <form method="post">
        <button type="submit" name="press" value="stop" className="secondary">
          Please stop
        </button>
      </form>
    </details>
  )
}

function Page(props: { lang: string; dir: 'ltr' | 'rtl'; title: string; children: ReactNode }) {
  return (
    <html lang={props.lang} dir={props.dir}>
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex, nofollow" />
        <meta name="format-detection" content="telephone=no, date=no, address=no, email=no" />
        <title>{props.title}</title>
        <style>{style}</style>
      </head>
      <body>
        <div className="page">{props.children}</div>
      </body>
    </html>
  )
}

function answer(status: number, document: ReactElement): Response {
  return new Response(`<!doctype html>${renderToStaticMarkup(document)}`, {
    status,
    headers: { ...protection(), 'Content-Type': 'text/html; charset=utf-8' },
  })
}

/** Headers of every answer of this page, redirects included. */
export function protection(): Record<string, string> {
  // A form's answer may send the shopper on to Shopify or to the bank, and browsers hold `form-action` against that
  // too. Plain HTTP is for an app that itself runs without TLS, as in the sandbox.
  const onward = env().SHOPIFY_APP_URL.startsWith('http:') ? 'https: http:' : 'https:'
  return {
    'Cache-Control': 'no-store',
    'Content-Security-Policy': [
      "default-src 'none'",
      `style-src 'sha256-${STYLE_HASH}'`,
      `form-action 'self' ${onward}`,
      "frame-ancestors 'none'",
      "base-uri 'none'",
    ].join('; '),
    'Cross-Origin-Opener-Policy': 'same-origin',
    // The address is the key to the page: it must not travel on.
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'X-Robots-Tag': 'noindex, nofollow',
  }
}

const STYLE_HASH = createHash('sha256').update(style).digest('base64')
