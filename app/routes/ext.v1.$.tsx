/** The door of the customer-account extensions: GET state shows, POST acts. A browser's OPTIONS comes to the loader. */
import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node'
import { showState, takeAction } from '../shopper/ext.server.ts'

export function loader({ request, params }: LoaderFunctionArgs) {
  return showState(request, params['*'] ?? '')
}

export function action({ request, params }: ActionFunctionArgs) {
  return takeAction(request, params['*'] ?? '')
}
