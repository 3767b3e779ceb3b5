import { type LoaderFunctionArgs, type MetaFunction, redirect } from '@remix-run/node'
import styles from '../components/landing.css?url'

export const meta: MetaFunction = () => [
  { title: 'Reprise: failed subscription payments, recovered' },
  {
    name: 'description',
    content:
      'Reprise answers failed subscription charges in Shopify with well-timed retries and plain reminders.',
  },
]

export const links = () => [{ rel: 'stylesheet', href: styles }]

/** Shopify opens this address with its own parameters; a merchant then goes straight to the app. */
export async function loader({ request }: LoaderFunctionArgs) {
  const { searchParams } = new URL(request.url)
  if (searchParams.has('shop')) throw redirect(`/app?${searchParams}`)
  return null
}

export default function Landing() {
  return (
    <main className="landing">
      <h1>Reprise</h1>
      <p className="landing__lead">
        When a subscription payment fails, Reprise tries again at the right time and asks the
        customer for help only when help is needed.
      </p>
      <ul>
        <li>
          <strong>Retries with a reason.</strong> Each failure is read for what it means: an empty
          account waits for payday, an expired card waits for a new one. Every charge and every wait
          is explained on the recovery’s time line.
        </li>
        <li>
          <strong>One page for the customer.</strong> What failed, what happens next, and one way to
          put it right through Shopify. No card number ever passes through Reprise.
        </li>
        <li>
          <strong>Limits that hold.</strong> One attempt within 24 hours, never on a paid, skipped
          or paused cycle, and one switch that stops everything.
        </li>
      </ul>
      <p>
        Reprise works inside the Shopify admin, for the subscriptions of the app that it runs under.
        Install it from Shopify; there is nothing to sign in to here.
      </p>
    </main>
  )
}
