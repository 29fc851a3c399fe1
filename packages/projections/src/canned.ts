import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import type { Actor, CannedReply, CannedTarget, Instant, Macro } from '@guichet/domain'
import { parseStream } from '@guichet/domain'
import type { Page, Reader, Slice } from './reading/reader.ts'
import { readSchema } from './reading/reader.ts'
import type { Condition } from './reading/slice.ts'
import { allOf, byText, readSlice, toInstant } from './reading/slice.ts'
import type { Projection, RecordedEvent } from './runner/projection.ts'
import { removeRows } from './streams/withdrawals.ts'
import { tablesOf, writtenTable } from './written-table.ts'

/** The canned replies and the macros of the desk: a row each. */
export const cannedProjection = (): Projection => ({
  name: 'canned',
  version: 1,
  ...tablesOf(replies, macros),
  project: async (events, { tx }) => {
    const last = new Map(events.map((recorded) => [recorded.stream, recorded]))
    await write(tx, [...last.values()])
  },
})

const columns = `id text collate "C" primary key, version integer not null, shortcut text not null, title text not null,
  targets text[] not null, category text, team text, content jsonb not null, saved_at timestamptz not null,
  saved_by jsonb not null`
const replies = writtenTable('canned_reply', columns)
const macros = writtenTable('macro', columns)

/** What was saved or removed last of each stream. */
async function write(tx: Transaction<unknown>, events: readonly RecordedEvent[]): Promise<void> {
  const rowsOf = { canned_reply: [] as object[], macro: [] as object[] }
  const removed: Record<'canned_reply' | 'macro', string[]> = { canned_reply: [], macro: [] }
  for (const { stream, version, event } of events) {
    const { id } = parseStream(stream)
    const saved = { id, version, saved_at: event.at, saved_by: event.by }
    if (event.type === 'CannedReplySaved') {
      const { shortcut, title, targets, category, team } = event
      rowsOf.canned_reply.push({ ...saved, shortcut, title, targets, category, team, content: event.texts })
    }
    if (event.type === 'MacroSaved') {
      const { shortcut, title, target, team } = event
      rowsOf.macro.push({ ...saved, shortcut, title, targets: [target], team, content: event.steps })
    }
    if (event.type === 'CannedReplyRemoved') removed.canned_reply.push(id)
    if (event.type === 'MacroRemoved') removed.macro.push(id)
  }
  await replies.replace(tx, rowsOf.canned_reply)
  await macros.replace(tx, rowsOf.macro)
  if (removed.canned_reply.length > 0) await removeRows(tx, removed.canned_reply, { canned_reply: 'id' })
  if (removed.macro.length > 0) await removeRows(tx, removed.macro, { macro: 'id' })
}

/** The version of something that is saved as a whole, and who saved it when. */
type SavedItem = { readonly id: string; readonly version: number; readonly savedAt: Instant; readonly savedBy: Actor }

/** A canned reply of the desk. */
export type CannedReplyRow = SavedItem & Omit<CannedReply, 'status'>

/** A macro of the desk. */
export type MacroRow = SavedItem & Omit<Macro, 'status'>

/** Which canned replies or macros: all given conditions must hold. */
export type CannedFilter = {
  /** The beginning of the shortcut, or a part of the title, in any case. */
  readonly search?: string | undefined
  /** For this kind of conversation. */
  readonly target?: CannedTarget | undefined
  /** For this category or one above it, or for any. */
  readonly category?: string | undefined
  /** For this team, or for any. */
  readonly team?: string | undefined
}

type CannedQueries = {
  /** A page of those that match, the ones whose shortcut does first, by their shortcuts. */
  replies(filter: CannedFilter, page: Page): Promise<Slice<CannedReplyRow>>
  macros(filter: CannedFilter, page: Page): Promise<Slice<MacroRow>>
  repliesByIds(ids: readonly string[]): Promise<readonly CannedReplyRow[]>
  macrosByIds(ids: readonly string[]): Promise<readonly MacroRow[]>
}

type SelectedRow = {
  readonly id: string
  readonly version: number
  readonly shortcut: string
  readonly title: string
  readonly targets: CannedTarget[]
  readonly category: string | null
  readonly team: string | null
  readonly content: unknown
  readonly saved_at: Date
  readonly saved_by: Actor
}

/** Queries the live generation of canned replies and macros. */
export function cannedQueries(reader: Reader): CannedQueries {
  const readList = <Row>(table: string, filter: CannedFilter, page: Page, toRow: (selected: SelectedRow) => Row) =>
    readSlice(
      reader,
      {
        columns: sql`c.*`,
        from: sql`${sql.id(readSchema)}.${sql.id(table)} c`,
        where: conditionOf(filter),
        ordering: byText({ expression: rankOf(filter), id: sql`c.id`, direction: 'asc' }),
      },
      page,
      toRow,
    )
  const byIds = (table: string, ids: readonly string[]) =>
    reader.rows(sql<SelectedRow>`
      select * from ${sql.id(readSchema)}.${sql.id(table)} c where id = any(${[...ids]}::text[])`)
  return {
    replies: (filter, page) => readList('canned_reply', filter, page, toReply),
    macros: (filter, page) => readList('macro', filter, page, toMacro),
    repliesByIds: async (ids) => (await byIds('canned_reply', ids)).map(toReply),
    macrosByIds: async (ids) => (await byIds('macro', ids)).map(toMacro),
  }
}

const startsWith = (search: string): Condition => sql`starts_with(lower(c.shortcut), lower(${search}))`

/** Those whose shortcut begins with the search come first. */
const rankOf = ({ search }: CannedFilter): Condition =>
  search === undefined
    ? sql`(lower(c.shortcut) collate "C")`
    : sql`((case when ${startsWith(search)} then '0' else '1' end || lower(c.shortcut)) collate "C")`

const conditionOf = ({ search, target, category, team }: CannedFilter): Condition =>
  allOf([
    search !== undefined && sql`(${startsWith(search)} or position(lower(${search}) in lower(c.title)) > 0)`,
    target && sql`${target} = any(c.targets)`,
    category !== undefined &&
      sql`(c.category is null or c.category = ${category} or starts_with(${category}, c.category || '/'))`,
    team !== undefined && sql`(c.team is null or c.team = ${team})`,
  ])

const savedOf = ({ id, version, shortcut, title, team, saved_at, saved_by }: SelectedRow) => ({
  id,
  version,
  shortcut,
  title,
  team: team ?? undefined,
  savedAt: toInstant(saved_at),
  savedBy: saved_by,
})

const toReply = (selected: SelectedRow): CannedReplyRow => ({
  ...savedOf(selected),
  category: selected.category ?? undefined,
  targets: selected.targets,
  texts: selected.content as CannedReplyRow['texts'],
})

const toMacro = (selected: SelectedRow): MacroRow => ({
  ...savedOf(selected),
  target: selected.targets[0] ?? 'chat',
  steps: selected.content as MacroRow['steps'],
})
