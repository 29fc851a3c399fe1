import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import type { Desk, ImportCommand, Instant, Position, TicketEvent } from '@guichet/domain'
import { defaultWording, importActor, importCorrelation, ticketAggregate, constantTerms } from '@guichet/domain'
import { unconfigured } from '../desk-configuration/versions.ts'
import { Fault } from '../fault.ts'
import { createLanes, retryWhileAway } from '../sending.ts'
import { createCaseBook } from './history/case-history.ts'
import type { ReadAgain, RowOutcome, RowImport } from './history/import-row.ts'
import { makeRoomForOlderRows, importRow, termsOf } from './history/import-row.ts'
import { openLogs } from './log/open-log.ts'
import { rowReader } from './read-row.ts'
import type { Repair } from './repair.ts'
import { repairsHere } from './repair.ts'
import type { Note, Source, SourceRow } from './sources.ts'
import { inOrder, notesOf, openRejects, readInOrder, rejectColumns } from './sources.ts'

/** What became of the rows: `rows` = `applied` + `unchanged` + `refused`. */
export type Account = {
  readonly importId: string
  readonly rows: number
  readonly applied: number
  readonly unchanged: number
  readonly refused: number
  /** Rows among the applied and the unchanged of which something was put right: `repairs` says what. */
  readonly repaired: number
  /** The events that this run stored. */
  readonly events: number
  /** The tickets that the file's rows belong to. */
  readonly ticketIds: readonly string[]
  /** What a dry run would tell of the first tickets. */
  readonly samples: readonly Sample[]
  /** Whether the import is complete now; a dry run never is. */
  readonly isComplete: boolean
  /** Read models that have passed it show all of the import; a dry run has none, nor one that was complete before. */
  readonly position: Position | undefined
}

export type ImportRequest = {
  /** Several are told as one log: by case, in the order of their times, and at the same time in their own order. */
  readonly sources: readonly [Source, ...Source[]]
  /** The name under which it is one import; see `importIdOf`. */
  readonly importId: string
  readonly rejectsFile: string
  /** Where the history goes. Without a desk nothing is stored: a dry run, which supposes an empty one. */
  readonly desk: Desk | undefined
  readonly now: () => Instant
  /** Refuses what would be put right. */
  readonly strict?: boolean
  /** Whether more is to come: then the import is not completed, and the clocks of its tickets stand still. */
  readonly keepOpen?: boolean | undefined
  readonly onRows?: (rows: number) => void
  /** How many rows have been compared with what the import has told, when it goes on. */
  readonly onCompared?: (rows: number) => void
  /** Breaks the import off between two rows; its reason is thrown. */
  readonly signal?: AbortSignal
}

/** The file of the rows that were repaired, beside that of the refused ones. */
export const repairsFile = (rejectsFile: string): string => `${rejectsFile.replace(/\.csv$/i, '')}.repaired.csv`

/** What a dry run would tell of a ticket, as far as it is shown. */
export type Sample = { readonly ticketId: string; readonly events: readonly TicketEvent[] }

/** The id of an import that has no name: the same for the same files under the same mappings. */
export function importIdOf(sources: ImportRequest['sources']): string {
  const [{ inspection }, ...others] = sources
  if (others.length === 0) return inspection.importId
  const ids = sources.map((source) => source.inspection.importId)
  return createHash('sha256').update(ids.join()).digest('hex').slice(0, 24)
}

/** The most rows under way at once: enough to fill the batches of a group commit, few enough for a flat memory. */
const rowsUnderWay = 1_024

/** Of how many tickets a dry run shows how many events. */
const shown = { tickets: 3, events: 12 } as const

/**
 * Makes logs the history of tickets, at their own times. The rows of one case take their turns; those of different
 * cases go side by side. May be broken off at any moment and run again: what is there already is found unchanged.
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
    const notes = { reject: notesOf(rejects, sources, logs), repair: notesOf(repairs, sources, logs) }
    const account = await tell(readInOrder(sources, logs), notes, request)
    await Promise.all([rejects.finish(), repairs.finish()])
    request.signal?.throwIfAborted()
    if (desk && corrects) await record(request, desk, { type: 'completeCorrection' })
    const { rows, applied, unchanged, refused } = account
    const complete = { type: 'complete', rows, applied, unchanged, refused } as const
    const position = desk && !keepOpen ? await record(request, desk, complete) : undefined
    const now = desk && (await retryWhileAway(() => desk.read('import', importId)))
    return { importId, ...account, isComplete: now?.state.status === 'completed', position }
  } catch (error) {
    await Promise.all([rejects.abandon(), repairs.abandon()])
    throw error
  }
}

/**
 * Starts an import, or goes on with one that is open: then older rows may have come for what it has told.
 * @returns whether cases are told anew.
 */
