/**
 * The case page as HTML: no script, nothing fetched but the shop's logo from Shopify's CDN, works in any browser and
 * with any reader.
 */
import type { ReactElement, ReactNode } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { env } from '../env.server.ts'
import { directionOf, wordsLocale } from '../messages/formats.ts'
import type { Brand } from '../messages/template.ts'
import type { ShopperNotice } from './actions.server.ts'
import { type Look, lookOf, PLAIN_LOOK } from './look.server.ts'
import { apart, fill, PAGE_WORDS } from './page-words/say.ts'
import type { PageWords } from './page-words/words.ts'
import { type Terms, termsIn } from './terms.ts'
import type { Unsubscriber } from './unsubscribe.server.ts'
import type { Field, ShopperView } from './view.ts'

export function casePage(view: ShopperView, brand: Brand, notice: ShopperNotice | null): Response {
  const look = lookOf(brand)
  const terms = termsIn(brand.policy)
  return answer(200, <CaseDocument {...{ view, look, notice, terms }} />, look)
}

/** For links that lead nowhere (any more), and for the rare moments when nothing can be shown. Tells nothing. */
export function plainPage(
  status: keyof typeof PLAIN,
  /** What the browser asks for; there is no shopper to ask. */
  asked: string | null = null,
): Response {
  const { tag } = wordsLocale(asked?.split(/[,;]/)[0] ?? null, 'Etc/UTC')
  const { plain } = PAGE_WORDS[tag]
  const [title, text] = PLAIN[status].map((key) => plain[key])
  return answer(
    status === 'withdrawn' ? 410 : status,
    <Page lang={tag} dir={directionOf(tag)} title={title ?? ''}>
      <main>
        <h1>{title}</h1>
        <p>{text}</p>
      </main>
    </Page>,
  )
}

/** Ends offers, with one press; once it is done, it says so. Too old: nobody knows any more for whom. */
export function unsubscribePage(
  { shopName, lang, dir, label }: Unsubscriber,
  state: 'ask' | 'done' | 'too_old',
): Response {
  const words = PAGE_WORDS[lang]
  const say = (text: string) => fill(text, { shop: apart(shopName, dir) })
  const { title, body } = {
    ask: { title: label, body: null },
    done: { title: say(words.unsubscribed), body: words.unsubscribedBody },
    too_old: { title: words.tooOld, body: say(words.tooOldBody) },
  }[state]
  return answer(
    state === 'too_old' ? 410 : 200,
    <Page lang={lang} dir={dir} title={title}>
      <header className="shop" dir="auto">
        {shopName}
      </header>
      <main>
        <h1>{title}</h1>
        {body ? (
          <p role="status">{body}</p>
        ) : (
          <form method="post" className="action">
            <button type="submit" className="primary">
              {label}
            </button>
            <p className="note">{words.unsubscribeNote}</p>
          </form>
        )}
      </main>
    </Page>,
  )
}

type PlainKey = keyof PageWords['plain']

/** Title and text. */
const PLAIN: Record<400 | 404 | 405 | 410 | 413 | 429 | 503 | 'withdrawn', [PlainKey, PlainKey]> = {
  400: ['failed', 'goBack'],
  404: ['nowhere', 'nowhereBody'],
  405: ['failed', 'openAgain'],
  410: ['nowhere', 'nowhereBody'],
  413: ['failed', 'goBack'],
  429: ['often', 'oftenBody'],
  503: ['broken', 'brokenBody'],
  withdrawn: ['withdrawn', 'withdrawnBody'],
}

export function isNotice(value: string | null): value is ShopperNotice {
  return value !== null && Object.hasOwn(PAGE_WORDS.en.notices, value)
}

