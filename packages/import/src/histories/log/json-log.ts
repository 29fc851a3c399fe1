import { pipeline, Readable } from 'node:stream'
import split from 'split2'
import { isObject, jsonRecord, valueAt } from './json-record.ts'
import type { Log, LogRow } from './log-row.ts'
import { maxRowBytes, tooLong } from './log-row.ts'
import type { Shape } from './shape.ts'
import { rowsOfRecord } from './shape.ts'

type JsonReading = {
  readonly file: string
  readonly shape: Shape
  /** The path of the list of records in a document; the document itself by default. */
  readonly records?: string | undefined
}

/** The largest document that is read as a whole, in bytes. */
const maxDocumentBytes = 32 * 1024 * 1024

/**
 * Reads a file with one JSON object per line. Blank lines count as lines, but not as rows.
 * @throws Fault, while reading, `row_too_long`.
 */
export function ndjsonLog(bytes: Readable, reading: JsonReading): Log {
  const log = openLog(reading)
  return { ...log, rows: lineRows(bytes, reading, log.rowsOf) }
}

/**
 * Reads a JSON document: a list of records, or an object that contains one. A row's number is the place of its record.
 * A file that is not a document of at most 32 MiB is read with one object per line, as some exports are named `.json`.
 * @throws Fault, while reading, as `ndjsonLog` does.
 */
export function jsonLog(bytes: Readable, reading: JsonReading): Log {
  const log = openLog(reading)
  return { ...log, rows: documentRows(bytes, reading, log.rowsOf) }
}

type RowsOf = (text: string, row: number, parsed?: unknown, document?: unknown) => Generator<LogRow>

function openLog({ shape }: JsonReading): Omit<Log, 'rows'> & { readonly rowsOf: RowsOf } {
  const unseen = new Map(shape.sources.map((source) => [source[0] ?? '', source]))
  const unseenPaths = new Set(shape.sources.flat())
  const unseenColumns = new Set<string>()
  const seen = new Set<string>()
  const onLookup = (path: string, isFound: boolean): void => {
    if (isFound) unseenPaths.delete(path)
    else if (unseenPaths.has(path)) unseenColumns.add(path)
  }
  return {
    columns: ['record'],
    unseen: () => ({
      columns: [...unseen]
        .filter(([name, paths]) => unseenColumns.has(name) && paths.every((path) => unseenPaths.has(path)))
        .map(([name]) => name),
      seen: [...seen],
    }),
    rowsOf: function* (text, row, parsed, document) {
      const record = parsed ?? parse(text)
      if (!isObject(record)) {
        yield {
          row,
          original: [text],
          values: [],
          fault: record === undefined ? 'is not JSON' : 'is not a JSON object',
        }
        return
      }
      if (unseenPaths.size > 0) for (const column of Object.keys(record)) if (seen.size < 50) seen.add(column)
      try {
        yield* rowsOfRecord(shape, jsonRecord(record, onLookup, document), { row, original: [text] })
      } catch (error) {
        if (!(error instanceof RangeError)) throw error
        yield { row, original: [text], values: [], fault: 'is nested too deeply' }
      }
    },
  }
}

async function* lineRows(bytes: Readable, { file }: JsonReading, rowsOf: RowsOf): AsyncGenerator<LogRow> {
  const lines: AsyncIterable<string> = pipeline(bytes, split({ maxLength: maxRowBytes }), () => undefined)
  let row = 0
  try {
    for await (const line of lines) {
      row++
      const text = row === 1 ? line.replace(/^\uFEFF/, '') : line
      if (text.trim() !== '') yield* rowsOf(text, row)
    }
  } catch (cause) {
    if (!(cause instanceof Error) || !/maximum buffer/i.test(cause.message)) throw cause
    throw tooLong(file, row + 1, cause)
  }
}

async function* documentRows(bytes: Readable, reading: JsonReading, rowsOf: RowsOf): AsyncGenerator<LogRow> {
  const chunks: Buffer[] = []
  const source = bytes[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  let length = 0
  let next = await source.next()
  for (; !next.done && length <= maxDocumentBytes; next = await source.next()) {
    chunks.push(next.value)
    length += next.value.length
  }
  const document = next.done
    ? parse(
        Buffer.concat(chunks)
          .toString()
          .replace(/^\uFEFF/, ''),
      )
    : undefined
  if (document === undefined) {
    const rest = { [Symbol.asyncIterator]: () => source }
    const whole = async function* (): AsyncGenerator<Buffer> {
      yield* chunks
      if (!next.done) yield next.value
      yield* rest
    }
    return yield* lineRows(Readable.from(whole(), { objectMode: false }), reading, rowsOf)
  }
  const listed = reading.records === undefined ? undefined : valueAt(document, reading.records).value
  const list = Array.isArray(listed) ? listed : document
  const records: readonly unknown[] = Array.isArray(list) ? list : [list]
  for (const [index, record] of records.entries())
    yield* rowsOf(unlessTooDeep(() => JSON.stringify(record)) ?? '', index + 1, record, document)
}

/**
 * Returns undefined if a value has more levels than the call stack: JSON.parse accepts any depth, JSON.stringify does
 * not.
 */
function unlessTooDeep<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** Parses JSON; undefined if the text is not JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
