import { afterEach, describe } from 'vitest'
import { accidents } from './accidents.ts'
import { bulk } from './bulk.ts'
import { changes } from './changes.ts'
import { configurations } from './configurations.ts'
import { crowds } from './crowds.ts'
import { delays } from './delays.ts'
import { incidents } from './incidents.ts'
import type { MakeEngine, Scene, Settings } from './scene.ts'
import { openScene } from './scene.ts'
import { shifts } from './shifts.ts'
import { steps } from './steps.ts'

/** A part of the contract: registers its tests, which open scenes while they run. */
export type Clause = (open: (settings?: Settings) => Promise<Scene>) => void

const clauses: readonly Clause[] = [steps, delays, changes, configurations, incidents, shifts, crowds, accidents]

/**
 * Registers, with vitest, the tests that every implementation of the port ClockEngine passes; `many` are more clocks than it sets
 * within two seconds.
 */
export function clockContract(name: string, makeEngine: MakeEngine, many = 2_000): void {
  describe(`${name} honours the contract of clocks`, () => {
    const scenes: Scene[] = []
    const open = async (settings?: Settings): Promise<Scene> => {
      const scene = await openScene(makeEngine, settings)
      scenes.push(scene)
      return scene
    }

    afterEach(async () => {
      for (const scene of scenes.splice(0)) await scene.dispose()
    })

    for (const clause of [...clauses, bulk(many)]) clause(open)
  })
}
