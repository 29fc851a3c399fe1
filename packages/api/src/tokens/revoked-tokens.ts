import type { Pool } from 'pg'
import type { SchemaPart } from '@guichet/eventstore'
import { migrateSchema, openPool } from '@guichet/eventstore'
import { periodically } from '@guichet/workflows'
import type { Revocation, Revocations } from '../auth/tokens.ts'
import { revocationList } from '../auth/tokens.ts'

/** The list of revoked tokens. Entries are only added, never removed. */
const revokedTokensSchema: SchemaPart = {
  schema: 'guichet_auth',
  part: 'revoked_tokens',
  steps: [
    `create table guichet_auth.revoked_tokens (
       number bigint generated always as identity primary key,
       token_id text,
       subject text,
       issued_before timestamptz,
       revoked_at timestamptz not null default now(),
       check ((token_id is null) <> (subject is null)),
       check ((subject is null) = (issued_before is null))
     )`,
  ],
}

/** How often each process checks the list, in milliseconds. */
const lookEveryMs = 2_000

type FollowedRevocations = Revocations & { stop(): Promise<void> }

/**
 * Follows the list of revoked tokens. Resolves after the first read. While the database is away, the last read list
 * applies.
 * @throws as `migrateSchema` does; the errors of the database.
 */
export async function followRevokedTokens(
  connectionString: string,
  onError: (error: unknown, context: string) => void,
  everyMs = lookEveryMs,
): Promise<FollowedRevocations> {
  const pool = openTokens(connectionString, onError)
  const list = revocationList()
  let seen: string | undefined
  const look = async (): Promise<void> => {
    const extent = await extentOf(pool)
    if (extent === seen) return
    list.replace(await readAll(pool))
    seen = extent
  }
  try {
    await migrateSchema(pool, revokedTokensSchema)
    await look()
  } catch (error) {
    await pool.end()
    throw error
  }
  const looking = periodically(everyMs, look, (error) => onError(error, 'the list of revoked tokens'))
  return {
    isRevoked: list.isRevoked,
    onChange: list.onChange,
    stop: async () => {
      await looking.stop()
      await pool.end()
    },
  }
}

/** Adds to the list. Every process applies the change within seconds. @throws as `followRevokedTokens` does. */
export async function revokeTokens(connectionString: string, revocation: Revocation): Promise<void> {
  const pool = openTokens(connectionString, () => undefined)
  try {
    await migrateSchema(pool, revokedTokensSchema)
    const values =
      'tokenId' in revocation
        ? [revocation.tokenId, null, null]
        : [null, revocation.subject, new Date(revocation.issuedBefore)]
    await pool.query(
      'insert into guichet_auth.revoked_tokens (token_id, subject, issued_before) values ($1, $2, $3)',
      values,
    )
  } finally {
    await pool.end()
  }
}

/** One entry of the list. */
export type RevokedTokens = Revocation & { /** In milliseconds since 1970. */ readonly revokedAt: number }

/** Returns the whole list, latest first. @throws as `followRevokedTokens` does. */
export async function revokedTokens(connectionString: string): Promise<readonly RevokedTokens[]> {
  const pool = openTokens(connectionString, () => undefined)
  try {
    await migrateSchema(pool, revokedTokensSchema)
    return await readAll(pool)
  } finally {
    await pool.end()
  }
}

const openTokens = (connectionString: string, onError: (error: unknown, context: string) => void): Pool =>
  openPool({ connectionString, maxConnections: 1, onLost: (error) => onError(error, 'a connection to the database') })

/** Returns a text that changes with every row, even one that is committed after another with a higher number. */
async function extentOf(pool: Pool): Promise<string> {
  const { rows } = await pool.query<{ rows: string; last: string }>(
    'select count(*) as rows, coalesce(max(number), 0) as last from guichet_auth.revoked_tokens',
  )
  return `${rows[0]?.rows ?? 0} ${rows[0]?.last ?? 0}`
}

type Row = { token_id: string | null; subject: string | null; issued_before: Date | null; revoked_at: Date }

async function readAll(pool: Pool): Promise<readonly RevokedTokens[]> {
  const { rows } = await pool.query<Row>(
    'select token_id, subject, issued_before, revoked_at from guichet_auth.revoked_tokens order by revoked_at desc, number desc',
  )
  return rows.flatMap(
    ({ token_id: tokenId, subject, issued_before: issuedBefore, revoked_at: at }): RevokedTokens[] => {
      const revokedAt = at.getTime()
      if (tokenId !== null) return [{ tokenId, revokedAt }]
      return subject !== null && issuedBefore ? [{ subject, issuedBefore: issuedBefore.getTime(), revokedAt }] : []
    },
  )
}
