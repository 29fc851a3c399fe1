import { pipeline, Readable } from 'node:stream'
import type { Options } from 'csv-parse'
import { CsvError, parse } from 'csv-parse'
import { ImportFault } from '../../fault.ts'
import type { Fault } from '@guichet/desk'
import { likelyDelimiter, withFirstLine } from './delimiter.ts'
import type { Advice, Log, LogRow } from './log-row.ts'
import { maxFields, maxRowBytes, tooLong } from './log-row.ts'
import type { Shape } from './shape.ts'
import { rowsOfRecord } from './shape.ts'

/**
 * Reads a CSV file whose first row names the columns. A row's number is the line on which it begins; blank lines count
 * as lines, but not as rows. A line `sep=;` before the header, as Excel writes it, names the delimiter.
 * @throws Fault `file_empty`, `column_missing`, `column_repeated`, or, while reading, `csv_broken` or `row_too_long`
 * with the line.
 */
export async function csvLog(
  bytes: Readable,
  options: {
    readonly file: string
    /** What separates the fields, unless a line such as `sep=;` says so; by default what does so in the first line. */
    readonly delimiter?: string | undefined
    readonly advice: Advice
    readonly shape: Shape
    readonly optional?: readonly string[] | undefined
  },
): Promise<Log> {
  const { file, advice, shape, optional = [] } = options
  const { line: firstLine, all, declared, skipped } = await withFirstLine(bytes)
  const likely = likelyDelimiter(firstLine)
  const delimiter = declared ?? options.delimiter ?? likely ?? ','
  const correct = (character: string): string =>
    declared === undefined
      ? advice.delimiter(character)
      : `if ${JSON.stringify(character)} separates its fields, correct its line sep=${declared}`
  const hint = likely === undefined || likely === delimiter ? undefined : correct(likely)
  let line = 1 + skipped
  const number = (record: readonly string[]): NumberedRecord => {
    const numbered = { line, record }
    line += 1 + lineEndsIn(record)
    return numbered
  }
  const parser = parse({
    bom: true,
    delimiter,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    max_record_size: maxRowBytes,
    // The parser's types allow only lists and objects of fields as records.
    on_record: number as unknown as NonNullable<Options['on_record']>,
  })
  const counted = Readable.from(countingFields(all, { file, delimiter, skipped }), { objectMode: false })
  const parsed: AsyncIterable<NumberedRecord> = pipeline(counted, parser, () => undefined)
  const records = notBlank(broken({ file, hint }, parsed, () => ({ line, quoted: isQuoting(parser) })))
  const first = await records.next()
  if (first.done) throw new ImportFault('file_empty', `${file} is empty`)
  const header = first.value.record
  const indexes = new Map(
    shape.sources.flatMap((source) => {
      const mayLack = source.some((path) => optional.includes(path) || (source.length > 1 && header.includes(path)))
      return source.map((path) => [path, columnIndex({ file, hint }, header, path, mayLack)] as const)
    }),
  )
  return { columns: header, rows: rows(records, { header, indexes, shape }) }
}

/** Returns whether the parser is inside a quoted field. Its types do not declare that. */
const isQuoting = (parser: object): boolean =>
  'state' in parser && (parser.state as { quoting?: boolean }).quoting === true

const [quote, lineFeed, carriageReturn] = [0x22, 0x0a, 0x0d] as const

/**
 * Passes on bytes until a row has too many fields. The parser holds every field in memory, and its limit on the size of
 * a record does not count delimiters.
 */
async function* countingFields(
  bytes: AsyncIterable<Buffer>,
  { file, delimiter, skipped }: { readonly file: string; readonly delimiter: string; readonly skipped: number },
): AsyncGenerator<Buffer> {
  const separator = Buffer.from(delimiter).at(-1)
  let [line, fields, quoted, last] = [1 + skipped, 1, false, 0]
  let start = line
  for await (const chunk of bytes) {
    for (let index = 0; index < chunk.length; index++) {
      const byte = chunk[index] ?? 0
      if (byte === quote) quoted = !quoted
      else if (byte === separator) {
        if (!quoted && ++fields > maxFields) throw tooManyFields(file, start)
      } else if (byte === lineFeed || byte === carriageReturn) {
        if (byte === carriageReturn || last !== carriageReturn) line++
        if (!quoted) [start, fields] = [line, 1]
      }
      last = byte
    }
    yield chunk
  }
}

