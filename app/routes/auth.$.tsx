import type { LoaderFunctionArgs } from '@remix-run/node'
import { isShopDomain } from '../page-policy.ts'
import { signedIn } from '../staff.server.ts'

/** Everything below /auth belongs to Shopify's library: session-token bounce, exit from the frame, sign-in. */
export async function loader({ request, context }: LoaderFunctionArgs) {
  const { searchParams } = new URL(request.url)
  // The library puts the shop into a header and follows the path, and answers 500 to what it cannot use.
  if (searchParams.has('shop') && !isShopDomain(searchParams.get('shop')))
    throw new Response('This is no shop of Shopify’s.', { status: 400 })
  try {
    await signedIn(request)
  } catch (answer) {
    if (answer instanceof Response) throw await withNonce(answer, context.nonce)
    if (answer instanceof Error && /exit-iframe|Refusing to redirect/.test(answer.message))
      throw new Response('Reprise does not lead to that address.', { status: 400 })
    throw answer
  }
  return null
}

/** The library's page that leaves the frame holds one script of its own, which our policy allows by its nonce. */
async function withNonce(answer: Response, nonce: string): Promise<Response> {
  if (!/^text\/html/.test(answer.headers.get('content-type') ?? '')) return answer
  const page = await answer.text()
  return new Response(
    page.replace('<script>window.open(', `<script nonce="${nonce}">window.open(`),
    {
      status: answer.status,
      headers: answer.headers,
    },
  )
}
