/** Shopify's session storage on our Session table, with the tokens sealed (token-seal.server.ts). */
import type { PrismaClient } from '@prisma/client'
import { Session } from '@shopify/shopify-api'
import type { SessionStorage } from '@shopify/shopify-app-session-storage'
import { PrismaSessionStorage } from '@shopify/shopify-app-session-storage-prisma'
import { log } from '../log.server.ts'
import { openToken, sealToken, type TokenColumn, UnreadableToken } from './token-seal.server.ts'

export class SealedSessionStorage implements SessionStorage {
  readonly #rows: SessionStorage

  constructor(db: PrismaClient) {
    this.#rows = new PrismaSessionStorage(db)
  }

  storeSession(session: Session): Promise<boolean> {
    return this.#rows.storeSession(
      withTokens(session, (token, column) => sealToken(token, { id: session.id, column })),
    )
  }

  async loadSession(id: string): Promise<Session | undefined> {
    const session = await this.#rows.loadSession(id)
    return session && opened(session)
  }

  deleteSession(id: string): Promise<boolean> {
    return this.#rows.deleteSession(id)
  }

  deleteSessions(ids: string[]): Promise<boolean> {
    return this.#rows.deleteSessions(ids)
  }

  async findSessionsByShop(shop: string): Promise<Session[]> {
    const sessions = await this.#rows.findSessionsByShop(shop)
    return sessions.map(opened).filter((session) => session !== undefined)
  }
}

/** A session that does not open counts as none: the library then asks Shopify for new tokens, which heals the row. */
function opened(session: Session): Session | undefined {
  try {
    return withTokens(session, (token, column) => openToken(token, { id: session.id, column }))
  } catch (error) {
    if (!(error instanceof UnreadableToken)) throw error
    log.warn({ error }, 'a stored session cannot be opened; new tokens are asked for')
    return undefined
  }
}

function withTokens(
  session: Session,
  change: (token: string, column: TokenColumn) => string,
): Session {
  const { accessToken, refreshToken } = session
  return new Session({
    ...session.toObject(),
    ...(accessToken ? { accessToken: change(accessToken, 'accessToken') } : {}),
    ...(refreshToken ? { refreshToken: change(refreshToken, 'refreshToken') } : {}),
  })
}
