import { createHash } from 'node:crypto'
import type { MemoryEvent } from '@guichet/domain'
import { decodeEvent, guichetEvents } from '@guichet/domain'
import { schemaOf } from '../runner/generation.ts'
import type { Projection } from '../runner/projection.ts'
import type { ProjectionHarness } from './harness.ts'
import { createProjectionHarness } from './harness.ts'

/** An event as it is stored: an entry of the log of an in-memory store, or a line of a file. */
export type SampleEvent = Pick<MemoryEvent, 'stream' | 'stored'> & Partial<Pick<MemoryEvent, 'correlationId'>>

/** Fingerprints of read models, made by projecting a sample history: hashes that change when their contents do. */
export type Fingerprints = {
  /** The number of events in the history. */
  readonly events: number
  readonly history: string
  readonly models: Readonly<Record<string, ModelFingerprint>>
}

type ModelFingerprint = {
  readonly version: number
  /** By table: its columns, constraints and indexes, and its rows at the end of the history. */
  readonly tables: Readonly<Record<string, { readonly definition: string; readonly rows: string }>>
}

/**
 * Projects a history with a runner, in a database of its own, and takes the fingerprints of what each read model has
 * written. Needs the Postgres of the test run.
 */
export async function fingerprintsOf(
  projections: readonly Projection[],
  history: readonly SampleEvent[],
): Promise<Fingerprints> {
  const harness = await createProjectionHarness(projections)
  try {
    await harness.pool.query(`alter database ${new URL(harness.url).pathname.slice(1)} set timezone to 'UTC'`)
    for (const [index, { stream, stored, correlationId }] of history.entries()) {
      const events = [decodeEvent(guichetEvents, stored)]
      await harness.store.append({ stream, expectedVersion: 'any', commandId: `${index}`, correlationId, events })
    }
    await harness.runner.start()
    await harness.runner.caughtUp()
    for (const { name, error } of await harness.runner.status())
      if (error) throw new Error(`${name} stopped at event ${error.eventId}: ${error.message}`)
    const models = []
    for (const projection of projections) models.push([projection.name, await fingerprintOf(harness, projection)])
    return { events: history.length, history: hash(history), models: Object.fromEntries(models) }
  } finally {
    await harness.drop()
  }
}

async function fingerprintOf({ pool }: ProjectionHarness, projection: Projection): Promise<ModelFingerprint> {
  const schema = schemaOf({ projection: projection.name, generation: 1 })
  const { rows } = await pool.query<{ name: string; definition: readonly string[] }>(catalogue, [schema])
  const tables = rows.map(async ({ name, definition }) => {
    const written = await pool.query<{ row: unknown }>(
      `select to_jsonb(t) as row from ${schema}.${name} t order by to_jsonb(t)::text collate "C"`,
    )
    return [name, { definition: hash(definition), rows: hash(written.rows) }] as const
  })
  return { version: projection.version, tables: Object.fromEntries(await Promise.all(tables)) }
}

/** The tables of a schema, each described by a line for each column, constraint and index. */
const catalogue = `
  select c.relname as name, array(
    select format('%s %s%s %s', a.attname, format_type(a.atttypid, a.atttypmod),
        case when a.attnotnull then ' not null' else '' end, pg_get_expr(d.adbin, d.adrelid))
    from pg_attribute a left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    where a.attrelid = c.oid and a.attnum > 0 order by a.attnum
  ) || array(
    select pg_get_constraintdef(oid) as line from pg_constraint where conrelid = c.oid and contype <> 'n' order by line
  ) || array(
    select replace(pg_get_indexdef(indexrelid), c.relname, '') as line
    from pg_index where indrelid = c.oid order by line
  ) as definition
  from pg_class c where c.relnamespace = $1::regnamespace and c.relkind = 'r' order by c.relname collate "C"`

const hash = (contents: unknown): string =>
  createHash('sha256').update(JSON.stringify(contents)).digest('hex').slice(0, 16)

/**
 * Compares fingerprints with those on record of the same history.
 * @returns a sentence for each table that has changed while its read model has kept its version. Databases in use would
 * keep the old table: a read model is rebuilt when its version changes.
 */
export function unraisedVersions(recorded: Fingerprints, found: Fingerprints): readonly string[] {
  if (recorded.history !== found.history) {
    const advice = `add events behind the recorded ${recorded.events}, and change none of them`
    return [`the history of the record is another one: ${advice}`]
  }
  return Object.entries(found.models).flatMap(([name, { version, tables }]) => {
    const before = recorded.models[name]
    if (!before || version > before.version) return []
    if (version < before.version) return [`${name}: version ${version} after version ${before.version}`]
    return [...new Set([...Object.keys(before.tables), ...Object.keys(tables)])].flatMap((table) => {
      const [was, is] = [before.tables[table], tables[table]]
      const changes = [
        ...(was?.definition === is?.definition ? [] : ['another definition']),
        ...(was?.rows === is?.rows ? [] : ['other rows']),
      ]
      return changes.map((change) => `${name}: ${change} of ${table} under version ${version}, which has to be raised`)
    })
  })
}
