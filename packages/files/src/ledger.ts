import { randomBytes, randomUUID } from 'node:crypto'
import type { Pool, PoolClient } from 'pg'
import type { SchemaPart } from '@guichet/eventstore'
import { inTransaction } from '@guichet/eventstore'

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

/** The object is being removed. */
export class ObjectBeingRemoved extends Error {
  override readonly name = 'ObjectBeingRemoved'
}

/** A file that uses an object. */
export type Holding = { readonly key: string; readonly fileId: string }

/** Which file uses which object of the storage, and the uploads that were granted. */
export type Ledger = {
  /** Grants an upload until an instant, again if it is the same one. @throws UploadTaken, TooManyUploads */
  grant(upload: GrantedUpload, expiresAt: Date, mostOfPrincipal: number): Promise<void>
  /** The upload that was granted, unless it has expired. */
  granted(id: string): Promise<GrantedUpload | undefined>
  /**
   * Ends an upload: its content has come, and the file that uses the object is recorded.
   * @returns whether the file uses an object: a clean-up may have taken it for that of an interrupted upload meanwhile,
   * and its content has to be kept again. Then the upload goes on.
   */
  settle(id: string): Promise<boolean>
  /**
   * Records that a file uses an object, before it is stored. No object that is used is removed.
   * @throws ObjectBeingRemoved until its removal has ended.
   */
  hold(key: string, fileId: string): Promise<void>
  /**
   * Records that a file does not use an object any more. `remove` is called when no other one does, without a
   * connection of the database; nobody can hold the object until it has succeeded. With `unsettledSince` nothing
   * happens if the file is settled, or was held again since.
   * @returns whether it was called.
   * @throws ObjectBeingRemoved while somebody else removes it; the error of `remove`: call it again.
   */
  release(key: string, fileId: string, remove: () => Promise<void>, unsettledSince?: Date): Promise<boolean>
  /** A page of the files that are not known to be recorded, by key: those of interrupted uploads. */
  unsettled(olderThan: Date, after: Holding | undefined, limit: number): Promise<readonly Holding[]>
  /** Which of these objects no file uses, in one statement. */
  unheld(keys: readonly string[]): Promise<readonly string[]>
  /** The objects whose removal somebody has begun and will not end any more, at most `limit`. */
  unremoved(limit: number): Promise<readonly string[]>
  /** Remembers for some time, a day at most, that an object has no preview. */
  refusePreview(key: string, reason: string, forMs: number): Promise<void>
  /** Why an object has no preview, if that is known. */
  previewRefusal(key: string): Promise<string | undefined>
  /** Forgets the uploads that have expired. @returns how many. */
  expire(): Promise<number>
  /** The secret of the links, which the first process makes. */
  secret(): Promise<Buffer>
}

/**
 * After how many milliseconds a removal that has not ended may be begun again by somebody else: longer than any request
 * to a storage lasts.
 */
const removalMs = 300_000

/** Creates the ledger over the tables of `filesSchema`. */
export function createLedger(pool: Pool): Ledger {
  return {
    ...grantedUploads(pool),
    ...heldObjects(pool),
    ...previewRefusals(pool),
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

/** Runs work in a transaction in which nobody else changes who uses an object. */
const alone = <T>(pool: Pool, key: string, work: (client: PoolClient) => Promise<T>): Promise<T> =>
  inTransaction(pool, async (client) => {
    await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`guichet_files ${key}`])
    return work(client)
  })

