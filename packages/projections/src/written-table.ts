import type { RawBuilder, Transaction } from 'kysely'
import { sql } from 'kysely'
import type { Projection } from './runner/projection.ts'

type Rows = readonly object[]
type Sql = RawBuilder<unknown>

/** How a write differs from its rows, which are called `r`, where columns depend on what is stored. */
type Deviations = {
  /** What is inserted into a column, instead of the value of the row. */
  readonly values?: Readonly<Record<string, Sql>>
  /** What a column of a stored row becomes, instead of the inserted value, which is in `excluded`. */
  readonly updates?: Readonly<Record<string, Sql>>
  /** The beginning of the statement, up to the comma behind its last common table expression. */
  readonly beginning?: Sql
  /** What is joined to the rows. */
  readonly joined?: Sql
}

type Storage = {
  /** How full its pages are written, in per cent: less than all leaves room to update rows in their page. */
  readonly fillfactor?: number
  /** The indexes that only readers need, each as `create` takes it. */
  readonly indexes?: readonly string[]
}

/** A table of a projection. The rows of a batch are written in one statement; a missing value is null. */
export type WrittenTable = {
  readonly name: string
  /** The names of its columns, in order. */
  readonly columns: readonly string[]
  create(tx: Transaction<unknown>): Promise<void>
  /** Creates the indexes that only readers need, and analyses the table. */
  createIndexes(tx: Transaction<unknown>): Promise<void>
  /** Inserts rows with new keys. */
  insert(tx: Transaction<unknown>, rows: Rows, deviations?: Deviations): Promise<void>
  /** Inserts rows, replacing those with the same keys. */
  replace(tx: Transaction<unknown>, rows: Rows, deviations?: Deviations): Promise<void>
  /** Adds the numbers of rows to those of the rows with their keys. */
  add(tx: Transaction<unknown>, rows: Rows): Promise<void>
}

/**
 * Defines a table once, for its creation and for all writes.
 * @param definition its columns as `create table` takes them, such as `id text primary key, at timestamptz not null`.
 * Rows, which have the same names, can only be inserted into a table without a primary key.
 */
export function writtenTable(
  name: string,
  definition: string,
  { fillfactor = 100, indexes = [] }: Storage = {},
): WrittenTable {
  const table = sql.table(name)
  const parts = definition.split(/,(?![^(]{0,200}\))/).map((part) => part.trim())
  const columns = parts.filter((part) => !part.startsWith('primary key'))
  const names = columns.map(nameOf)
  const keys = keysOf(parts)
  const others = names.filter((column) => !keys.includes(column))
  const typed = sql.join(columns.map((part) => sql`${sql.id(nameOf(part))} ${sql.raw(part.split(/\s+/)[1] ?? '')}`))

  const write = async (
    tx: Transaction<unknown>,
    rows: Rows,
    { values = {}, beginning = sql``, joined = sql`` }: Deviations,
    end: Sql,
  ): Promise<void> => {
    if (rows.length === 0) return
    await sql`
      ${beginning} insert into ${table} (${listed(names)})
      select ${sql.join(names.map((column) => values[column] ?? sql.ref(`r.${column}`)))}
      from json_to_recordset(${JSON.stringify(rows)}::json) as r (${typed}) ${joined} ${end}`.execute(tx)
  }
  const onConflict = (updates: Readonly<Record<string, Sql>> = {}): Sql => {
    const set = others.map((column) => sql`${sql.id(column)} = ${updates[column] ?? sql.ref(`excluded.${column}`)}`)
    return sql`on conflict (${listed(keys)}) do update set ${sql.join(set)}`
  }
  const each = (value: (column: string) => Sql) => Object.fromEntries(others.map((column) => [column, value(column)]))
  const replacing = onConflict()
  const sums = {
    values: each((column) => sql`coalesce(${sql.ref(`r.${column}`)}, 0)`),
    updates: each((column) => sql`${sql.ref(`${name}.${column}`)} + ${sql.ref(`excluded.${column}`)}`),
  }
  const adding = onConflict(sums.updates)
  return {
    name,
    columns: names,
    create: async (tx) => {
      await sql`create table ${table} (${sql.raw(definition)}) with (fillfactor = ${sql.lit(fillfactor)})`.execute(tx)
    },
    createIndexes: async (tx) => {
      for (const index of indexes) await sql`create ${sql.raw(index)}`.execute(tx)
      await sql`analyze ${table}`.execute(tx)
    },
    insert: (tx, rows, deviations = {}) => write(tx, rows, deviations, sql``),
    replace: (tx, rows, deviations = {}) =>
      write(tx, rows, deviations, deviations.updates ? onConflict(deviations.updates) : replacing),
    add: (tx, rows) => write(tx, rows, sums, adding),
  }
}

/** The part of a projection that names its tables and creates them, with their indexes. */
export const tablesOf = (
  ...tables: readonly WrittenTable[]
): Pick<Projection, 'tables' | 'createTables' | 'createIndexes'> => ({
  tables: tables.map(({ name }) => name),
  createTables: async (tx) => {
    for (const table of tables) await table.create(tx)
  },
  createIndexes: async (tx) => {
    for (const table of tables) await table.createIndexes(tx)
  },
})

const nameOf = (part: string): string => part.split(/\s+/)[0] ?? ''

const listed = (columns: readonly string[]): Sql => sql.join(columns.map((column) => sql.id(column)))

/** The columns of the primary key, which one column declares, or a part of its own. */
const keysOf = (parts: readonly string[]): readonly string[] =>
  parts.flatMap((part) => {
    const [, together] = /^primary key \((.*)\)$/.exec(part) ?? []
    return together?.split(/,\s*/) ?? (part.includes('primary key') ? [nameOf(part)] : [])
  })
