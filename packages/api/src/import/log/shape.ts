import type { Mapping } from '../mapping.ts'
import { mappedColumns } from '../mapping.ts'
import { timeReader } from '../read-row.ts'
import type { LogRecord, LogRow } from './log-row.ts'

type Values = readonly (string | undefined)[]

/** A row that a record becomes, and the record, or that element of it, which it was made of. */
type ShapedRow = { readonly values: Values; readonly record: LogRecord }

/** The most rows that a record becomes, and the most characters in them together: what all of them repeat counts in each. */
const maxRowsOfRecord = { rows: 100_000, characters: 256 * 1024 * 1024 } as const

/** What is read of a file, and what rows its records become. */
export type Shape = {
  /** What is read, each as the paths at which it may stand, the first that has a value counts. */
  readonly sources: readonly (readonly string[])[]
  /** The values of the wanted columns, for each row that a record becomes; undefined when there are too many. */
  rows(record: LogRecord): readonly ShapedRow[] | undefined
}

/** The rows of a log that a record becomes. One that was made of an element is shown as that element. */
export function* rowsOfRecord(
  shape: Shape,
  record: LogRecord,
  { row, original }: Pick<LogRow, 'row' | 'original'>,
): Generator<LogRow> {
  const shaped = shape.rows(record)
  if (!shaped) yield { row, values: [], original, fault: tooManyRows }
  for (const { values, record: of } of shaped ?? [])
    yield { row, values, original: of.element ? [of.element()] : original }
}

const tooManyRows = `becomes more than ${maxRowsOfRecord.rows.toLocaleString('en')} rows, or more than ${maxRowsOfRecord.characters / 1024 / 1024} MiB in rows`

/** Each record is one row with these columns. */
export function plainShape(columns: readonly string[]): Shape {
  return {
    sources: columns.map((column) => [column]),
    rows: (record) => [{ values: columns.map((column) => record.text(column)), record }],
  }
}

type RowShape = Pick<NonNullable<Mapping['rows']>[number], 'unwind' | 'skip' | 'if' | 'last'> & {
  readonly columns: NonNullable<Mapping['columns']>
  readonly constants: NonNullable<Mapping['constants']>
}

/** What a mapping makes of a record: one row, or those of its `rows`, in the order of their times. */
export function shapeOf(mapping: Mapping): Shape {
  const columns = mappedColumns(mapping)
  if (!mapping.rows && !mapping.columns && !mapping.constants) return plainShape(columns)
  const rows = (mapping.rows ?? [{}]).map((row) => withCommon(row, mapping))
  const missing = new Set(mapping.missing)
  const made = new Set(rows.flatMap((row) => [...Object.keys(row.columns), ...Object.keys(row.constants)]))
  const shapes = rows.map((row) => ({ row, cells: columns.map((column) => cellOf(row, column, made)) }))
  const conditions = rows.flatMap((row) => conditionsOf(row).map(({ column }) => [column]))
  const lists = rows.flatMap(({ unwind }) => (unwind === undefined ? [] : [[unwind]]))
  const readTime = timeReader(mapping)
  const time = columns.indexOf(mapping.time.column)
  const at = (values: Values): number => readTime({ row: 0, original: [], values })?.at ?? Number.NaN

  return {
    sources: [
      ...lists,
      ...shapes.flatMap(({ cells }) => cells.flatMap(({ paths }) => (paths ? [paths] : []))),
      ...conditions,
    ],
    rows: (record) => {
      const result: (ShapedRow & { readonly at: number; readonly last: boolean })[] = []
      let characters = 0
      for (const { row, cells } of shapes) {
        for (const each of elementsOf(record, row)) {
          if (!isMet(row, each, missing)) continue
          const values = cells.map(({ constant, paths = [] }) => constant ?? firstOf(each, paths, missing))
          for (const value of values) characters += value?.length ?? 0
          if (result.length >= maxRowsOfRecord.rows || characters > maxRowsOfRecord.characters) return undefined
          result.push({ values, record: each, at: at(values), last: row.last ?? false })
        }
      }
      const early = result.filter(({ last }) => !last)
      const inTime = early.some((row) => Number.isNaN(row.at)) ? early : early.toSorted((a, b) => a.at - b.at)
      const latest = inTime.at(-1)
      const notBefore = (row: (typeof result)[number]): ShapedRow =>
        latest && row.at < latest.at ? { ...row, values: row.values.with(time, latest.values[time]) } : row
      return [...inTime, ...result.filter(({ last }) => last).map(notBefore)]
    },
  }
}

/** What a row says itself goes before what holds for all of them. */
function withCommon(row: NonNullable<Mapping['rows']>[number], { columns, constants }: Mapping): RowShape {
  const own = { ...row.columns, ...row.constants }
  const common = Object.fromEntries(Object.entries(constants ?? {}).filter(([name]) => !Object.hasOwn(own, name)))
  return { ...row, columns: { ...columns, ...row.columns }, constants: { ...common, ...row.constants } }
}

type Cell = { readonly constant?: string | undefined; readonly paths?: readonly string[] | undefined }

/** A column that another row makes is empty in this one, whatever the file calls so. */
function cellOf({ columns, constants }: RowShape, column: string, made: ReadonlySet<string>): Cell {
  if (Object.hasOwn(constants, column)) return { constant: constants[column] }
  const source = Object.hasOwn(columns, column) ? columns[column] : undefined
  if (source !== undefined) return { paths: [source].flat() }
  return made.has(column) ? {} : { paths: [column] }
}

function* elementsOf(record: LogRecord, { unwind, skip = 0 }: RowShape): Generator<LogRecord> {
  if (unwind === undefined) return yield record
  let place = 0
  for (const element of record.unwind(unwind) ?? []) if (place++ >= skip) yield element
}

type Condition = Exclude<NonNullable<RowShape['if']>, string | readonly unknown[]>

const conditionsOf = ({ if: conditions = [] }: Pick<RowShape, 'if'>): readonly Condition[] =>
  [conditions].flat().map((condition) => (typeof condition === 'string' ? { column: condition } : condition))

function isMet(row: RowShape, record: LogRecord, missing: ReadonlySet<string>): boolean {
  return conditionsOf(row).every(({ column, is, not }) => {
    const value = firstOf(record, [column], missing)
    if (is !== undefined) return value !== undefined && is.includes(value)
    return not === undefined ? value !== undefined : value === undefined || !not.includes(value)
  })
}

function firstOf(record: LogRecord, paths: readonly string[], missing: ReadonlySet<string>): string | undefined {
  for (const path of paths) {
    const value = record.text(path)
    if (value !== undefined && !missing.has(value.trim())) return value
  }
  return undefined
}
