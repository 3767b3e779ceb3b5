/** What is still owed, as a file. A press only, never a look: exporting leaves its trace. */
import type { ActionFunctionArgs } from '@remix-run/node'
import { now } from '../clock.server.ts'
import { db } from '../db.server.ts'
import { exportCollections } from '../insight/collections.server.ts'
import { staffOf } from '../staff.server.ts'

export function loader() {
  throw new Response('Press “Export what is still owed” on the list of recoveries.', {
    status: 405,
    headers: { Allow: 'POST' },
  })
}

export async function action({ request }: ActionFunctionArgs) {
  const { shop, actor } = await staffOf(request)
  const file = await exportCollections(db, shop, actor, now())
  if (file === null) throw new Response('The export is switched off in Settings.', { status: 403 })
  return new Response(file, {
    headers: {
      'Content-Type': 'text/csv; charset=utf-8',
      'Content-Disposition': `attachment; filename="still-owed-${now().toISOString().slice(0, 10)}.csv"`,
      'Cache-Control': 'no-store',
    },
  })
}
