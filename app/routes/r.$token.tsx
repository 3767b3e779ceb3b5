/** The signed page of one case, for the shopper. It answers whole documents, so none of the app's scripts run on it. */
import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node'
import { pressOnCase, showCase } from '../shopper/requests.server.ts'

export function loader({ request, params }: LoaderFunctionArgs) {
  return showCase(request, params.token ?? '')
}

export function action({ request, params }: ActionFunctionArgs) {
  return pressOnCase(request, params.token ?? '')
}
