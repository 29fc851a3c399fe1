import type { RawBuilder, Transaction } from 'kysely'
import { sql } from 'kysely'

type Rows = readonly object[]

/** A table of a projection. The rows of a batch are written in one statement; a missing value is null. */
export type WrittenTable = {
  /** Inserts rows with new keys. */
  insert(tx: Transaction<unknown>, rows: Rows): Promise<void>
  /** Inserts rows, replacing those with the same keys. */
  replace(tx: Transaction<unknown>, rows: Rows): Promise<void>
  /** Adds the numbers of rows to those of the rows with their keys. */
  add(tx: Transaction<unknown>, rows: Rows): Promise<void>
}

/**
 * Defines the columns of a table once for all writes.
 * @param key the columns of the key with their types, such as `id text`; rows and table use the same names.
 * @param values the other columns, likewise.
 */
export function writtenTable(name: string, key: string, values: string): WrittenTable {
  const table = sql.table(name)
  const keys = columnsOf(key)
  const others = columnsOf(values)
  const all = [...keys, ...others]
  const names = joined(all, ({ column }) => column)
  const typed = joined(all, ({ column, type }) => sql`${column} ${type}`)
  const summed = joined(all, (each) => (keys.includes(each) ? each.column : sql`coalesce(${each.column}, 0)`))
  const onConflict = (update: (column: Column) => RawBuilder<unknown>) =>
    sql`on conflict (${joined(keys, ({ column }) => column)}) do update set ${joined(others, update)}`
  const replaces = onConflict(({ column }) => sql`${column} = excluded.${column}`)
  const adds = onConflict(({ column }) => sql`${column} = ${table}.${column} + excluded.${column}`)

  const write = async (tx: Transaction<unknown>, rows: Rows, selected: Sql, end: Sql): Promise<void> => {
    if (rows.length === 0) return
    await sql`
      insert into ${table} (${names})
      select ${selected} from json_to_recordset(${JSON.stringify(rows)}::json) as r (${typed}) ${end}`.execute(tx)
  }
  return {
    insert: (tx, rows) => write(tx, rows, names, sql``),
    replace: (tx, rows) => write(tx, rows, names, replaces),
    add: (tx, rows) => write(tx, rows, summed, adds),
  }
}

type Sql = RawBuilder<unknown>
type Column = { readonly column: Sql; readonly type: Sql }

const columnsOf = (columns: string): readonly Column[] =>
  columns.split(',').map((each) => {
    const [name = '', type = ''] = each.trim().split(/\s+/)
    return { column: sql.id(name), type: sql.raw(type) }
  })

const joined = (columns: readonly Column[], shown: (column: Column) => Sql): Sql => sql.join(columns.map(shown))
