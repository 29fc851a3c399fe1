import type { Follower } from './follower.ts'
import type { Generation } from './generation.ts'
import { fits } from './generation.ts'
import type { Projection } from './projection.ts'
import type { Standing } from './standings.ts'

/** How a projection stands, by its generations in the database, for the runner that calls itself `owner`. */
export function standingOf(projection: Projection, generations: readonly Generation[], owner?: string): Standing {
  const own = generations.filter(({ projection: name }) => name === projection.name)
  const serving = own.find(({ role }) => role === 'serving')
  if (serving && fits(serving, projection)) {
    if (serving.error) return { kind: 'idle' }
    const { position, events } = serving
    return { kind: serving.owner !== undefined && serving.owner === owner ? 'own' : 'foreign', position, events }
  }
  const building = own.find((each) => each.role === 'building' && fits(each, projection))
  if (building) return building.error ? { kind: 'idle' } : { kind: 'building', events: building.events }
  return serving ? { kind: 'idle' } : { kind: 'foreign', position: undefined, events: 0 }
}

/** The generations that a runner is to move; what it was suspecting of the same generation stays suspected. */
export function followersOf(
  projections: readonly Projection[],
  generations: readonly Generation[],
  owner: string,
  before: readonly Follower[],
): readonly Follower[] {
  return projections.flatMap((projection) => {
    const serving = generations.find(
      (each) => each.projection === projection.name && each.role === 'serving' && fits(each, projection),
    )
    if (!serving || serving.owner !== owner || serving.error) return []
    const { generation, position, events } = serving
    const known = before.find((each) => each.projection === projection && each.generation === generation)
    return [{ projection, generation, position, events, suspicion: known?.suspicion }]
  })
}
