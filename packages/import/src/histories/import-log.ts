import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import type { Actor, Desk, ImportCommand, Instant, Position, StreamDeleted, TicketEvent } from '@guichet/domain'
import {
  defaultWording,
  importActor,
  importCorrelation,
  termsAt,
  ticketAggregate,
  constantTerms,
  unlessDeleted,
} from '@guichet/domain'
import { unconfigured } from '@guichet/desk/configuration'
import { ImportFault } from '../fault.ts'
import { createLanes, retryWhileAway } from '@guichet/eventstore'
import { createCaseBook } from './history/case-history.ts'
import type { ReadAgain, RowOutcome, RowImport } from './history/import-row.ts'
import { makeRoomForOlderRows, importRow, termsOf } from './history/import-row.ts'
import { writerRepair } from './history/writer.ts'
import { openLogs } from './log/open-log.ts'
import type { RowFault } from './read-row.ts'
import { rowReader } from './read-row.ts'
import { refuseAnotherKind } from './record-kinds.ts'
import type { Repair } from './repair.ts'
import { repairsHere } from './repair.ts'
import { refusedMailsOf } from './refused-mails.ts'
import type { Note, Source, SourceRow } from './sources.ts'
import { inOrder, notesOf, openRejects, readInOrder, rejectColumns } from './sources.ts'

/** The result of the rows: `rows` = `applied` + `unchanged` + `refused`. */
export type Account = {
  readonly importId: string
  readonly rows: number
  readonly applied: number
  readonly unchanged: number
  readonly refused: number
  /** The repaired rows among the applied and the unchanged; the file of the repaired rows lists them. */
  readonly repaired: number
  /** The repaired rows by third persons, who are neither the customer nor of the desk: their words are notes. */
  readonly thirdPersons: number
  /** The rows of automatic messages: those that are notes, and those that are refused because they belong to no ticket. */
  readonly automatic: { readonly noted: number; readonly leftOut: number }
  /** The mails among the refused rows; `refusedMailsFile` has them. */
  readonly refusedMails: number
  /** The number of events that this run stored. */
  readonly events: number
  /** The tickets that the file's rows belong to. */
  readonly ticketIds: readonly string[]
  /** The events that a dry run would store for the first tickets. */
  readonly samples: readonly Sample[]
  /** Whether the import is complete now; a dry run never is. */
  readonly isComplete: boolean
  /** Read models that have passed it show all of the import; undefined for a dry run or an import complete before. */
  readonly position: Position | undefined
}

/** What is imported, by which mapping, into which desk. */
export type ImportRequest = {
  /** Several sources are imported as one log: by case, in the order of time, and for equal times in their own order. */
  readonly sources: readonly [Source, ...Source[]]
  /** The name that identifies the import; see `importIdOf`. */
  readonly importId: string
  readonly rejectsFile: string
  /** The desk that the history is written to. Without one nothing is stored: a dry run, which assumes an empty desk. */
  readonly desk: Desk | undefined
  readonly now: () => Instant
  /** Who imports, for the events of the import itself; the engine's import by default. */
  readonly by?: Actor
  /** Whether to refuse rows that would be repaired. */
  readonly strict?: boolean
  /** Whether more rows will follow: then the import is not completed, and the clocks of its tickets stay paused. */
  readonly keepOpen?: boolean | undefined
  readonly onRows?: (rows: number) => void
  /** Called with the number of rows compared with the imported history, when an import is continued. */
  readonly onCompared?: (rows: number) => void
  /** Aborts the import between two rows; its reason is thrown. */
  readonly signal?: AbortSignal
}

/** The file of the rows that were repaired, beside that of the refused ones. */
export const repairsFile = (rejectsFile: string): string => `${rejectsFile.replace(/\.csv$/i, '')}.repaired.csv`

/** The first events that a dry run would store for a ticket. */
export type Sample = { readonly ticketId: string; readonly events: readonly TicketEvent[] }

/** Returns the id of an import without a name: the same for the same files with the same mappings. */
export function importIdOf(sources: ImportRequest['sources']): string {
  const [{ inspection }, ...others] = sources
  if (others.length === 0) return inspection.importId
  const ids = sources.map((source) => source.inspection.importId)
  return createHash('sha256').update(ids.join()).digest('hex').slice(0, 24)
}

/** The maximum of rows in progress: enough to fill the batches of a group commit, few enough to bound memory. */
const rowsUnderWay = 256

/** The numbers of tickets, and of events of each, that a dry run shows. */
const sampleLimits = { tickets: 3, events: 12 } as const

