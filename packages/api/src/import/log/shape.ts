import type { Mapping } from '../mapping.ts'
import { mappedColumns } from '../mapping.ts'
import { timeReader } from '../read-row.ts'

/** One record of a file, by the paths of its values. */
export type LogRecord = {
  /** As text; lists and objects as JSON. Undefined when the record does not have it, or holds nothing there. */
  text(path: string): string | undefined
  /** The record once for each element of a list, which then stands in its place; undefined when there is no list. */
  unwind(path: string): readonly LogRecord[] | undefined
}

export type Values = readonly (string | undefined)[]

/** What is read of a file, and what rows its records become. */
export type Shape = {
  /** What is read, each as the paths at which it may stand, the first that has a value counts. */
  readonly sources: readonly (readonly string[])[]
  /** The values of the wanted columns, for each row that a record becomes. */
  rows(record: LogRecord): readonly Values[]
}

/** Each record is one row with these columns. */
export function plainShape(columns: readonly string[]): Shape {
  return {
    sources: columns.map((column) => [column]),
    rows: (record) => [columns.map((column) => record.text(column))],
  }
}

type RowShape = Pick<NonNullable<Mapping['rows']>[number], 'unwind' | 'skip' | 'if'> & {
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
  const conditions = rows.flatMap(({ if: condition }) =>
    condition === undefined ? [] : [[conditionOf(condition).column]],
  )
  const lists = rows.flatMap(({ unwind }) => (unwind === undefined ? [] : [[unwind]]))
  const readTime = timeReader(mapping)
  const at = (values: Values): number => readTime({ row: 0, original: [], values })?.at ?? Number.NaN

  return {
    sources: [
      ...lists,
      ...shapes.flatMap(({ cells }) => cells.flatMap(({ paths }) => (paths ? [paths] : []))),
      ...conditions,
    ],
    rows: (record) => {
      const result = shapes.flatMap(({ row, cells }) =>
        elementsOf(record, row)
          .filter((each) => isMet(row, each, missing))
          .map((each) => cells.map(({ constant, paths = [] }) => constant ?? firstOf(each, paths, missing))),
      )
      const times = new Map(result.map((values) => [values, at(values)]))
      const comparable = [...times.values()].every((time) => !Number.isNaN(time))
      return comparable ? result.toSorted((a, b) => (times.get(a) ?? 0) - (times.get(b) ?? 0)) : result
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

function elementsOf(record: LogRecord, { unwind, skip = 0 }: RowShape): readonly LogRecord[] {
  return unwind === undefined ? [record] : (record.unwind(unwind) ?? []).slice(skip)
}

type Condition = NonNullable<RowShape['if']>
const conditionOf = (condition: Condition): Exclude<Condition, string> =>
  typeof condition === 'string' ? { column: condition } : condition

function isMet({ if: condition }: RowShape, record: LogRecord, missing: ReadonlySet<string>): boolean {
  if (condition === undefined) return true
  const { column, is, not } = conditionOf(condition)
  const value = firstOf(record, [column], missing)
  if (is !== undefined) return value !== undefined && is.includes(value)
  return not === undefined ? value !== undefined : value === undefined || !not.includes(value)
}

function firstOf(record: LogRecord, paths: readonly string[], missing: ReadonlySet<string>): string | undefined {
  for (const path of paths) {
    const value = record.text(path)
    if (value !== undefined && !missing.has(value.trim())) return value
  }
  return undefined
}
