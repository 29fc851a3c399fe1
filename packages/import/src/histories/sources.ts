import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { pipeline as pipelineOf, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { stringify } from 'csv-stringify'
import split from 'split2'
import { makeFolder } from '@guichet/desk'
import { ImportFault } from '../fault.ts'
import type { Fault } from '@guichet/desk'
import type { Inspection } from './inspect-log.ts'
import type { Log, LogRow } from './log/log-row.ts'
import type { Mapping } from './mapping.ts'
import type { RowFault } from './read-row.ts'
import { timeReader } from './read-row.ts'

/** A row with the number of its file in the import. */
export type SourceRow = LogRow & { readonly source: number }

/**
 * Yields the rows of files. The rows of one file are in its order, or reversed if the newest come first; those of
 * several files and of mailboxes are in the order of time. Memory is bounded as in `inTimeOrder`.
 */
export async function* readInOrder(sources: readonly Source[], logs: readonly Log[]): AsyncGenerator<SourceRow> {
  const timed = sources.map((source, index) => withTimes(source, logs[index], index))
  const [only, ...others] = timed
  const [source] = sources
  if (others.length > 0) yield* sorted(inTurn(sources, timed))
  else if (only && source?.inspection.newestFirst) yield* sorted(only, true)
  else if (only && logs[0]?.unordered) yield* sorted(only)
  else if (only) for await (const { value } of only) yield value
}

/** Adds times to rows. A row with an unreadable time stays in its place. */
async function* withTimes(
  { mapping, inspection }: Source,
  log: Log | undefined,
  source: number,
): AsyncGenerator<TimedValue<SourceRow>> {
  const read = timeReader(mapping)
  let at = inspection.newestFirst ? Number.MAX_SAFE_INTEGER : Number.MIN_SAFE_INTEGER
  for await (const row of log?.rows ?? []) {
    at = read(row)?.at ?? at
    yield { at, value: { ...row, source } }
  }
}

/** Yields one file after the other, each with the oldest rows first. */
async function* inTurn(
  sources: readonly Source[],
  timed: readonly AsyncGenerator<TimedValue<SourceRow>>[],
): AsyncGenerator<TimedValue<SourceRow>> {
  for (const [index, rows] of timed.entries()) {
    if (!sources[index]?.inspection.newestFirst) yield* rows
    else for await (const row of inTimeOrder(nested(rows), { newestFirst: true })) yield row
  }
}

async function* nested(rows: AsyncIterable<TimedValue<SourceRow>>): AsyncGenerator<TimedValue<TimedValue<SourceRow>>> {
  for await (const row of rows) yield { at: row.at, value: row }
}

async function* sorted(rows: AsyncIterable<TimedValue<SourceRow>>, newestFirst = false): AsyncGenerator<SourceRow> {
  for await (const row of inTimeOrder(rows, { newestFirst })) {
    yield { ...row, values: row.values.map((value) => value ?? undefined) }
  }
}

/** Returns the columns of refused rows: for several files, the name of the file and the columns of all. */
export function rejectColumns(logs: readonly Log[]): readonly string[] {
  const [only, ...others] = logs
  return others.length === 0 ? (only?.columns ?? []) : ['file', ...new Set(logs.flatMap(({ columns }) => columns))]
}

/** Records the fault of a row. */
export type Note = (row: SourceRow, why: RowFault) => Promise<void>

/** Returns a recorder of rows under `rejectColumns`. */
export function notesOf(rejects: Rejects, sources: readonly Source[], logs: readonly Log[]): Note {
  if (sources.length === 1) return rejects.add
  const [, ...columns] = rejectColumns(logs)
  const indexes = logs.map((log) => columns.map((column) => log.columns.indexOf(column)))
  return (row, why) => {
    const values = (indexes[row.source] ?? []).map((index) => row.original[index] ?? '')
    return rejects.add({ ...row, original: [basename(sources[row.source]?.file ?? ''), ...values] }, why)
  }
}

/** A file to import, with its mapping. */
export type Source = { readonly file: string; readonly mapping: Mapping; readonly inspection: Inspection }

/** The file of the refused rows: row number, field, code, reason, and the original row. */
type Rejects = {
  add(row: LogRow, fault: RowFault): Promise<void>
  /** Gives the file its final name. If no row was refused, there is no file, and that of an earlier run is removed. */
  finish(): Promise<void>
  /** Removes the unfinished file. */
  abandon(): Promise<void>
}

/**
 * Writes refused rows as CSV to a temporary file of this process beside the final one, which only `finish` replaces.
 * @throws Fault `rejects_unwritable` when the file cannot be created; `add` and `finish` throw it when the disk is
 * full.
 */
export async function openRejects(file: string, columns: readonly string[]): Promise<Rejects> {
  const part = `${file}.${process.pid}.part`
  const output = await create(file, part)
  let rows = 0
  const csv = stringify({ header: true, columns: ['row', 'field', 'code', 'reason', ...columns] })
  const written = pipeline(csv, output).catch((cause: unknown) => {
    throw unwritable(file, cause)
  })
  written.catch(() => {})
  return {
    add: async ({ row, original }, { field, code, reason }) => {
      rows++
      if (csv.destroyed) return written
      if (!csv.write([row, field, code, reason, ...original]))
        await Promise.race([once(csv, 'drain').catch(() => {}), written])
    },
    finish: async () => {
      csv.end()
      await written
      if (rows > 0) return rename(part, file)
      await Promise.all([rm(part), rm(file, { force: true })])
    },
    abandon: async () => {
      csv.end()
      await written.catch(() => {})
      await rm(part, { force: true })
    },
  }
}

async function create(file: string, part: string) {
  try {
    await makeFolder(dirname(resolve(file)))
    await removeOrphans(file)
    const output = createWriteStream(part, { mode: 0o600 })
    await once(output, 'open')
    return output
  } catch (cause) {
    throw unwritable(file, cause)
  }
}

/** Removes the temporary files of processes of this machine that were killed while they wrote. */
async function removeOrphans(file: string): Promise<void> {
  const folder = dirname(resolve(file))
  for (const name of await readdir(folder).catch(() => [])) {
    const [, pid = ''] = /\.(\d+)\.part$/.exec(name) ?? []
    if (name === `${basename(file)}.${pid}.part` && !isAlive(Number(pid))) await rm(join(folder, name), { force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

function unwritable(file: string, cause: unknown): Fault {
  const { code } = cause as NodeJS.ErrnoException
  const reason = code === undefined ? '' : `: ${code}`
  return new ImportFault('rejects_unwritable', `the rejects file ${file} cannot be written${reason}`, { cause })
}

/** Passes on results in the order of their numbers, from `first` on without gaps, regardless of their arrival. */
export function inOrder<T>(first: number, handOn: (result: T) => Promise<void>) {
  const early = new Map<number, T>()
  let next = first
  let handing = Promise.resolve()

  const flush = async (): Promise<void> => {
    for (let result = early.get(next); result !== undefined; result = early.get(next)) {
      early.delete(next++)
      await handOn(result)
    }
  }
  return (number: number, result: T): Promise<void> => {
    early.set(number, result)
    handing = handing.then(flush)
    return handing
  }
}

/** A value with its time, for sorting. */
export type TimedValue<T> = { readonly at: number; readonly value: T }

/** The number of sorted files that are merged at once. The next values of each are in memory. */
const maxRuns = 16

/** A value with its place among all values. */
type PlacedValue<T> = TimedValue<T> & { readonly place: number }

/**
 * Sorts any number of values by time. At most `maxBytes` of them, as JSON, are in memory at once. The others are in
 * sorted files of a temporary folder, which is removed at the end, and at most sixteen files are read at once. Values
 * of equal time keep their order, or are reversed with `newestFirst`. Values pass through JSON.
 */
export async function* inTimeOrder<T>(
  values: AsyncIterable<TimedValue<T>>,
  { newestFirst = false, maxBytes = 32 * 1024 * 1024 }: { newestFirst?: boolean; maxBytes?: number } = {},
): AsyncGenerator<T> {
  const compare = (a: PlacedValue<unknown>, b: PlacedValue<unknown>): number =>
    a.at - b.at || (newestFirst ? b.place - a.place : a.place - b.place)
  let folder: string | undefined
  try {
    const runs: string[] = []
    let lines: { readonly key: PlacedValue<undefined>; readonly text: string }[] = []
    const sorted = (): string[] => lines.sort((a, b) => compare(a.key, b.key)).map(({ text }) => text)
    let bytes = 0
    let place = 0
    for await (const { at, value } of values) {
      const placed: PlacedValue<T> = { at, place: place++, value }
      const text = JSON.stringify(placed)
      lines.push({ key: { at, place: placed.place, value: undefined }, text })
      bytes += text.length
      if (bytes < maxBytes) continue
      folder ??= await mkdtemp(join(tmpdir(), 'guichet-order-'))
      const run = join(folder, String(place))
      await writeFile(
        run,
        sorted().map((line) => `${line}\n`),
      )
      runs.push(run)
      lines = []
      bytes = 0
      if (runs.length === maxRuns)
        runs.splice(0, maxRuns, await mergedInto(join(folder, `merged-${place}`), runs, compare))
    }
    const parsed = (text: string): PlacedValue<T> => JSON.parse(text) as PlacedValue<T>
    const last = sorted()
    lines = []
    const sources = [...runs.map((run) => readRun<T>(run)), fromLines(last, parsed)]
    for await (const { value } of merged(sources, compare)) yield value
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  }
}

async function* fromLines<T>(
  lines: readonly string[],
  parsed: (text: string) => PlacedValue<T>,
): AsyncGenerator<PlacedValue<T>> {
  for (const line of lines) yield parsed(line)
}

/** Merges sorted files into one, and removes them. */
async function mergedInto(
  file: string,
  runs: readonly string[],
  compare: (a: PlacedValue<unknown>, b: PlacedValue<unknown>) => number,
): Promise<string> {
  const values = merged(
    runs.map((run) => readRun<unknown>(run)),
    compare,
  )
  const lines = async function* (): AsyncGenerator<string> {
    for await (const value of values) yield `${JSON.stringify(value)}\n`
  }
  await pipeline(Readable.from(lines(), { highWaterMark: 1 }), createWriteStream(file))
  for (const run of runs) await rm(run)
  return file
}

/** Reads a sorted file, one part at a time. */
async function* readRun<T>(file: string): AsyncGenerator<PlacedValue<T>> {
  const lines: AsyncIterable<string> = pipelineOf(
    createReadStream(file),
    split({ readableHighWaterMark: 1 }),
    () => undefined,
  )
  for await (const line of lines) yield JSON.parse(line) as PlacedValue<T>
}

/** Merges a few sorted sources: yields the smallest of their next values until all are empty. */
async function* merged<T>(
  sources: readonly AsyncGenerator<PlacedValue<T>>[],
  compare: (a: PlacedValue<T>, b: PlacedValue<T>) => number,
): AsyncGenerator<PlacedValue<T>> {
  const heads = new Map<AsyncGenerator<PlacedValue<T>>, PlacedValue<T>>()
  const advance = async (source: AsyncGenerator<PlacedValue<T>>): Promise<void> => {
    const next = await source.next()
    if (next.done) heads.delete(source)
    else heads.set(source, next.value)
  }
  try {
    for (const source of sources) await advance(source)
    for (;;) {
      let first: [AsyncGenerator<PlacedValue<T>>, PlacedValue<T>] | undefined
      for (const head of heads) if (!first || compare(head[1], first[1]) < 0) first = head
      if (!first) return
      yield first[1]
      await advance(first[0])
    }
  } finally {
    await Promise.all(sources.map((source) => source.return(undefined)))
  }
}