/** The uploads that were granted and whose content has not come. */
function grantedUploads(pool: Pool): Pick<Ledger, 'grant' | 'granted' | 'settle' | 'expire'> {
  return {
    grant: ({ id, owner, name, bytes, by, principal }, expiresAt, mostOfPrincipal) =>
      alone(pool, `uploads of ${principal}`, async (client) => {
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
      const { rows } = await pool.query<{ held: boolean }>(
        `with held as (update guichet_files.held_object set settled = true where file_id = $1 returning file_id),
           ended as (delete from guichet_files.upload where id in (select file_id from held))
         select exists (select from held) as held`,
        [id],
      )
      return rows[0]?.held ?? false
    },
    expire: async () => {
      const { rowCount } = await pool.query('delete from guichet_files.upload where expires_at < now()')
      return rowCount ?? 0
    },
  }
}

/** Which file uses which object, and which objects are being removed. */
function heldObjects(pool: Pool): Pick<Ledger, 'hold' | 'release' | 'unsettled' | 'unheld' | 'unremoved'> {
  /** Names this process, and what it removes now. */
  const remover = randomUUID()
  const removing = new Set<string>()
  return {
    hold: (key, fileId) =>
      alone(pool, key, async (client) => {
        const { rowCount } = await client.query(
          `insert into guichet_files.held_object (key, file_id)
           select $1, $2 where not exists (select from guichet_files.removal where key = $1)
           on conflict (key, file_id) do update set held_at = now()`,
          [key, fileId],
        )
        if (rowCount === 0) throw new ObjectBeingRemoved('the same content is being removed; try again')
      }),
    release: async (key, fileId, remove, unsettledSince) => {
      if (removing.has(key)) throw new ObjectBeingRemoved('the object is being removed already')
      const mine = await alone(pool, key, async (client) => {
        await client.query(
          `delete from guichet_files.held_object
           where key = $1 and file_id = $2 and ($3::timestamptz is null or (not settled and held_at < $3))`,
          [key, fileId, unsettledSince],
        )
        const { rowCount: others } = await client.query(
          'select from guichet_files.held_object where key = $1 limit 1',
          [key],
        )
        if (others !== 0) return false
        const { rowCount } = await client.query(
          `insert into guichet_files.removal as known (key, remover) values ($1, $2)
           on conflict (key) do update set remover = excluded.remover, began_at = now()
             where known.remover = excluded.remover or known.began_at < now() - $3 * interval '1 millisecond'`,
          [key, remover, removalMs],
        )
        if (rowCount === 0) throw new ObjectBeingRemoved('the object is being removed already')
        return true
      })
      if (!mine || removing.has(key)) return false
      removing.add(key)
      try {
        await remove()
      } finally {
        removing.delete(key)
      }
      await pool.query(
        `with refused as (delete from guichet_files.no_preview where key = $1)
         delete from guichet_files.removal where key = $1 and remover = $2`,
        [key, remover],
      )
      return true
    },
    unsettled: async (olderThan, after, limit) => {
      const { rows } = await pool.query<Holding>(
        `select key, file_id as "fileId" from guichet_files.held_object
         where not settled and held_at < $1 and (key, file_id) > ($2, $3) order by key, file_id limit $4`,
        [olderThan, after?.key ?? '', after?.fileId ?? '', limit],
      )
      return rows
    },
    unheld: async (keys) => {
      const { rows } = await pool.query<{ key: string }>(
        `select key from unnest($1::text[]) as given (key)
         where not exists (select from guichet_files.held_object h where h.key = given.key)`,
        [keys],
      )
      return rows.map(({ key }) => key)
    },
    unremoved: async (limit) => {
      const { rows } = await pool.query<{ key: string }>(
        `select key from guichet_files.removal
         where began_at < now() - $1 * interval '1 millisecond' order by began_at limit $2`,
        [removalMs, limit],
      )
      return rows.map(({ key }) => key)
    },
  }
}

/** The pictures that have no preview. */
function previewRefusals(pool: Pool): Pick<Ledger, 'refusePreview' | 'previewRefusal'> {
  return {
    refusePreview: async (key, reason, forMs) => {
      await pool.query(
        `insert into guichet_files.no_preview (key, reason, refused_at)
         values ($1, $2, now() - interval '1 day' + $3 * interval '1 millisecond')
         on conflict (key) do update set reason = excluded.reason, refused_at = excluded.refused_at`,
        [key, reason, forMs],
      )
    },
    previewRefusal: async (key) => {
      const { rows } = await pool.query<{ reason: string }>(
        `select reason from guichet_files.no_preview where key = $1 and refused_at > now() - interval '1 day'`,
        [key],
      )
      return rows[0]?.reason
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

/** What is known to be recorded need not be looked at by a clean-up; rows of an older program are looked at once. */
const removals = `
alter table guichet_files.held_object add column settled boolean not null default false;
create index on guichet_files.held_object (key, file_id) where not settled;
create index on guichet_files.held_object (file_id);
create table guichet_files.removal (
  key text collate "C" primary key,
  remover uuid not null,
  began_at timestamptz not null default now()
);
create table guichet_files.no_preview (
  key text collate "C" primary key,
  reason text not null,
  refused_at timestamptz not null default now()
);
`

/** The uploads that were granted, which file uses which object, what is being removed, and the secret of the links. */
export const filesSchema: SchemaPart = { schema: 'guichet_files', part: 'files', steps: [tables, removals] }
