import { sql } from 'kysely'
import type { FileEvent, FileState, FileStatus, StoredFile } from '@guichet/domain'
import type { Page, Reader, Slice } from './reading/reader.ts'
import { readSchema } from './reading/reader.ts'
import { byInstant, readSlice } from './reading/slice.ts'
import type { Projection } from './runner/projection.ts'
import type { StreamFolding } from './streams/stream-folding.ts'
import { movedBy, ticketEventsIn } from './streams/stream-folding.ts'
import { writtenTable } from './written-table.ts'

/** The current state of every file, and which of them a message of a ticket has. */
export function filesProjection(files: StreamFolding<FileEvent, FileState>): Projection {
  return {
    name: 'files',
    version: 1,
    tables: ['file', 'file_attachment'],
    createTables: async (tx) => {
      await sql`
        create table file (
          id text collate "C" primary key,
          owner text not null,
          status text not null,
          stored_at timestamptz not null,
          state json not null
        ) with (fillfactor = 70)`.execute(tx)
      await sql`create table file_attachment (file_id text collate "C" primary key)`.execute(tx)
    },
    createIndexes: async (tx) => {
      await sql`create index on file (stored_at, id)`.execute(tx)
      await sql`create index on file (owner, stored_at, id)`.execute(tx)
      await sql`analyze file, file_attachment`.execute(tx)
    },
    project: async (events, context) => {
      const moved = movedBy(await files.steps(events, context))
      const rows = moved.flatMap(({ id, after: state }) => {
        if (state.status === 'absent') return []
        return [{ id, owner: state.owner, status: state.status, stored_at: state.storedAt, state }]
      })
      await fileTable.replace(context.tx, rows)
      const attached = ticketEventsIn(events).flatMap(({ envelope: { event } }) =>
        event.type === 'AttachmentAdded' && event.fileId !== undefined ? [event.fileId] : [],
      )
      await sql`
        insert into file_attachment (file_id) select distinct unnest(${attached}::text[])
        on conflict do nothing`.execute(context.tx)
    },
  }
}

const fileTable = writtenTable('file', 'id text', 'owner text, status text, stored_at timestamptz, state json')

/** A file as a list shows it. */
export type FileListRow = StoredFile & {
  readonly id: string
  /** Whether a message of a ticket has it. */
  readonly attached: boolean
}

export type FileFilter = {
  /** Those of one stream, such as `ticket-4711`. */
  readonly owner?: string | undefined
  readonly status?: FileStatus | undefined
  /** Those that no message has, or those that one has. */
  readonly attached?: boolean | undefined
}

type FilesQueries = {
  /** Files, the last stored first. */
  list(filter: FileFilter, page: Page): Promise<Slice<FileListRow>>
}

type Selected = { readonly id: string; readonly state: StoredFile; readonly attached: boolean }

/** Queries the live generation of the files. */
export function filesQueries(reader: Reader): FilesQueries {
  const read = sql.id(readSchema)
  const from = sql`${read}.file f left join ${read}.file_attachment a on a.file_id = f.id`
  const columns = sql`f.id, f.state, a.file_id is not null as attached`
  const ordering = byInstant({ expression: sql`f.stored_at`, id: sql`f.id`, direction: 'desc' })
  return {
    list: ({ owner, status, attached }, page) => {
      const where = sql`
        ${owner === undefined ? sql`true` : sql`f.owner = ${owner}`}
        and ${status === undefined ? sql`true` : sql`f.status = ${status}`}
        and ${attached === undefined ? sql`true` : sql`(a.file_id is not null) = ${attached}`}`
      return readSlice(reader, { columns, from, where, ordering }, page, ({ id, state, ...rest }: Selected) => ({
        ...state,
        id,
        attached: rest.attached,
      }))
    },
  }
}
