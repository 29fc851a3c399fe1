import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Desk, EventStore, Instant, TicketEvent, TicketPolicy } from '@guichet/domain'
import { createDesk, guichetEvents, inMemoryStore, readHistory } from '@guichet/domain'
import { parseMapping } from '../histories/built-in-mappings.ts'
import type { Account, ImportRequest } from '../histories/import-log.ts'
import { importIdOf, importLog, repairsFile } from '../histories/import-log.ts'
import { inspectLog } from '../histories/inspect-log.ts'
import type { MappingInput } from '../histories/mapping.ts'
import type { Source } from '../histories/sources.ts'
import type { ArticlesAccount } from '../articles/import-articles.ts'
import { importArticles } from '../articles/import-articles.ts'
import type { ArticlesImport } from '../articles/articles-run.ts'

/** A small mapping of snapshots: each row is the state of its case at a time. */
export const snapshots: MappingInput = {
  name: 'snapshots',
  missing: ['', '?'],
  case: { column: 'case' },
  time: { column: 'at', format: 'iso' },
  activity: {
    column: 'state',
    values: {
      New: { status: 'new' },
      Open: { status: 'in_progress' },
      Vendor: { status: 'in_progress', tag: 'vendor' },
      Waiting: { status: 'waiting_customer' },
      Solved: { status: 'resolved' },
      Closed: { status: 'closed' },
      Seen: 'nothing',
    },
  },
  actor: { id: 'by' },
  customer: { id: 'customer' },
  assignee: { id: 'assignee', missingMeans: 'unassigned' },
  team: { column: 'team' },
  priority: { column: 'priority', values: { P1: 'urgent', P3: 'normal' } },
  subject: 'Case {case}',
  body: 'Imported.',
}

/** A small mapping of deeds: each row is an action of a person. */
export const deeds: MappingInput = {
  name: 'deeds',
  case: { column: 'case' },
  time: { column: 'at', format: 'iso' },
  activity: {
    column: 'did',
    values: {
      opened: { does: 'open' },
      answered: { does: 'agentReply' },
      asked: { does: 'agentReply', then: 'waiting_customer' },
      wrote: { does: 'customerReply' },
      noted: { does: 'addNote' },
      solved: { status: 'resolved' },
      closed: { status: 'closed', reason: 'solved' },
    },
  },
  actor: { id: 'by' },
  customer: { id: 'customer' },
  subject: 'Case {case}',
  body: '{text}',
  text: '{text}',
}

/** Runs work in a folder that is removed afterwards. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'guichet-import-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Writes rows as CSV under the columns of `snapshots`; absent values are missing. */
export async function writeSnapshots(file: string, rows: readonly Readonly<Record<string, string>>[]): Promise<void> {
  const columns = ['case', 'at', 'state', 'by', 'customer', 'assignee', 'team', 'priority']
  const lines = rows.map((row) => columns.map((column) => `"${(row[column] ?? '?').replaceAll('"', '""')}"`).join(','))
  await writeFile(file, [columns.join(','), ...lines, ''].join('\n'))
}

/** The time of imports in tests. */
export const now = (): Instant => '2026-06-01T00:00:00.000Z' as Instant

/** Returns a desk on a store, as a process of its own, without SLA targets unless a policy is given. */
export const newDeskOn = (store: EventStore, policy?: TicketPolicy): Desk =>
  createDesk({ store, now, newId: () => crypto.randomUUID(), ...(policy && { policy }) })

/** Returns an empty desk in memory. */
export const newDesk = (policy?: TicketPolicy): Desk => newDeskOn(inMemoryStore({ catalogue: guichetEvents }), policy)

/** An account with the contents of the rejects file, empty if there is none. */
type BroughtIn = Account & { readonly rejects: string; readonly repairs: string }

/** Imports a file. */
export async function bringIn(
  desk: Desk | undefined,
  file: string,
  input: MappingInput,
  options: { readonly strict?: boolean } = {},
): Promise<BroughtIn> {
  const mapping = parseMapping(input, 'test')
  const inspection = await inspectLog(file, mapping)
  return importing(desk, [{ file, mapping, inspection }], options)
}

