import type { Mapping } from '../mapping.ts'
import { mappedColumns } from '../mapping.ts'
import { timeReader } from '../read-row.ts'
import type { LogRecord, LogRow } from './log-row.ts'

type Values = readonly (string | undefined)[]

/** A row, and the record or the element of a record that it was made of. */
type ShapedRow = { readonly values: Values; readonly record: LogRecord }

/** The maximum of rows from a record, and of their characters in total. Repeated values count in each row. */
const maxRowsOfRecord = { rows: 100_000, characters: 256 * 1024 * 1024 } as const

/** The paths to read from a file, and the rows of its records. */
export type Shape = {
  /** The values to read, each with its possible paths. The first path with a value applies. */
  readonly sources: readonly (readonly string[])[]
  /** Returns the values of the columns for each row of a record; undefined if there are too many. */
  rows(record: LogRecord): readonly ShapedRow[] | undefined
}

/** Yields the log rows of a record. The original of a row from an element is that element. */
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

/** Returns a shape with one row per record. */
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

/** Returns the shape of a mapping: one row per record, or those of its `rows`, in the order of time. */
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

/** Adds the common columns and constants to a row. Those of the row itself take precedence. */
function withCommon(row: NonNullable<Mapping['rows']>[number], { columns, constants }: Mapping): RowShape {
  const ownCells = { ...row.columns, ...row.constants }
  const common = Object.fromEntries(Object.entries(constants ?? {}).filter(([name]) => !Object.hasOwn(ownCells, name)))
  return { ...row, columns: { ...columns, ...row.columns }, constants: { ...common, ...row.constants } }
}

type Cell = { readonly constant?: string | undefined; readonly paths?: readonly string[] | undefined }

/** A column that another row defines is empty in this one, even if the file has a column of that name. */
function cellOf({ columns, constants }: RowShape, column: string, made: ReadonlySet<string>): Cell {
  if (Object.hasOwn(constants, column)) return { constant: constants[column] }
  const source = Object.hasOwn(columns, column) ? columns[column] : undefined
  if (source !== undefined) return { paths: [source].flat() }
  return made.has(column) ? {} : { paths: [column] }
}

function* elementsOf(record: LogRecord, { unwind, skip = 0 }: RowShape): Generator<LogRecord> {
  if (unwind === undefined) return yield record
  let index = 0
  for (const element of record.unwind(unwind) ?? []) if (index++ >= skip) yield element
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
