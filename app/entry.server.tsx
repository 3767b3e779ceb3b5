import { PassThrough } from 'node:stream'
import {
  type ActionFunctionArgs,
  createReadableStreamFromReadable,
  type EntryContext,
  type LoaderFunctionArgs,
} from '@remix-run/node'
import { isRouteErrorResponse, RemixServer } from '@remix-run/react'
import { isbot } from 'isbot'
import { renderToPipeableStream } from 'react-dom/server'
import { log } from './log.server.ts'
import { addDocumentResponseHeaders } from './shopify.server.ts'

/** After so long a page is sent as it is. Milliseconds. */
export const streamTimeout = 5_000

export default function handleRequest(
  request: Request,
  status: number,
  headers: Headers,
  context: EntryContext,
): Promise<Response> {
  framing(request, headers)
  headers.set('content-type', 'text/html; charset=utf-8')
  const whole = isbot(request.headers.get('user-agent') ?? '')

  return new Promise((resolve, reject) => {
    let answered = false
    const send = () => {
      answered = true
      const body = new PassThrough()
      resolve(new Response(createReadableStreamFromReadable(body), { status, headers }))
      pipe(body)
    }
    const { pipe, abort } = renderToPipeableStream(
      <RemixServer context={context} url={request.url} abortDelay={streamTimeout} />,
      {
        ...(whole ? { onAllReady: send } : { onShellReady: send }),
        onShellError: reject,
        onError(error) {
          status = 500
          if (answered) log.error({ error }, 'a page broke while it was streamed')
        },
      },
    )
    // One second more, so that the boundaries that were given up can still be written.
    setTimeout(abort, streamTimeout + 1_000).unref()
  })
}

export function handleError(error: unknown, { request }: LoaderFunctionArgs | ActionFunctionArgs) {
  // An address without a page is the visitor's mistake; the request log has it.
  if (request.signal.aborted || isRouteErrorResponse(error)) return
  log.error({ error, path: new URL(request.url).pathname }, 'a loader or action failed')
}

/** The Shopify admin may frame the app's screens; nobody may frame the shopper's page or anything else. */
function framing(request: Request, headers: Headers): void {
  const { pathname } = new URL(request.url)
  if (/^\/(app|auth)(\/|$)/.test(pathname)) addDocumentResponseHeaders(request, headers)
  else
    headers.set(
      'content-security-policy',
      "frame-ancestors 'none'; base-uri 'self'; object-src 'none'",
    )
}