const tooManyFields = (file: string, line: number): Fault =>
  new ImportFault('row_too_long', `${file}, line ${line}: has more than ${maxFields.toLocaleString('en')} fields`)

/** A record with the line on which it begins. */
type NumberedRecord = { readonly line: number; readonly record: readonly string[] }

/** Yields the records that are not blank lines. */
async function* notBlank(records: AsyncIterable<NumberedRecord>): AsyncGenerator<NumberedRecord, undefined> {
  for await (const numbered of records) {
    const { record } = numbered
    if (record.length > 1 || record[0]?.trim() !== '') yield numbered
  }
  return undefined
}

/** Only quoted fields can contain line ends. */
function lineEndsIn(record: readonly string[]): number {
  let count = 0
  for (const field of record) {
    if (field.includes('\n') || field.includes('\r')) count += field.match(/\r\n|\n|\r/g)?.length ?? 0
  }
  return count
}

/** A file, and what to do if another delimiter separates its fields. */
type Place = { readonly file: string; readonly hint: string | undefined }

/** Returns the index of a column; -1 if it is optional and absent. */
function columnIndex({ file, hint }: Place, header: readonly string[], column: string, isOptional: boolean): number {
  const index = header.indexOf(column)
  if (index < 0) {
    if (isOptional) return index
    throw new ImportFault('column_missing', `${file} has no column ${column}`, {
      next: [`its columns are ${header.slice(0, 50).join(', ')}`, ...(hint === undefined ? [] : [hint])].join('; '),
    })
  }
  const again = header.indexOf(column, index + 1)
  if (again < 0) return index
  throw new ImportFault(
    'column_repeated',
    `${file} has the column ${column} twice, as columns ${index + 1} and ${again + 1}`,
  )
}

async function* rows(
  records: AsyncIterable<NumberedRecord>,
  table: { readonly header: readonly string[]; readonly indexes: ReadonlyMap<string, number>; readonly shape: Shape },
): AsyncGenerator<LogRow> {
  const { header, indexes, shape } = table
  for await (const { line, record } of records) {
    if (record.length !== header.length) {
      const fault = `has ${record.length} ${record.length === 1 ? 'field' : 'fields'} instead of ${header.length}`
      yield { row: line, values: [], original: record, fault }
      continue
    }
    const text = (path: string): string | undefined => record[indexes.get(path) ?? -1]
    yield* rowsOfRecord(shape, { text, unwind: () => undefined }, { row: line, original: record })
  }
}

/** Reports in one line where the file is broken: the beginning of the incomplete record. */
async function* broken(
  { file, hint }: Place,
  records: AsyncIterable<NumberedRecord>,
  at: () => { readonly line: number; readonly quoted: boolean },
): AsyncGenerator<NumberedRecord> {
  try {
    yield* records
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause
    const { line, quoted } = at()
    if (cause.code === 'CSV_MAX_RECORD_SIZE' && !quoted) throw tooLong(file, line, cause)
    const { column, index } = cause as CsvError & { column?: unknown; index?: number }
    const field = typeof column === 'string' ? column : index === undefined ? '' : `, field ${index + 1}`
    throw new ImportFault('csv_broken', `${file}, line ${line}${field}: ${reason(cause)}`, {
      cause,
      ...(hint !== undefined && { next: hint }),
    })
  }
}

function reason({ code, message }: CsvError): string {
  if (code === 'CSV_QUOTE_NOT_CLOSED') return 'a quote is opened and never closed'
  if (code === 'INVALID_OPENING_QUOTE') return 'a quote stands inside a field that does not begin with one'
  if (code === 'CSV_INVALID_CLOSING_QUOTE') return 'a quoted field goes on after its closing quote'
  if (code === 'CSV_MAX_RECORD_SIZE') return 'the row is longer than 16 MiB: a quote may not be closed'
  return message
}
