import { createTestDatabase } from '@guichet/eventstore/testing'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { migrateProjections } from './migrate.ts'

let pool: pg.Pool
let drop: () => Promise<void>
beforeAll(async () => {
  const database = await createTestDatabase()
  pool = new pg.Pool({ connectionString: database.url })
  drop = async () => {
    await pool.end()
    await database.drop()
  }
})
afterAll(() => drop())

/** The catalogue's description of the schema: columns, constraints, indexes and functions, one per line. */
const catalogue = `
  select format('column %s.%s %s%s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
      case when a.attnotnull then ' not null' else '' end, ' default ' || pg_get_expr(d.adbin, d.adrelid)) as line,
    c.relname as owner, 1 as kind, lpad(a.attnum::text, 4) collate "C" as rank
  from pg_attribute a join pg_class c on c.oid = a.attrelid
  left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
  where c.relnamespace = 'guichet_projections'::regnamespace and c.relkind = 'r' and a.attnum > 0
  union all
  select format('constraint %s %s', conname, pg_get_constraintdef(oid)), conrelid::regclass::text, 2, conname::text
  from pg_constraint where connamespace = 'guichet_projections'::regnamespace and contype <> 'n'
  union all
  select indexdef, tablename, 3, indexname::text from pg_indexes where schemaname = 'guichet_projections'
  union all
  select pg_get_functiondef(oid), '', 4, proname || pg_get_function_identity_arguments(oid) from pg_proc where pronamespace = 'guichet_projections'::regnamespace
  order by kind, owner, rank`

it('creates the committed schema, also when several processes migrate concurrently', async () => {
  await Promise.all(Array.from({ length: 6 }, () => migrateProjections(pool)))
  await migrateProjections(pool)
  const { rows } = await pool.query<{ line: string }>(catalogue)
  await expect(`${rows.map(({ line }) => line.trim()).join('\n')}\n`).toMatchFileSnapshot('schema.sql.snapshot')
})

it('refuses a schema that is newer than the program', async () => {
  await pool.query(`insert into guichet_projections.migrations (part, version) values ('projections', 999)`)
  await expect(migrateProjections(pool)).rejects.toThrow('version 999')
})
