import type { LoaderFunctionArgs } from '@remix-run/node'
import { authenticate } from '../shopify.server.ts'

/** Everything below /auth belongs to Shopify's library: session-token bounce, exit from the frame, sign-in. */
export async function loader({ request }: LoaderFunctionArgs) {
  await authenticate.admin(request)
  return null
}
