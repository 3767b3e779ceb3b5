/** The frame of every screen inside Shopify's admin: App Bridge, Polaris and the navigation. */

import type {
  HeadersFunction,
  LinksFunction,
  LoaderFunctionArgs,
  MetaFunction,
} from '@remix-run/node'
import { Link, Outlet, useLoaderData, useRouteError } from '@remix-run/react'
import { NavMenu } from '@shopify/app-bridge-react'
import polarisStyles from '@shopify/polaris/build/esm/styles.css?url'
import { AppProvider } from '@shopify/shopify-app-remix/react'
import { boundary } from '@shopify/shopify-app-remix/server'
import { WhileLoading } from '../components/LoadingPage.tsx'
import screenStyles from '../components/screens.css?url'
import { env } from '../env.server.ts'
import { signedIn } from '../staff.server.ts'

export const links: LinksFunction = () => [
  { rel: 'stylesheet', href: polarisStyles },
  { rel: 'stylesheet', href: screenStyles },
]

export const meta: MetaFunction = () => [{ title: 'Reprise' }]

export async function loader({ request }: LoaderFunctionArgs) {
  await signedIn(request)
  return { apiKey: env().SHOPIFY_API_KEY, appBridgeUrl: env().APP_BRIDGE_URL }
}

export default function AppFrame() {
  const { apiKey, appBridgeUrl } = useLoaderData<typeof loader>()
  return (
    <AppProvider
      isEmbeddedApp
      apiKey={apiKey}
      {...(appBridgeUrl === null ? {} : { __APP_BRIDGE_URL: appBridgeUrl })}
    >
      <NavMenu>
        {/* Tells the admin where the app begins; it is not shown as an item. */}
        <Link to="/app" rel="home">
          Reprise
        </Link>
        <Link to="/app/recoveries">Recoveries</Link>
        <Link to="/app/tasks">Tasks</Link>
        <Link to="/app/sequences">Sequences</Link>
        <Link to="/app/messages">Messages</Link>
        <Link to="/app/settings">Settings</Link>
      </NavMenu>
      <main>
        <WhileLoading>
          <Outlet />
        </WhileLoading>
      </main>
    </AppProvider>
  )
}

// Shopify's library needs both to answer from inside the frame, also when it refuses.
export function ErrorBoundary() {
  return boundary.error(useRouteError())
}

export const headers: HeadersFunction = (args) => boundary.headers(args)