function CaseDocument({
  view,
  look,
  notice,
  terms,
}: {
  view: ShopperView
  look: Look
  notice: ShopperNotice | null
  terms: Terms | null
}) {
  const shop = apart(view.shopName, view.dir)
  return (
    <Page lang={view.lang} dir={view.dir} title={`${view.title} · ${view.shopName}`} look={look}>
      <header className="shop" dir="auto">
        {look.logo ? (
          <img src={look.logo.url} alt={look.logo.alt || view.shopName} height="40" />
        ) : (
          view.shopName
        )}
      </header>
      <main>
        {notice ? (
          <p className="warn" role="alert">
            {view.words.notices[notice]}
          </p>
        ) : null}
        {view.aside.length > 0 ? (
          <div className="tell" role="note">
            {view.aside.map((line) => (
              <p key={line}>{line}</p>
            ))}
          </div>
        ) : null}
        <h1>{view.title}</h1>
        {view.paragraphs.map((paragraph) => (
          <p key={paragraph}>{paragraph}</p>
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
        {view.account ? <Account {...view.account} /> : null}
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
        {view.choices.length > 0 ? <Choices view={view} /> : null}
        {view.question ? <Question {...view.question} /> : null}
        {view.canStop ? <Stop view={view} /> : null}
      </main>
      <footer>
        {view.contact ? (
          <p>
            {fill(view.words.person, { shop })}{' '}
            <a href={`mailto:${view.contact}`}>{view.contact}</a>
          </p>
        ) : null}
        {view.accountUrl ? (
          <p>
            <a href={view.accountUrl}>{fill(view.words.account, { shop })}</a>
          </p>
        ) : null}
        {terms ? <PaymentTerms view={view} terms={terms} /> : null}
        <p>{view.words.neverCards}</p>
      </footer>
    </Page>
  )
}

function PaymentTerms({ view, terms }: { view: ShopperView; terms: Terms }) {
  const name = fill(view.words.terms, { shop: apart(view.shopName, view.dir) })
  if ('url' in terms)
    return (
      <p>
        <a href={terms.url}>{name}</a>
      </p>
    )
  return (
    <>
      <p>{name}</p>
      <p className="terms" dir="auto">
        {terms.text}
      </p>
    </>
  )
}

/** A link and no form: it leads to the shop's account, and what happens there is Shopify's. */
function Account({ href, label, note, isMain }: NonNullable<ShopperView['account']>) {
  return (
    <div className="action">
      <a href={href} className={isMain ? 'primary' : 'secondary'}>
        {label}
      </a>
      <p className="note">{note}</p>
    </div>
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

/** Folded away, so that the one thing to do stays the one thing to see. */
function Choices({ view }: { view: ShopperView }) {
  return (
    <section className="choices" aria-labelledby="choices">
      <h2 id="choices">{view.otherWays}</h2>
      {view.choices.map(({ label, note, fields = [], presses }) => (
        <details key={label}>
          <summary>{label}</summary>
          <p>{note}</p>
          <form method="post">
            {fields.map((field) => (
              <Pieces field={field} key={field.name} />
            ))}
            {presses.map((one) => (
              <button
                type="submit"
                name="press"
                value={one.press}
                className="secondary"
                key={one.press}
              >
                {one.label}
              </button>
            ))}
          </form>
        </details>
      ))}
    </section>
  )
}

/** How many pieces of one line. Its name is the only one of its kind on the page, so it serves as id, too. */
function Pieces({ field }: { field: Field }) {
  const { name, label } = field
  return (
    <p className="field">
      <label htmlFor={name}>{label}</label>
      {'options' in field ? (
        <select id={name} name={name} defaultValue={field.options.find((one) => one.chosen)?.value}>
          {field.options.map((one) => (
            <option value={one.value} key={one.value}>
              {one.label}
            </option>
          ))}
        </select>
      ) : (
        <input
          type="number"
          inputMode="numeric"
          id={name}
          name={name}
          min={0}
          max={field.most}
          required
          defaultValue={field.chosen}
        />
      )}
    </p>
  )
}

function Stop({ view }: { view: ShopperView }) {
  return (
    <details>
      <summary>{view.words.stopSummary}</summary>
      <p>{view.stopNote}</p>
      <form method="post">
        <button type="submit" name="press" value="stop" className="secondary">
          {view.words.stop}
        </button>
      </form>
    </details>
  )
}

function Page(props: {
  lang: string
  dir: 'ltr' | 'rtl'
  title: string
  look?: Look
  children: ReactNode
}) {
  return (
    <html lang={props.lang} dir={props.dir}>
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex, nofollow" />
        <meta name="format-detection" content="telephone=no, date=no, address=no, email=no" />
        <title>{props.title}</title>
        <style>{(props.look ?? PLAIN_LOOK).style}</style>
      </head>
      <body>
        <div className="page">{props.children}</div>
      </body>
    </html>
  )
}

function answer(status: number, document: ReactElement, look = PLAIN_LOOK): Response {
  return new Response(`<!doctype html>${renderToStaticMarkup(document)}`, {
    status,
    headers: { ...protection(look), 'Content-Type': 'text/html; charset=utf-8' },
  })
}

/** Headers of every answer of this page, redirects included. */
export function protection(look = PLAIN_LOOK): Record<string, string> {
  // A form's answer may send the shopper on to Shopify or to the bank, and browsers hold `form-action` against that
  // too. Plain HTTP is for an app that itself runs without TLS, as in the sandbox.
  const onward = env().SHOPIFY_APP_URL.startsWith('http:') ? 'https: http:' : 'https:'
  return {
    'Cache-Control': 'no-store',
    'Content-Security-Policy': [
      "default-src 'none'",
      `style-src 'sha256-${look.hash}'`,
      ...(look.logo ? [`img-src ${new URL(look.logo.url).origin}`] : []),
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
