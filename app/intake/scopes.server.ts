/** A merchant or Shopify changed what the app may do. Staff are told when something that we need is gone. */
import { now } from '../clock.server.ts'
import { db } from '../db.server.ts'
import { env } from '../env.server.ts'
import { UnreadablePayload } from './unreadable.ts'

const KIND = 'scopes_missing'

/** Answers `app/scopes_update`. */
export async function updateScopes(shop: string, payload: Record<string, unknown>): Promise<void> {
  const { current } = payload
  if (!isListOfScopes(current))
    throw new UnreadablePayload('app/scopes_update says no scopes in `current`.')
  await db.session.updateMany({
    where: { shop, isOnline: false },
    data: { scope: current.join(',') },
  })

  const missing = missingScopes(env().SCOPES, current)
  if (missing.length === 0) {
    await db.staffTask.updateMany({
      where: { shop, kind: KIND, doneAt: null },
      data: { doneAt: now(), doneBy: 'Shopify' },
    })
    return
  }
  await db.staffTask.createMany({
    data: [
      {
        id: crypto.randomUUID(),
        shop,
        kind: KIND,
        subject: 'scopes',
        title: 'Reprise lost a permission that it needs',
        body:
          `Without ${missing.join(', ')} payments of this shop cannot be recovered. ` +
          'Open Reprise once from the Shopify admin and accept the permissions.',
        createdAt: now(),
      },
    ],
    skipDuplicates: true,
  })
}

function isListOfScopes(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string' && /^\w+$/.test(one))
}

/** Pure. Shopify leaves out a read scope when its write scope is granted. */
export function missingScopes(wanted: string[], granted: string[]): string[] {
  const have = new Set(granted.flatMap((scope) => [scope, scope.replace(/^write_/, 'read_')]))
  return wanted.filter((scope) => !have.has(scope))
}
