import {
  isRouteErrorResponse,
  Links,
  Meta,
  Outlet,
  Scripts,
  ScrollRestoration,
  useRouteError,
} from '@remix-run/react'
import { useContext, useEffect } from 'react'
import { Nonce } from './nonce.ts'

export function Layout({ children }: { children: React.ReactNode }) {
  const nonce = useContext(Nonce)
  const allowed = nonce === undefined ? {} : { nonce }
  return (
    <html lang="en">
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <Meta />
        <Links />
      </head>
      <body>
        {children}
        <ScrollRestoration {...allowed} />
        <Scripts {...allowed} />
      </body>
    </html>
  )
}

export default function Root() {
  useEffect(() => {
    // Buttons are visible before they work; whoever must not press too early waits for this.
    document.documentElement.dataset.hydrated = 'true'
  }, [])
  return <Outlet />
}

/** For every page that has no boundary of its own. Says what to do; the details are in the log. */
export function ErrorBoundary() {
  const error = useRouteError()
  const { title, advice } = isRouteErrorResponse(error) ? forStatus(error.status) : FAILED
  return (
    <main
      style={{
        fontFamily: 'system-ui, sans-serif',
        maxWidth: '34rem',
        margin: '15vh auto',
        padding: '0 1rem',
      }}
    >
      <h1>{title}</h1>
      <p>{advice}</p>
    </main>
  )
}

const FAILED = {
  title: 'Something went wrong on our side',
  advice:
    'Nothing was charged by opening this page. Reload it in a minute; if it stays like this, tell the shop.',
}

function forStatus(status: number): { title: string; advice: string } {
  if (status === 404) {
    return {
      title: 'There is nothing at this address',
      advice:
        'Check the link for a missing part, or open Reprise from the apps in your Shopify admin.',
    }
  }
  if (status === 401 || status === 403 || status === 410) {
    return {
      title: 'This page opens from the Shopify admin',
      advice:
        'Open Reprise from the apps in your Shopify admin, so that Shopify can tell us who you are.',
    }
  }
  return FAILED
}
