/** Ends offers by e-mail: GET shows one button, POST (also a mail program's, RFC 8058) does it. */
import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node'
import { askToUnsubscribe, unsubscribeByLink } from '../shopper/unsubscribe.server.ts'

export function loader({ params }: LoaderFunctionArgs) {
  return askToUnsubscribe(params.token ?? '')
}

export function action({ request, params }: ActionFunctionArgs) {
  return unsubscribeByLink(request, params.token ?? '')
}
