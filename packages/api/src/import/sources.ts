import { basename } from 'node:path'
import type { Source } from './import-log.ts'
import type { Timed } from './log/in-time-order.ts'
import { inTimeOrder } from './log/in-time-order.ts'
import type { Log, LogRow } from './log/log-row.ts'
import type { RowFault } from './read-row.ts'
import { timeReader } from './read-row.ts'
import type { Rejects } from './rejects.ts'

/** A row of one of the files of an import, and which of them that is. */
export type SourceRow = LogRow & { readonly source: number }

/**
 * The rows of files: of one as they stand in it, or the other way round where the newest come first; of several, and of a mailbox, in the
 * order of their times. What `inTimeOrder` holds in memory is the bound.
 */
export async function* readInOrder(sources: readonly Source[], logs: readonly Log[]): AsyncGenerator<SourceRow> {
  const timed = sources.map((source, place) => withTimes(source, logs[place], place))
  const [only, ...others] = timed
  const [source] = sources
  if (others.length > 0) yield* sorted(inTurn(sources, timed))
  else if (only && source?.inspection.newestFirst) yield* sorted(only, true)
  else if (only && logs[0]?.unordered) yield* sorted(only)
  else if (only) for await (const { value } of only) yield value
}

/** A row whose time cannot be read stays where it is. */
async function* withTimes(
  { mapping, inspection }: Source,
  log: Log | undefined,
  source: number,
): AsyncGenerator<Timed<SourceRow>> {
  const read = timeReader(mapping)
  let at = inspection.newestFirst ? Number.MAX_SAFE_INTEGER : Number.MIN_SAFE_INTEGER
  for await (const row of log?.rows ?? []) {
    at = read(row)?.at ?? at
    yield { at, value: { ...row, source } }
  }
}

/** One file after the other, each of them with the oldest rows first. */
async function* inTurn(
  sources: readonly Source[],
  timed: readonly AsyncGenerator<Timed<SourceRow>>[],
): AsyncGenerator<Timed<SourceRow>> {
  for (const [place, rows] of timed.entries()) {
    if (!sources[place]?.inspection.newestFirst) yield* rows
    else for await (const row of inTimeOrder(nested(rows), { newestFirst: true })) yield row
  }
}

async function* nested(rows: AsyncIterable<Timed<SourceRow>>): AsyncGenerator<Timed<Timed<SourceRow>>> {
  for await (const row of rows) yield { at: row.at, value: row }
}

async function* sorted(rows: AsyncIterable<Timed<SourceRow>>, newestFirst = false): AsyncGenerator<SourceRow> {
  for await (const row of inTimeOrder(rows, { newestFirst })) {
    yield { ...row, values: row.values.map((value) => value ?? undefined) }
  }
}

/** The columns of what is refused: of several files, which file it stands in and the columns of all. */
export function rejectColumns(logs: readonly Log[]): readonly string[] {
  const [only, ...others] = logs
  return others.length === 0 ? (only?.columns ?? []) : ['file', ...new Set(logs.flatMap(({ columns }) => columns))]
}

/** Notes what became of a row, and why. */
export type Note = (row: SourceRow, why: RowFault) => Promise<void>

/** Notes rows under `rejectColumns`. */
export function notesOf(rejects: Rejects, sources: readonly Source[], logs: readonly Log[]): Note {
  if (sources.length === 1) return rejects.add
  const [, ...columns] = rejectColumns(logs)
  const places = logs.map((log) => columns.map((column) => log.columns.indexOf(column)))
  return (row, why) => {
    const values = (places[row.source] ?? []).map((place) => row.original[place] ?? '')
    return rejects.add({ ...row, original: [basename(sources[row.source]?.file ?? ''), ...values] }, why)
  }
}
