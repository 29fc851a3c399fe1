import type { Pool } from 'pg'
import type { SchemaPart } from '@guichet/eventstore'
import { migrateSchema, openPool } from '@guichet/eventstore'
import { periodically } from '@guichet/workflows'
import type { Revocation, Revocations } from '@guichet/api/auth'
import { revocationList } from '@guichet/api/auth'

/** The list of revoked tokens. Entries of tokens whose expiry is known are removed after it. */
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
    'alter table guichet_auth.revoked_tokens add column expires_at timestamptz',
  ],
}

/** How often each process checks the list, in milliseconds. */
const lookEveryMs = 2_000

/** How often expired tokens are removed from the list, and how long after their expiry, in milliseconds. */
const cleanEveryMs = 600_000
const keptMs = 3_600_000

/** The list of revoked tokens as one process follows it. */
export type FollowedRevocations = Revocations & {
  /**
   * Adds to the list: at once in this process, in others within seconds. The entry is removed some time after the tokens that it concerns
   * have expired, in milliseconds since 1970.
   */
  revoke(revocation: Revocation, expiresAt: number): Promise<void>
  stop(): Promise<void>
}

/**
 * Follows the list of revoked tokens. Resolves after the first read. While the database is away, the last read list
 * applies. The pool stays open.
 * @throws as `migrateSchema` does; the errors of the database.
 */
export async function followRevokedTokens(
  pool: Pool,
  onError: (error: unknown, context: string) => void,
  everyMs = lookEveryMs,
): Promise<FollowedRevocations> {
  const list = revocationList()
  let seen: string | undefined
  let cleanAt = -Infinity
  let revocations: readonly Revocation[] = []
  const look = async (): Promise<void> => {
    if (performance.now() >= cleanAt) {
      cleanAt = performance.now() + cleanEveryMs
      await pool.query("delete from guichet_auth.revoked_tokens where expires_at < now() - $1 * interval '1 ms'", [
        keptMs,
      ])
    }
    const extent = await extentOf(pool)
    if (extent === seen) return
    revocations = await readAll(pool)
    list.replace(revocations)
    seen = extent
  }
  await migrateSchema(pool, revokedTokensSchema)
  await look()
  const looking = periodically(everyMs, look, (error) => onError(error, 'the list of revoked tokens'))
  return {
    isRevoked: list.isRevoked,
    onChange: list.onChange,
    revoke: async (revocation, expiresAt) => {
      await add(pool, revocation, expiresAt)
      revocations = [...revocations, revocation]
      list.replace(revocations)
    },
    stop: looking.stop,
  }
}

/** Adds to the list. Every process applies the change within seconds. @throws as `followRevokedTokens` does. */
export async function revokeTokens(connectionString: string, revocation: Revocation): Promise<void> {
  const pool = openPool({ connectionString, maxConnections: 1 })
  try {
    await migrateSchema(pool, revokedTokensSchema)
    await add(pool, revocation)
  } finally {
    await pool.end()
  }
}

async function add(pool: Pool, revocation: Revocation, expiresAt?: number): Promise<void> {
  const named =
    'tokenId' in revocation
      ? [revocation.tokenId, null, null]
      : [null, revocation.subject, new Date(revocation.issuedBefore)]
  await pool.query(
    'insert into guichet_auth.revoked_tokens (token_id, subject, issued_before, expires_at) values ($1, $2, $3, $4)',
    [...named, expiresAt === undefined ? null : new Date(expiresAt)],
  )
}

/** One entry of the list. */
export type RevokedTokens = Revocation & { /** In milliseconds since 1970. */ readonly revokedAt: number }

/** Returns the whole list, latest first. @throws as `followRevokedTokens` does. */
export async function revokedTokens(connectionString: string): Promise<readonly RevokedTokens[]> {
  const pool = openPool({ connectionString, maxConnections: 1 })
  try {
    await migrateSchema(pool, revokedTokensSchema)
    return await readAll(pool)
  } finally {
    await pool.end()
  }
}

/**
 * Returns a text that changes with every row that is added or removed, even where a row is removed while one is committed after another
 * with a higher number.
 */
async function extentOf(pool: Pool): Promise<string> {
  const { rows } = await pool.query<{ extent: string }>(
    `select concat_ws(' ', count(*), max(number), sum(number)) as extent from guichet_auth.revoked_tokens`,
  )
  return rows[0]?.extent ?? ''
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
