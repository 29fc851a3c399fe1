import { basename } from 'node:path'
import type { Desk, ImportCommand, Instant, Position } from '@guichet/domain'
import { defaultWording, importActor, importCorrelation, minutes, ticketAggregate, unchanging } from '@guichet/domain'
import { unconfigured } from '../desk-configuration/unconfigured.ts'
import { Fault } from '../fault/fault.ts'
import { createCaseBook } from './history/case-book.ts'
import type { RowOutcome, Telling } from './history/tell-row.ts'
import { tellRow } from './history/tell-row.ts'
import { inOrder } from './in-order.ts'
import type { Inspection } from './inspect-log.ts'
import { createLanes } from '../sending/lanes.ts'
import type { Timed } from './log/in-time-order.ts'
import { inTimeOrder } from './log/in-time-order.ts'
import type { LogRow } from './log/log-row.ts'
import { openLog } from './log/open-log.ts'
import type { Mapping } from './mapping.ts'
import { persistently } from '../sending/persistently.ts'
import type { Repair } from './repair.ts'
import { rowReader, timeReader } from './read-row.ts'
import type { Rejects } from './rejects.ts'
import { openRejects } from './rejects.ts'

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
  /** Read models that have passed it show all of the import; a dry run has none, nor one that was complete before. */
  readonly position: Position | undefined
}

export type ImportRequest = {
  readonly file: string
  readonly mapping: Mapping
  readonly inspection: Inspection
  readonly rejectsFile: string
  /** Where the history goes. Without a desk nothing is stored: a dry run, which supposes an empty one. */
  readonly desk: Desk | undefined
  readonly now: () => Instant
  /** Refuses what would be put right. */
  readonly strict?: boolean
  readonly onRows?: (rows: number) => void
  /** Breaks the import off between two rows; its reason is thrown. */
  readonly signal?: AbortSignal
}

/** The file of the rows that were repaired, beside that of the refused ones. */
export const repairsFile = (rejectsFile: string): string => `${rejectsFile.replace(/\.csv$/i, '')}.repaired.csv`

/** The most rows under way at once: enough to fill the batches of a group commit, few enough for a flat memory. */
const rowsUnderWay = 1_024

/**
 * Makes a log the history of tickets, at the log's own times. The rows of one case take their turns; those of different
 * cases go side by side. May be broken off at any moment and run again: what is there already is found unchanged.
 * @throws Fault as `openLog` does, `rejects_unwritable`, or `import_refused`.
 */
export async function importLog(request: ImportRequest): Promise<Account> {
  const { file, mapping, inspection, rejectsFile, desk } = request
  const log = await openLog(file, mapping)
  const rejects = await openRejects(rejectsFile, log.columns)
  const repairs = await openRejects(repairsFile(rejectsFile), log.columns)
  try {
    if (desk) await record(request, desk, { type: 'start', source: basename(file), mapping: mapping.name })
    const inOrderOfTime = inspection.newestFirst ? oldestFirst(log.rows, mapping) : log.rows
    const account = await tell(inOrderOfTime, { rejects, repairs }, request)
    await Promise.all([rejects.finish(), repairs.finish()])
    const { rows, applied, unchanged, refused } = account
    const position = desk && (await record(request, desk, { type: 'complete', rows, applied, unchanged, refused }))
    return { importId: inspection.importId, ...account, position }
  } catch (error) {
    await Promise.all([rejects.abandon(), repairs.abandon()])
    throw error
  }
}

/** The rows of a log that begins with the newest. One whose time cannot be read stays where it is. */
async function* oldestFirst(rows: AsyncIterable<LogRow>, mapping: Mapping): AsyncGenerator<LogRow> {
  const read = timeReader(mapping)
  async function* timed(): AsyncGenerator<Timed<LogRow>> {
    let at = Number.MAX_SAFE_INTEGER
    for await (const row of rows) {
      at = read(row)?.at ?? at
      yield { at, value: row }
    }
  }
  for await (const row of inTimeOrder(timed(), { newestFirst: true })) {
    yield { ...row, values: row.values.map((value) => value ?? undefined) }
  }
}

type SettledRow = { readonly row: LogRow; readonly outcome: RowOutcome; readonly repairs?: readonly Repair[] }

async function tell(
  rows: AsyncIterable<LogRow>,
  files: { readonly rejects: Rejects; readonly repairs: Rejects },
  { mapping, inspection, desk, now, strict = false, onRows, signal }: ImportRequest,
): Promise<Omit<Account, 'importId' | 'position'>> {
  const telling: Telling = { ...tellingOf(mapping, desk, inspection.importId), now }
  const book = createCaseBook(telling.aggregate, desk)
  const read = rowReader(mapping)
  const lanes = createLanes(rowsUnderWay)
  const counts = { rows: 0, applied: 0, unchanged: 0, refused: 0, repaired: 0, events: 0 }

  const settle = inOrder<SettledRow>(0, async ({ row, outcome, repairs = [] }) => {
    counts.rows++
    counts[outcome.kind]++
    if (outcome.kind === 'applied') counts.events += outcome.events
    if (outcome.kind === 'refused') await files.rejects.add(row, outcome)
    else if (repairs.length > 0) {
      counts.repaired++
      for (const repair of repairs) await files.repairs.add(row, repair)
    }
    onRows?.(counts.rows)
  })

  try {
    let number = 0
    for await (const row of rows) {
      signal?.throwIfAborted()
      const place = number++
      const result = read(row)
      if (!result.ok) {
        await settle(place, { row, outcome: { kind: 'refused', ...result.fault } })
        continue
      }
      const { ticketId } = result.row
      await lanes.add(ticketId, async () => {
        const before = await book.open(ticketId)
        const here = before.state.status === 'absent' ? 'first' : 'later'
        const repairs = result.repairs.filter(({ matters }) => matters === 'always' || matters === here)
        if (strict && repairs[0]) return settle(place, { row, outcome: { kind: 'refused', ...repairs[0] } })
        const { outcome, history } = await tellRow(result.row, before, telling)
        book.keep(ticketId, history)
        await settle(place, { row, outcome, repairs })
      })
    }
  } finally {
    await lanes.drained()
  }
  return { ...counts, ticketIds: [...book.tickets()].sort() }
}

const defaultTerms = unchanging({ policy: unconfigured, wording: defaultWording })

function tellingOf(mapping: Mapping, desk: Desk | undefined, importId: string): Omit<Telling, 'now'> {
  const statusTags = [...Object.values(mapping.activity.values), mapping.activity.otherwise].flatMap((meaning) =>
    typeof meaning === 'object' && 'status' in meaning && meaning.tag !== undefined ? [meaning.tag] : [],
  )
  return {
    desk,
    aggregate: ticketAggregate(() => desk?.timeline ?? defaultTerms),
    statusTags: new Set(statusTags),
    toleranceMs: minutes(mapping.time.toleranceMinutes),
    correlationId: importCorrelation(importId),
  }
}

async function record(
  { inspection, now }: ImportRequest,
  desk: Desk,
  command: ImportCommand,
): Promise<Position | undefined> {
  const { importId } = inspection
  const sender = { by: importActor, at: now(), correlationId: importCorrelation(importId) }
  const outcome = await persistently(() => desk.engine.execute('import', importId, command, sender))
  if (!outcome.ok) {
    throw new Fault('import_refused', `the import cannot ${command.type}: ${outcome.refusal.message}`)
  }
  return outcome.value.position
}
