import { PassThrough } from 'node:stream'
import {
  type ActionFunctionArgs,
  type AppLoadContext,
  createReadableStreamFromReadable,
  type EntryContext,
  type LoaderFunctionArgs,
} from '@remix-run/node'
import { isRouteErrorResponse, RemixServer } from '@remix-run/react'
import { isbot } from 'isbot'
import { renderToPipeableStream } from 'react-dom/server'
import { log } from './log.server.ts'
import { Nonce } from './nonce.ts'
import { addDocumentResponseHeaders } from './shopify.server.ts'

declare module '@remix-run/node' {
  /** What server.ts hands to every loader, action and document. */
  interface AppLoadContext {
    nonce: string
  }
}

/** After so long a page is sent as it is. Milliseconds. */
export const streamTimeout = 5_000

export default function handleRequest(
  request: Request,
  status: number,
  headers: Headers,
  context: EntryContext,
  { nonce }: AppLoadContext,
): Promise<Response> {
  // Names the shop that may frame the page; the rest of the policy is set in http-guard.server.ts.
  addDocumentResponseHeaders(request, headers)
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
      <Nonce.Provider value={nonce}>
        <RemixServer context={context} url={request.url} abortDelay={streamTimeout} nonce={nonce} />
      </Nonce.Provider>,
      {
        nonce,
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