/**
 * Imports logs as the history of tickets, at their original times. The rows of one case are imported in order, those of
 * different cases in parallel. May be interrupted at any moment and run again: rows that are already imported are
 * unchanged.
 * @throws Fault as `openLog` does, `rejects_unwritable`, `import_withdrawing`, `import_correcting`, or `import_refused`.
 */
export async function importLog(request: ImportRequest): Promise<Account> {
  const { sources, rejectsFile, desk, importId, keepOpen } = request
  const logs = await openLogs(sources)
  const rejects = await openRejects(rejectsFile, rejectColumns(logs))
  const repairs = await openRejects(repairsFile(rejectsFile), rejectColumns(logs))
  try {
    const source = sources.map(({ file }) => basename(file)).join(', ')
    const mapping = [...new Set(sources.map((each) => each.mapping.name))].join(', ')
    const corrects = desk !== undefined && (await begin(request, desk, { type: 'start', source, mapping }))
    const reject = notesOf(rejects, sources, logs)
    const isMailbox = logs.map((log) => log.unordered === true)
    const mails = refusedMailsOf(sources, isMailbox)
    const notes = {
      reject: (row: SourceRow, why: RowFault) => (mails.add(row), reject(row, why)),
      repair: notesOf(repairs, sources, logs),
    }
    const account = await importRows(readInOrder(sources, logs), notes, request)
    await Promise.all([rejects.finish(), repairs.finish(), mails.write(rejectsFile)])
    request.signal?.throwIfAborted()
    if (desk && corrects) await record(request, desk, { type: 'completeCorrection' })
    const { rows, applied, unchanged, refused } = account
    const complete = { type: 'complete', rows, applied, unchanged, refused } as const
    const position = desk && !keepOpen ? await record(request, desk, complete) : undefined
    const now = desk && (await retryWhileAway(() => desk.read('import', importId)))
    return { importId, ...account, refusedMails: mails.count, isComplete: now?.state.status === 'completed', position }
  } catch (error) {
    await Promise.all([rejects.abandon(), repairs.abandon()])
    throw error
  }
}

/**
 * Starts an import, or continues an open one. For an open one there may be rows that are older than the imported
 * history.
 * @returns whether cases are imported again.
 */
async function begin(request: ImportRequest, desk: Desk, command: ImportCommand): Promise<boolean> {
  const { sources, importId, now, strict = false, onCompared, signal } = request
  await refuseAnotherKind({ importId, desk }, undefined)
  const { state } = await retryWhileAway(() => desk.read('import', importId))
  await record(request, desk, command)
  if (state.status !== 'running' && state.status !== 'abandoned') return false
  const aggregate = ticketAggregate.under((at) => termsAt(desk.timeline, at))
  const parts = sources.map(({ mapping }) => ({ read: rowReader(mapping), ...termsOf(mapping) }))
  const rows = async function* (): AsyncGenerator<ReadAgain> {
    const logs = await openLogs(sources)
    const opened = new Set<string>()
    for await (const row of readInOrder(sources, logs)) {
      const part = parts[row.source]
      const result = part?.read(row)
      if (!part || !result?.ok) continue
      const { ticketId } = result.row
      const repairs = [...repairsHere(result.repairs, opened.has(ticketId)), ...writerRepair(result.row, undefined)]
      if (strict && repairs.length > 0) continue
      if (strict) opened.add(ticketId)
      yield { row: result.row, statusTags: part.statusTags, toleranceMs: part.toleranceMs }
    }
  }
  const isUnderWay = state.correcting !== undefined
  const start = () => record(request, desk, { type: 'startCorrection' })
  return makeRoomForOlderRows({ importId, desk, aggregate, now, rows, onCompared, signal, isUnderWay, start })
}

type SettledRow = {
  readonly row: SourceRow
  readonly outcome: RowOutcome
  readonly ticketId?: string
  readonly repairs?: readonly Repair[]
}

