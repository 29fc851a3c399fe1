import type { Generation } from './generation.ts'
import { schemaOf } from './generation.ts'
import type { Projection } from './projection.ts'
import type { Session } from './session.ts'

/** Lets readers see this generation, within the transaction under way. */
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
