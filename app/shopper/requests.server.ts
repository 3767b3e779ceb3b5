/** The case page over HTTP: GET shows, POST acts, and everything else is refused. */
import { now, realNow } from '../clock.server.ts'
import { log } from '../log.server.ts'
import { readCaseToken, readNoticeToken } from '../messages/links.server.ts'
import { rateLimit } from '../rate-limit.server.ts'
import { linesOfForm, MOST_LINES } from './chosen-lines.ts'
import { casePage, isNotice, plainPage, protection } from './document.server.tsx'
import { loadNoticePage, pressOnNotice } from './notice-page.server.ts'
import { loadShopperPage, type Pressed, type PressResult, press } from './page.server.ts'
import { stillFits } from './still-fits.ts'
import { FEEDBACK_ANSWERS, type Press } from './view.ts'

/** Per case and web process. A shopper looks a few times and presses once or twice. Ours. */
const looks = rateLimit({ times: 120, perMs: 60_000 })
const presses = rateLimit({ times: 20, perMs: 10 * 60_000 })

/** Bytes of a form. A button has 120 at most, and each line of an order, whose id has up to 100 letters, as many. */
const MAX_FORM_BYTES = (1 + MOST_LINES) * 120

export async function showCase(request: Request, token: string): Promise<Response> {
  const asked = request.headers.get('accept-language')
  if (!isAllowed(looks, token)) return plainPage(429, asked)
  return unlessBroken(asked, async () => {
    // The token says what it opens: a case, or a notice before a charge.
    const page = await (readNoticeToken(token) ? loadNoticePage : loadShopperPage)(token, now())
    if (page.status !== 200) return plainPage(page.status, asked)
    const notice = new URL(request.url).searchParams.get('notice')
    const isTold = isNotice(notice) && (page.snapshot === null || stillFits(notice, page.snapshot))
    return casePage(page.view, page.brand, isTold ? notice : null)
  })
}

export async function pressOnCase(request: Request, token: string): Promise<Response> {
  const asked = request.headers.get('accept-language')
  if (request.method !== 'POST') return plainPage(405, asked)
  if (!isFromOurPage(request)) return plainPage(400, asked)
  if (Number(request.headers.get('content-length') ?? 0) > MAX_FORM_BYTES)
    return plainPage(413, asked)
  if (!isAllowed(presses, token)) return plainPage(429, asked)
  const pressed = await readPress(request)
  if (pressed === null) return plainPage(400, asked)
  return unlessBroken(asked, async () => {
    const result = readNoticeToken(token)
      ? await pressOnNotice(token, pressed.press, now())
      : await press(token, pressed, now())
    return result.status === 303 ? redirect(result, token) : plainPage(result.status, asked)
  })
}

/** A forged token costs one HMAC and no query; it is answered 404 and not counted. */
function isAllowed(limit: ReturnType<typeof rateLimit>, token: string): boolean {
  const id = readCaseToken(token)?.caseId ?? readNoticeToken(token)?.noticeId
  return id === undefined || limit.allows(id, realNow().getTime())
}

/**
 * The token is the permission; this keeps other sites from pressing with a link that they got hold of. Because of our
 * referrer policy browsers send `Origin: null` with our own form, so `Sec-Fetch-Site` is the better witness; clients
 * that send neither are no browsers, and cannot be led astray.
 */
function isFromOurPage(request: Request): boolean {
  const site = request.headers.get('sec-fetch-site')
  if (site !== null) return site === 'same-origin'
  const origin = request.headers.get('origin')
  return (
    origin === null || origin === 'null' || URL.parse(origin)?.host === request.headers.get('host')
  )
}

async function readPress(request: Request): Promise<Pressed | null> {
  const type = request.headers.get('content-type') ?? ''
  const length = Number(request.headers.get('content-length') ?? Number.NaN)
  if (!type.startsWith('application/x-www-form-urlencoded')) return null
  if (!(length <= MAX_FORM_BYTES)) return null
  const form = new URLSearchParams(await request.text())
  const what = form.get('press')
  if (what === 'smaller') {
    const lines = linesOfForm(form)
    return lines && { press: what, lines }
  }
  const known = /^(day:\d{4}-\d{2}-\d{2}|method:[\w-]{1,100})$/.test(what ?? '')
    ? (what as `day:${string}` | `method:${string}`)
    : PRESSES.find((one) => one === what)
  return known ? { press: known } : null
}

const PRESSES: Exclude<Press, 'smaller'>[] = [
  'update',
  'challenge',
  'pay',
  'whole',
  'skip',
  'pause',
  'resume',
  'stop',
  ...FEEDBACK_ANSWERS.map((answer) => `feedback:${answer}` as const),
]

function redirect(result: Extract<PressResult, { status: 303 }>, token: string): Response {
  const to =
    'to' in result
      ? result.to.href
      : `/r/${token}${result.notice === null ? '' : `?notice=${result.notice}`}`
  return new Response(null, { status: 303, headers: { ...protection(), Location: to } })
}

async function unlessBroken(
  asked: string | null,
  make: () => Promise<Response>,
): Promise<Response> {
  try {
    return await make()
  } catch (error) {
    log.error({ error }, 'the page of a case could not be shown')
    return plainPage(503, asked)
  }
}
