import { sql } from 'kysely'
import type { FileEvent, FileState, FileStatus, GuichetEvent, Instant, StoredFile } from '@guichet/domain'
import type { Page, Reader, Slice } from './reading/reader.ts'
import { readSchema } from './reading/reader.ts'
import { byInstant, readSlice } from './reading/slice.ts'
import type { Projection } from './runner/projection.ts'
import type { StreamFolding } from './streams/stream-folding.ts'
import { movedBy } from './streams/stream-folding.ts'
import { tablesOf, writtenTable } from './written-table.ts'

/** The current state of every file, and which of them a message has. */
export function filesProjection(files: StreamFolding<FileEvent, FileState>): Projection {
  return {
    name: 'files',
    version: 3,
    ...tablesOf(fileTable),
    project: async (events, context) => {
      const moved = movedBy(await files.steps(events, context))
      const rows = moved.flatMap(({ id, after: state }) => {
        if (state.status === 'absent') return []
        return [{ id, owner: state.owner, status: state.status, stored_at: state.storedAt, state }]
      })
      await fileTable.replace(context.tx, rows, attachedApart)
      const attached = events.flatMap(({ event }) => filesOf(event))
      if (attached.length === 0) return
      await sql`update file set attached = true where id = any(${attached}::text[]) and not attached`.execute(
        context.tx,
      )
    },
  }
}

/** The files that a message names. */
const filesOf = (event: GuichetEvent): readonly string[] => {
  if (event.type === 'AttachmentAdded' && event.fileId !== undefined) return [event.fileId]
  return event.type === 'ChatMessageSent' ? (event.attachments ?? []).map(({ fileId }) => fileId) : []
}

const fileTable = writtenTable(
  'file',
  `id text collate "C" primary key,
  owner text not null,
  status text not null,
  stored_at timestamptz not null,
  state json not null,
  attached boolean not null default false`,
  {
    fillfactor: 70,
    indexes: [
      'index on file (stored_at, id)',
      'index on file (owner, stored_at, id)',
      "index on file (stored_at, id) where not attached and status <> 'deleted' and owner not like 'customer-%' and owner not like 'article-%'",
    ],
  },
)

/** Whether a message has a file is written apart from its state. */
const attachedApart = { values: { attached: sql`false` }, updates: { attached: sql`file.attached` } }

/** A file as a list shows it. */
export type FileListRow = StoredFile & {
  readonly id: string
  /** Whether a message has it. */
  readonly attached: boolean
}

/** All given conditions must hold; without any, every file, the deleted ones included. */
export type FileFilter = {
  /** Those of one stream, such as `ticket-4711`. */
  readonly owner?: string | undefined
  /** Those with one of these ids. */
  readonly ids?: readonly string[] | undefined
  /** Those with this status. */
  readonly status?: FileStatus | undefined
  /** Those that no message has, or those that one has. */
  readonly attached?: boolean | undefined
}

type FilesQueries = {
  /** The files of a stream among these ids, but those that were deleted. */
  ofOwner(owner: string, ids: readonly string[]): Promise<readonly FileListRow[]>
  /** Files, the last stored first. */
  list(filter: FileFilter, page: Page): Promise<Slice<FileListRow>>
  /** The ids of files of conversations that were stored before an instant and that no message has; the oldest first. */
  unattached(storedBefore: Instant, limit: number): Promise<readonly string[]>
}

const toRow = ({ id, state, attached }: SelectedRow): FileListRow => ({ ...state, id, attached })

type SelectedRow = { readonly id: string; readonly state: StoredFile; readonly attached: boolean }

/** Queries the live generation of the files. */
export function filesQueries(reader: Reader): FilesQueries {
  const read = sql.id(readSchema)
  const from = sql`${read}.file f`
  const columns = sql`f.id, f.state, f.attached`
  const ordering = byInstant({ expression: sql`f.stored_at`, id: sql`f.id`, direction: 'desc' })
  return {
    ofOwner: async (owner, ids) => {
      const rows = await reader.rows(sql<SelectedRow>`
        select ${columns} from ${from}
        where f.id = any(${[...ids]}::text[]) and f.owner = ${owner} and f.status <> 'deleted'`)
      return rows.map(toRow)
    },
    list: ({ owner, ids, status, attached }, page) => {
      const where = sql`
        ${owner === undefined ? sql`true` : sql`f.owner = ${owner}`}
        and ${ids === undefined ? sql`true` : sql`f.id = any(${[...ids]}::text[])`}
        and ${status === undefined ? sql`true` : sql`f.status = ${status}`}
        and ${attached === undefined ? sql`true` : sql`f.attached = ${attached}`}`
      return readSlice(reader, { columns, from, where, ordering }, page, toRow)
    },
    unattached: async (storedBefore, limit) => {
      const rows = await reader.rows(sql<{ readonly id: string }>`
        select f.id from ${from}
        where not f.attached and f.status <> 'deleted' and f.owner not like 'customer-%' and f.owner not like 'article-%'
          and f.stored_at < ${storedBefore}
        order by f.stored_at, f.id limit ${limit}`)
      return rows.map(({ id }) => id)
    },
  }
}
