import { later, days } from '@guichet/domain'
import { simulate } from '../simulate/simulate.ts'
import type { Simulated } from '../simulate/simulate.ts'
import { fullHour } from '../simulate/arrivals.ts'
import { caughtUp } from '../engine/caught-up.ts'
import type { Engine } from '../engine/engine.ts'
import { now } from '../engine/engine.ts'

/**
 * Gives an empty store a small helpdesk of the last two weeks to look at.
 * @returns undefined when there is history already.
 */
export async function fillEmptyStore(
  { desk, store, runner }: Pick<Engine, 'desk' | 'store' | 'runner'>,
  signal?: AbortSignal,
): Promise<Simulated | undefined> {
  if ((await store.head()) !== undefined) return undefined
  const end = fullHour(now())
  const simulated = await simulate(
    desk,
    { tickets: 150, seed: 'sample', start: later(end, -days(14)), end },
    { ...(signal && { signal }) },
  )
  await caughtUp(runner, { ...simulated, ...(signal && { signal }) })
  return simulated
}