/** Imports files as one, under a name or none. */
export async function bringInTogether(
  desk: Desk | undefined,
  files: readonly (readonly [file: string, input: MappingInput])[],
  options: Partial<ImportRequest> = {},
): Promise<BroughtIn> {
  const sources: Source[] = []
  for (const [file, input] of files) {
    const mapping = parseMapping(input, 'test')
    sources.push({ file, mapping, inspection: await inspectLog(file, mapping) })
  }
  return importing(desk, sources, options)
}

async function importing(
  desk: Desk | undefined,
  [first, ...others]: readonly Source[],
  options: Partial<ImportRequest> = {},
): Promise<BroughtIn> {
  if (!first) throw new Error('there is no file')
  const sources = [first, ...others] as const
  const rejectsFile = `${first.file}.rejects`
  const account = await importLog({ sources, importId: importIdOf(sources), rejectsFile, desk, now, ...options })
  const [rejects = '', repairs = ''] = await Promise.all(
    [rejectsFile, repairsFile(rejectsFile)].map((name) => readFile(name, 'utf8').catch(() => '')),
  )
  return { ...account, rejects, repairs }
}

/** Imports rows under the columns of `snapshots`. */
export const importSnapshots = (
  desk: Desk | undefined,
  rows: readonly Readonly<Record<string, string>>[],
): Promise<BroughtIn> =>
  inFolder(async (folder) => {
    const file = join(folder, 'log.csv')
    await writeSnapshots(file, rows)
    return bringIn(desk, file, snapshots)
  })

/** Returns a minute of a day in the format of a log. */
export const at = (minute: number): string => new Date(Date.UTC(2016, 1, 29, 0, minute)).toISOString()

/** Returns a row of case A at a minute. */
export const row = (
  minute: number,
  state: string,
  more: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> => ({ case: 'A', at: at(minute), state, by: 'ann', customer: 'carl', ...more })

/** Returns the history of a ticket, oldest first; empty if it was never opened. */
export const eventsOf = async (desk: Desk, ticketId: string): Promise<TicketEvent[]> =>
  (await readHistory(desk.store, 'ticket', ticketId)).map(({ event }) => event)

/** Returns the types of the events of a ticket, oldest first. */
export const typesOf = async (desk: Desk, ticketId: string): Promise<string[]> =>
  (await eventsOf(desk, ticketId)).map(({ type }) => type)

/** Formats an event in a line: time, actor, type and text. */
export const inWords = (event: TicketEvent): string =>
  [event.at.slice(5, 16), event.by.id, event.type, ...('body' in event && event.body ? [`“${event.body}”`] : [])].join(
    ' ',
  )

/**
 * Imports a file twice: the second time nothing is new. `lines` reads the events of a ticket: time, actor, type, text.
 */
export const bringInFile = (name: string, mapping: MappingInput, write: (file: string) => Promise<void>) =>
  inFolder(async (folder) => {
    const desk = newDesk()
    const file = join(folder, name)
    await write(file)
    const account = await bringIn(desk, file, mapping)
    const again = await bringIn(desk, file, mapping)
    if (again.applied > 0 || again.events > 0 || again.refused !== account.refused)
      throw new Error(`a second run is not without effect: ${JSON.stringify(again)}`)
    const events = (ticketId: string) => eventsOf(desk, ticketId)
    const lines = async (ticketId: string) => (await events(ticketId)).map(inWords)
    return { ...account, lines, events }
  })

/** Imports a folder of articles, or the file of a peer, into a desk: published for everybody, under the name `faq`, unless said otherwise. */
export const importFolder = (
  folder: string,
  desk: Desk | undefined,
  options: Partial<ArticlesImport> = {},
): Promise<ArticlesAccount> =>
  importArticles({
    folder,
    importId: 'faq',
    desk,
    now,
    language: 'en',
    audience: 'public',
    publishes: true,
    change: 'minor',
    ...options,
  })