async function begin(request: ImportRequest, desk: Desk, begun: ImportCommand): Promise<boolean> {
  const { sources, importId, now, strict = false, onCompared, signal } = request
  const { state } = await retryWhileAway(() => desk.read('import', importId))
  await record(request, desk, begun)
  if (state.status !== 'running' && state.status !== 'abandoned') return false
  const aggregate = ticketAggregate(() => desk.timeline)
  const parts = sources.map(({ mapping }) => ({ read: rowReader(mapping), ...termsOf(mapping) }))
  const rows = async function* (): AsyncGenerator<ReadAgain> {
    const logs = await openLogs(sources)
    const opened = new Set<string>()
    for await (const row of readInOrder(sources, logs)) {
      const part = parts[row.source]
      const result = part?.read(row)
      if (!part || !result?.ok) continue
      const { ticketId } = result.row
      if (strict && repairsHere(result.repairs, opened.has(ticketId)).length > 0) continue
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

async function tell(
  rows: AsyncIterable<SourceRow>,
  note: { readonly reject: Note; readonly repair: Note },
  request: ImportRequest,
): Promise<Omit<Account, 'importId' | 'position' | 'isComplete'>> {
  const { sources, desk, strict = false, onRows, signal } = request
  const aggregate = ticketAggregate(() => desk?.timeline ?? defaultTerms)
  const common = { ...(await reopening(request)), desk, aggregate, now: request.now }
  const parts = sources.map(({ mapping }) => ({
    read: rowReader(mapping),
    telling: { ...common, ...termsOf(mapping), correlationId: importCorrelation(request.importId) },
  }))
  const book = createCaseBook(aggregate, desk)
  const lanes = createLanes(rowsUnderWay)
  const counts = { rows: 0, applied: 0, unchanged: 0, refused: 0, repaired: 0, events: 0 }
  const samples = new Map<string, TicketEvent[]>()

  const settle = inOrder<SettledRow>(0, async ({ row, outcome, ticketId = '', repairs = [] }) => {
    counts.rows++
    counts[outcome.kind]++
    if (outcome.kind === 'applied') {
      counts.events += outcome.events.length
      if (!desk) addSample(samples, ticketId, outcome.events)
    }
    if (outcome.kind === 'refused') await note.reject(row, outcome)
    else if (repairs.length > 0) {
      counts.repaired++
      for (const repair of repairs) await note.repair(row, repair)
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
      await lanes.add(ticketId, async () => {
        const before = await book.open(ticketId)
        const repairs = repairsHere(result.repairs, before.state.status !== 'absent')
        if (strict && repairs[0]) return settle(place, { row, outcome: { kind: 'refused', ...repairs[0] } })
        const { outcome, history } = await importRow(result.row, before, part.telling)
        book.keep(ticketId, history)
        await settle(place, { row, outcome, ticketId, repairs })
      })
    }
  } finally {
    await lanes.drained()
  }
  const told = [...samples].map(([ticketId, events]) => ({ ticketId, events }))
  return { ...counts, ticketIds: [...book.tickets()].sort(), samples: told }
}

function addSample(samples: Map<string, TicketEvent[]>, ticketId: string, events: readonly TicketEvent[]): void {
  const known = samples.get(ticketId) ?? (samples.size < shown.tickets ? [] : undefined)
  if (known) samples.set(ticketId, [...known, ...events].slice(0, shown.events))
}

/** When more comes in with an import that was completed, its tickets stand still again, from the first new row on. */
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
  { importId, now }: ImportRequest,
  desk: Desk,
  command: ImportCommand,
): Promise<Position | undefined> {
  const sender = { by: importActor, at: now(), correlationId: importCorrelation(importId) }
  const outcome = await retryWhileAway(() => desk.engine.execute('import', importId, command, sender))
  if (!outcome.ok) {
    if (outcome.refusal.code === 'import_withdrawing') {
      throw new Fault('import_withdrawing', `the import ${importId} is being taken back`, {
        next: `guichet import undo ${importId} takes back the rest`,
      })
    }
    throw new Fault('import_refused', `the import cannot ${command.type}: ${outcome.refusal.message}`)
  }
  return outcome.value.position
}
