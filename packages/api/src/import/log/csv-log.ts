import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream'
import { CsvError, parse } from 'csv-parse'
import { Fault } from '../../fault/fault.ts'
import type { Log, LogRow } from './log-row.ts'
import { maxRowBytes } from './log-row.ts'

/**
 * Reads a CSV file whose first row names the columns.
 * @throws Fault `file_empty`, `column_missing`, or, while reading, `csv_broken` with the row.
 */
export async function csvLog(
  bytes: Readable,
  options: { readonly file: string; readonly delimiter: string; readonly columns: readonly string[] },
): Promise<Log> {
  const { file, delimiter, columns } = options
  const parser = parse({
    bom: true,
    delimiter,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: maxRowBytes,
  })
  const records = broken(
    file,
    pipeline(bytes, parser, () => undefined),
  )
  const first = await records.next()
  if (first.done) throw new Fault('file_empty', `${file} is empty`)
  const header = first.value
  const places = columns.map((column) => place(file, header, column))
  return { columns: header, rows: rows(records, header, places) }
}

function place(file: string, header: readonly string[], column: string): number {
  const index = header.indexOf(column)
  if (index >= 0) return index
  throw new Fault('column_missing', `${file} has no column ${column}`, {
    next: `its columns are ${header.slice(0, 50).join(', ')}`,
  })
}

async function* rows(
  records: AsyncIterable<readonly string[]>,
  header: readonly string[],
  places: readonly number[],
): AsyncGenerator<LogRow> {
  let row = 1
  for await (const original of records) {
    row++
    const fault =
      original.length === header.length ? undefined : `has ${original.length} fields instead of ${header.length}`
    yield { row, values: places.map((index) => original[index]), original, fault }
  }
}

/** Says in one line where the file cannot be taken apart. */
async function* broken(file: string, records: AsyncIterable<readonly string[]>): AsyncGenerator<readonly string[]> {
  try {
    yield* records
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause
    const { lines, column, index } = cause as CsvError & { lines?: number; column?: unknown; index?: number }
    const field = typeof column === 'string' ? column : index === undefined ? '' : `, field ${index + 1}`
    throw new Fault('csv_broken', `${file}, line ${lines ?? '?'}${field}: ${reason(cause)}`, { cause })
  }
}

function reason({ code, message }: CsvError): string {
  if (code === 'CSV_QUOTE_NOT_CLOSED') return 'a quote is opened and never closed'
  if (code === 'INVALID_OPENING_QUOTE') return 'a quote stands inside a field that does not begin with one'
  if (code === 'CSV_INVALID_CLOSING_QUOTE') return 'a quoted field goes on after its closing quote'
  if (code === 'CSV_MAX_RECORD_SIZE') return 'the row is longer than 16 MiB: a quote may not be closed'
  return message
}
