import { randomBytes } from 'node:crypto'
import type { Pool, PoolClient } from 'pg'
import type { SchemaPart } from '@guichet/eventstore'

/** An upload that was granted and whose content has not come. */
export type GrantedUpload = {
  /** The id of the file to be. */
  readonly id: string
  readonly owner: string
  readonly name: string
  readonly bytes: number
  readonly by: { readonly kind: string; readonly id: string; readonly name?: string | undefined }
  /** Names the principal in limits: its role and id. */
  readonly principal: string
}

/** Another upload has the id. */
export class UploadTaken extends Error {
  override readonly name = 'UploadTaken'
}

/** The principal has as many unfinished uploads as it may have. */
export class TooManyUploads extends Error {
  override readonly name = 'TooManyUploads'
}

/** Which file uses which object of the storage, and the uploads that were granted. */
export type Ledger = {
  /** Grants an upload until an instant, again if it is the same one. @throws UploadTaken, TooManyUploads */
  grant(upload: GrantedUpload, expiresAt: Date, mostOfPrincipal: number): Promise<void>
  /** The upload that was granted, unless it has expired. */
  granted(id: string): Promise<GrantedUpload | undefined>
  /** Ends an upload: its content has come. */
  settle(id: string): Promise<void>
  /** Records that a file uses an object, before it is stored. No object that is used is removed. */
  hold(key: string, fileId: string): Promise<void>
  /**
   * Records that a file does not use an object any more. `remove` is called when no other one does, and nobody can hold
   * the object until it has ended.
   * @returns whether it was called.
   */
  release(key: string, fileId: string, remove: () => Promise<void>): Promise<boolean>
  /** The files that use objects, oldest first. */
  held(olderThan: Date): Promise<readonly { readonly key: string; readonly fileId: string }[]>
  /** Whether any file uses an object. */
  isHeld(key: string): Promise<boolean>
  /** Forgets the uploads that have expired. @returns how many. */
  expire(): Promise<number>
  /** The secret of the links, which the first process makes. */
  secret(): Promise<Buffer>
}

/** Creates the ledger over the tables of `filesSchema`. */
export function createLedger(pool: Pool): Ledger {
  /** Runs work in a transaction in which nobody else changes who uses an object. */
  const alone = async <T>(key: string, work: (client: PoolClient) => Promise<T>): Promise<T> => {
    const client = await pool.connect()
    try {
      await client.query('begin')
      await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`guichet_files ${key}`])
      const result = await work(client)
      await client.query('commit')
      return result
    } catch (error) {
      await client.query('rollback').catch(() => undefined)
      throw error
    } finally {
      client.release()
    }
  }
  return {
    grant: ({ id, owner, name, bytes, by, principal }, expiresAt, mostOfPrincipal) =>
      alone(`uploads of ${principal}`, async (client) => {
        const { rows } = await client.query<{ open: number }>(
          `select count(*)::integer as open from guichet_files.upload
           where principal = $1 and id <> $2 and expires_at > now()`,
          [principal, id],
        )
        if ((rows[0]?.open ?? 0) >= mostOfPrincipal) {
          throw new TooManyUploads(`at most ${mostOfPrincipal} uploads may be under way; finish one first`)
        }
        const { rowCount } = await client.query(
          `insert into guichet_files.upload as known (id, owner, name, bytes, by, principal, expires_at)
           values ($1, $2, $3, $4, $5, $6, $7)
           on conflict (id) do update set expires_at = excluded.expires_at
             where (known.owner, known.name, known.bytes, known.principal)
                 = (excluded.owner, excluded.name, excluded.bytes, excluded.principal)`,
          [id, owner, name, bytes, by, principal, expiresAt],
        )
        if (rowCount === 0) throw new UploadTaken('another upload was granted under this id')
      }),
    granted: async (id) => {
      const { rows } = await pool.query<GrantedUpload>(
        `select id, owner, name, bytes::float8 as bytes, by, principal from guichet_files.upload
         where id = $1 and expires_at > now()`,
        [id],
      )
      return rows[0]
    },
    settle: async (id) => {
      await pool.query('delete from guichet_files.upload where id = $1', [id])
    },
    hold: (key, fileId) =>
      alone(key, async (client) => {
        await client.query(
          'insert into guichet_files.held_object (key, file_id) values ($1, $2) on conflict do nothing',
          [key, fileId],
        )
      }),
    release: (key, fileId, remove) =>
      alone(key, async (client) => {
        await client.query('delete from guichet_files.held_object where key = $1 and file_id = $2', [key, fileId])
        const { rowCount } = await client.query('select from guichet_files.held_object where key = $1 limit 1', [key])
        if (rowCount !== 0) return false
        await remove()
        return true
      }),
    held: async (olderThan) => {
      const { rows } = await pool.query<{ key: string; fileId: string }>(
        'select key, file_id as "fileId" from guichet_files.held_object where held_at < $1 order by held_at',
        [olderThan],
      )
      return rows
    },
    isHeld: async (key) => {
      const { rowCount } = await pool.query('select from guichet_files.held_object where key = $1 limit 1', [key])
      return rowCount !== 0
    },
    expire: async () => {
      const { rowCount } = await pool.query('delete from guichet_files.upload where expires_at < now()')
      return rowCount ?? 0
    },
    secret: async () => {
      await pool.query('insert into guichet_files.secret (secret) values ($1) on conflict do nothing', [
        randomBytes(32),
      ])
      const { rows } = await pool.query<{ secret: Buffer }>('select secret from guichet_files.secret')
      const [row] = rows
      if (!row) throw new Error('the secret of the links is missing')
      return row.secret
    },
  }
}

const tables = `
create table guichet_files.upload (
  id text primary key,
  owner text not null,
  name text not null,
  bytes bigint not null,
  by jsonb not null,
  principal text not null,
  expires_at timestamptz not null
);
create index on guichet_files.upload (principal);
create table guichet_files.held_object (
  key text collate "C" not null,
  file_id text collate "C" not null,
  held_at timestamptz not null default now(),
  primary key (key, file_id)
);
create table guichet_files.secret (
  sole boolean primary key default true check (sole),
  secret bytea not null
);
`

/** The uploads that were granted, which file uses which object, and the secret of the links. */
export const filesSchema: SchemaPart = { schema: 'guichet_files', part: 'files', steps: [tables] }
