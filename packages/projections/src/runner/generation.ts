import pg from 'pg'
import type { EventEnvelope, Position } from '@guichet/domain'
import type { LastEvent } from '@guichet/eventstore'
import { lastEventOf } from '@guichet/eventstore'
import type { ProjectionError } from './failure.ts'
import type { Projection } from './projection.ts'
import type { Session } from './session.ts'

/** One set of a projection's tables, in a schema of its own. */
export type Generation = {
  readonly projection: string
  readonly generation: number
  readonly version: number
  readonly basis: string
  readonly role: 'building' | 'serving' | 'retired'
  /** The position of the last event in its rows; undefined before the first. */
  readonly position: Position | undefined
  /** The event there; of another position after a program that does not record it has moved the checkpoint. */
  readonly lastEvent: LastEvent | undefined
  /** The number of events in its rows. */
  readonly events: number
  /** True once it has the indexes that readers need. */
  readonly indexed: boolean
  readonly error: ProjectionError | undefined
  /** The owner of its lease; null or an expired lease means that no process moves it. */
  readonly owner: string | undefined
}

/** A row of `guichet_projections.generations` as the driver returns it; `position` and `events` are bigints, as texts. */
export type GenerationRow = {
  projection: string
  generation: number
  version: number
  basis: string
  role: Generation['role']
  position: string | null
  last_event: LastEvent | null
  events: string
  indexed: boolean
  error: ProjectionError | null
  owner: string | null
}

/** What a query on `guichet_projections.generations` as `g` selects for `toGeneration`. */
export const generationColumns =
  'g.projection, g.generation, g.version, g.basis, g.role, g.position, g.last_event, g.events::text as events, g.indexed, g.error, g.owner'

/**
 * SQL that says whether no living process holds the lease on the generation `g`. The server looks its backend up by number:
 * the view of all activity costs a claim of seventeen generations milliseconds.
 */
export const isFree = `(g.owner is null or g.leased_until < clock_timestamp() or g.owner_backend is null or not exists (
  select from pg_stat_get_activity(g.owner_backend) a where a.backend_start is null or a.backend_start = g.owner_since))`

/** Converts a row of `generationColumns` to a generation: `null` becomes undefined, the count of events a number. */
export function toGeneration({ last_event: lastEvent, ...row }: GenerationRow): Generation {
  return {
    ...row,
    lastEvent: lastEvent ?? undefined,
    position: (row.position ?? undefined) as Position | undefined,
    events: Number(row.events),
    error: row.error ?? undefined,
    owner: row.owner ?? undefined,
  }
}

/** Whether a generation holds what this program's projection would write: same version, same basis. */
export const fits = (
  { version, basis }: Pick<Generation, 'version' | 'basis'>,
  projection: Pick<Projection, 'version' | 'basis'>,
): boolean => version === projection.version && basis === basisOf(projection)

/** What the rows of a projection depend on besides its version; empty if it names nothing. */
export const basisOf = ({ basis = '' }: Pick<Projection, 'basis'>): string => basis

/** The Postgres schema of a generation. */
export const schemaOf = ({ projection, generation }: Pick<Generation, 'projection' | 'generation'>): string =>
  `rm_${projection}_${generation}`

/** The search path for writing generations: their own tables first, then `public` for extensions. */
export const searchPathOf = (generations: readonly Pick<Generation, 'projection' | 'generation'>[]): string =>
  [...generations.map(schemaOf), 'public'].join(', ')

const name = /^[a-z][a-z0-9_]{0,39}$/

/**
 * Checks that names fit into schemas and views and that none is duplicate: several projections are written under one
 * search path, and their views share a schema.
 * @throws RangeError that names the problem.
 */
export function assertDistinct(projections: readonly Projection[]): void {
  const seen = new Set<string>()
  for (const projection of projections) {
    for (const each of [projection.name, ...projection.tables]) {
      if (!name.test(each)) throw new RangeError(`not a name of lower-case letters, digits and underscores: ${each}`)
    }
    for (const key of [`projection ${projection.name}`, ...projection.tables.map((table) => `table ${table}`)]) {
      if (seen.has(key)) throw new RangeError(`${key} is there twice`)
      seen.add(key)
    }
  }
}

/** The statement that moves checkpoints, all from one position to another; fails unless it moves every one. */
export function advanceStatement(
  moving: readonly Pick<Generation, 'projection' | 'generation'>[],
  move: {
    readonly owner: string
    readonly from: Position | undefined
    readonly to: EventEnvelope
    readonly events: number
  },
): string {
  const names = moving.map(({ projection }) => `'${projection}'`).join(', ')
  const numbers = moving.map(({ generation }) => String(generation)).join(', ')
  const from = move.from === undefined ? 'null' : pg.escapeLiteral(move.from)
  return `select guichet_projections.advance(array[${names}], array[${numbers}], ${pg.escapeLiteral(move.owner)}, ${from}, ${pg.escapeLiteral(move.to.position)}, ${move.events}, ${pg.escapeLiteral(JSON.stringify(lastEventOf(move.to)))})`
}

/** Points the views of readers at this generation, within the transaction under way. */
export async function showGeneration(
  session: Session,
  projection: Projection,
  generation: Pick<Generation, 'projection' | 'generation'>,
): Promise<void> {
  const schema = schemaOf(generation)
  await session.query(
    projection.tables
      .map(
        (table) => `drop view if exists guichet_read.${table};
          create view guichet_read.${table} as select * from ${schema}.${table}`,
      )
      .join(';\n'),
  )
}