async function importRows(
  rows: AsyncIterable<SourceRow>,
  note: { readonly reject: Note; readonly repair: Note },
  request: ImportRequest,
): Promise<Omit<Account, 'importId' | 'position' | 'isComplete' | 'refusedMails'>> {
  const { sources, desk, strict = false, onRows, signal } = request
  const aggregate = ticketAggregate.under((at) => termsAt(desk?.timeline ?? defaultTerms, at))
  const common = { ...(await reopening(request)), desk, aggregate, now: request.now }
  const parts = sources.map(({ mapping }) => ({
    read: rowReader(mapping),
    rowImport: { ...common, ...termsOf(mapping), correlationId: importCorrelation(request.importId) },
  }))
  const book = createCaseBook(aggregate, desk)
  const lanes = createLanes(rowsUnderWay)
  const counts = { rows: 0, applied: 0, unchanged: 0, refused: 0, repaired: 0, thirdPersons: 0, events: 0 }
  const automatic = { noted: 0, leftOut: 0 }
  const samples = new Map<string, TicketEvent[]>()

  const settle = inOrder<SettledRow>(0, async ({ row, outcome, ticketId = '', repairs = [] }) => {
    counts.rows++
    counts[outcome.kind]++
    if (outcome.kind === 'applied') {
      counts.events += outcome.events.length
      if (!desk) addSample(samples, ticketId, outcome.events)
    }
    if (outcome.kind === 'refused') {
      if (outcome.code === 'automatic_left_out') automatic.leftOut++
      await note.reject(row, outcome)
    } else if (repairs.length > 0) {
      counts.repaired++
      for (const repair of repairs) {
        if (repair.code === 'third_person') counts.thirdPersons++
        if (repair.code === 'automatic_message') automatic.noted++
        await note.repair(row, repair)
      }
    }
    onRows?.(counts.rows)
  })

  try {
    let number = 0
    for await (const row of rows) {
      signal?.throwIfAborted()
      const place = number++
      const part = parts[row.source]
      if (!part) throw new Error(`there is no source ${row.source}`)
      const result = part.read(row)
      if (!result.ok) {
        await settle(place, { row, outcome: { kind: 'refused', ...result.fault } })
        continue
      }
      const { ticketId } = result.row
      const importOne = async (): Promise<void> => {
        const before = await book.open(ticketId)
        const repairs = repairsHere(result.repairs, before.state.status !== 'absent')
        const [fault] = strict ? [...repairs, ...writerRepair(result.row, before.state)] : []
        if (fault) return settle(place, { row, outcome: { kind: 'refused', ...fault } })
        const { outcome, history } = await importRow(result.row, before, part.rowImport)
        book.keep(ticketId, history)
        await settle(place, {
          row,
          outcome,
          ticketId,
          repairs: [...repairs, ...writerRepair(result.row, history.state)],
        })
      }
      const refuse = ({ message: reason }: StreamDeleted) =>
        settle(place, { row, outcome: { kind: 'refused', code: 'history_deleted', field: 'case', reason } })
      await lanes.add(ticketId, () => unlessDeleted(importOne(), refuse))
    }
  } finally {
    await lanes.drained()
  }
  const shownSamples = [...samples].map(([ticketId, events]) => ({ ticketId, events }))
  return { ...counts, automatic, ticketIds: [...book.tickets()].sort(), samples: shownSamples }
}

function addSample(samples: Map<string, TicketEvent[]>, ticketId: string, events: readonly TicketEvent[]): void {
  const sample = samples.get(ticketId) ?? (samples.size < sampleLimits.tickets ? [] : undefined)
  if (sample) samples.set(ticketId, [...sample, ...events].slice(0, sampleLimits.events))
}

/** Reopens a completed import before its first new row is stored: the clocks of its tickets are paused again. */
async function reopening(request: ImportRequest): Promise<Pick<RowImport, 'reopen'>> {
  const { desk, importId } = request
  if (!desk) return {}
  const { state } = await retryWhileAway(() => desk.read('import', importId))
  if (state.status !== 'completed') return {}
  let resumed: Promise<unknown> | undefined
  return { reopen: async () => void (await (resumed ??= record(request, desk, { type: 'resume' }))) }
}

const defaultTerms = constantTerms({ policy: unconfigured, wording: defaultWording })

async function record(
  { importId, now, by = importActor }: ImportRequest,
  desk: Desk,
  command: ImportCommand,
): Promise<Position | undefined> {
  const sender = { by, at: now(), correlationId: importCorrelation(importId) }
  const outcome = await retryWhileAway(() => desk.engine.execute('import', importId, command, sender))
  if (!outcome.ok) {
    if (outcome.refusal.code === 'import_withdrawing') {
      throw new ImportFault('import_withdrawing', `the import ${importId} is being taken back`, {
        next: `guichet import undo ${importId} takes back the rest`,
      })
    }
    throw new ImportFault('import_refused', `the import cannot ${command.type}: ${outcome.refusal.message}`)
  }
  return outcome.value.position
}
