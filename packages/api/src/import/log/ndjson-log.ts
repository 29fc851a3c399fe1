import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream'
import split from 'split2'
import type { Log, LogRow } from './log-row.ts'
import { maxRowBytes, tooLong } from './log-row.ts'

/**
 * Reads a file with one JSON object on each line; blank lines do not count as rows, but as lines of the file.
 * @throws Fault, while reading, `row_too_long`.
 */
export function ndjsonLog(
  bytes: Readable,
  options: { readonly file: string; readonly columns: readonly string[] },
): Log {
  const lines = pipeline(bytes, split({ maxLength: maxRowBytes }), () => undefined)
  const unseen = new Set(options.columns)
  const seen = new Set<string>()
  return {
    columns: ['record'],
    rows: rows(lines, options, (record) => {
      if (unseen.size === 0) return
      for (const column of unseen) if (Object.hasOwn(record, column)) unseen.delete(column)
      for (const column of Object.keys(record)) if (seen.size < 50) seen.add(column)
    }),
    unseen: () => ({ columns: [...unseen], seen: [...seen] }),
  }
}

type JsonObject = Readonly<Record<string, unknown>>

async function* rows(
  lines: AsyncIterable<string>,
  { file, columns }: { readonly file: string; readonly columns: readonly string[] },
  onRecord: (record: JsonObject) => void,
): AsyncGenerator<LogRow> {
  let row = 0
  try {
    for await (const line of lines) {
      row++
      const text = row === 1 ? line.replace(/^\uFEFF/, '') : line
      if (text.trim() !== '') yield { row, original: [text], ...values(text, columns, onRecord) }
    }
  } catch (cause) {
    if (!(cause instanceof Error) || !/maximum buffer/i.test(cause.message)) throw cause
    throw tooLong(file, row + 1, cause)
  }
}

function values(
  text: string,
  columns: readonly string[],
  onRecord: (record: JsonObject) => void,
): Pick<LogRow, 'values' | 'fault'> {
  try {
    const record: unknown = JSON.parse(text)
    if (typeof record === 'object' && record !== null && !Array.isArray(record)) {
      onRecord(record as JsonObject)
      return { values: columns.map((column) => asText((record as JsonObject)[column])) }
    }
    return { values: [], fault: 'is not a JSON object' }
  } catch {
    return { values: [], fault: 'is not JSON' }
  }
}

function asText(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
