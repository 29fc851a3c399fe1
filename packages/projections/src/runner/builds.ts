import type { Projection } from './projection.ts'
import type { Rebuild } from './rebuild.ts'
import { rebuildProjection } from './rebuild.ts'

/** The rebuilds of one process: at most one of a projection at a time. */
export type Builds = {
  /** Answers false when a rebuild of the projection is under way, here or elsewhere. */
  run(projection: Projection, how: Manner): Promise<boolean>
  /** Resolves when all that are under way have ended. */
  ended(): Promise<void>
}

type Manner = Pick<Rebuild, 'leftover' | 'whenFailed' | 'onEvents' | 'signal'>

/** `onEnd` is called after each rebuild, when the live generation may be another. */
export function createBuilds(means: Omit<Rebuild, 'projection' | keyof Manner>, onEnd: (name: string) => void): Builds {
  const underWay = new Map<string, Promise<boolean>>()
  return {
    async run(projection, how) {
      if (underWay.has(projection.name)) return false
      const work = rebuildProjection({ ...means, ...how, projection })
      underWay.set(projection.name, work)
      try {
        return await work
      } finally {
        underWay.delete(projection.name)
        onEnd(projection.name)
      }
    },
    ended: async () => void (await Promise.allSettled(underWay.values())),
  }
}
