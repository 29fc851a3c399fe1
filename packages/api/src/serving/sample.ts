import type { Desk, ImportEvent, Instant, StreamName } from '@guichet/domain'
import { days, later, parseStream, simulationActor } from '@guichet/domain'
import { caughtUp } from '../engine/caught-up.ts'
import type { Engine } from '../engine/engine.ts'
import { now } from '../engine/engine.ts'
import { Fault } from '../fault/fault.ts'
import { retryWhileAway } from '../sending/retry-while-away.ts'
import { fullHour } from '../simulate/arrivals.ts'
import type { Simulated } from '../simulate/simulate.ts'
import { simulate } from '../simulate/simulate.ts'
import type { SimulationPlan } from '../simulate/simulation-plan.ts'
import { simulationId } from '../simulate/simulation-plan.ts'

/**
 * Gives an empty store a small helpdesk of the last two weeks to look at, and waits for the read models to show it, where `shown`; one
 * that was broken off is completed.
 * @returns undefined when there is other history already.
 */
export async function fillEmptyStore(
  { desk, runner }: Pick<Engine, 'desk' | 'runner'>,
  shown = true,
  signal?: AbortSignal,
): Promise<Simulated | undefined> {
  const simulated = await retryWhileAway(() => fillDesk(desk, fullHour(now()), signal), { signal })
  if (!simulated || !shown) return simulated
  await retryWhileAway(() => caughtUp(runner, { ...simulated, ...(signal && { signal }) }), { signal })
  return simulated
}

/** As `fillEmptyStore`, with a sample that ends at `end` if it is begun now; read models may not show it yet. */
export async function fillDesk(desk: Desk, end: Instant, signal?: AbortSignal): Promise<Simulated | undefined> {
  const [first] = await desk.store.readAll({ limit: 1 })
  if (!first) return simulate(desk, sampleUntil(end), { ...(signal && { signal }) })
  const plan = await brokenOff(desk, first.stream, first.event as ImportEvent)
  if (!plan) return undefined
  try {
    return await simulate(desk, plan, { ...(signal && { signal }) })
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    await desk.engine.execute('import', simulationId(plan), { type: 'abandon' }, { by: simulationActor })
    return undefined
  }
}

/** Whether the first thing that happened on a desk was a sample. */
export async function isMadeUp({ store }: Desk): Promise<boolean> {
  const [first] = await store.readAll({ limit: 1 })
  return first !== undefined && planBegun(first.stream, first.event as ImportEvent) !== undefined
}

/** The plan of a sample that was begun as the first thing of all, and is not complete. */
async function brokenOff(desk: Desk, stream: StreamName, begun: ImportEvent): Promise<SimulationPlan | undefined> {
  const plan = planBegun(stream, begun)
  return plan && (await desk.read('import', simulationId(plan))).state.status === 'running' ? plan : undefined
}

/** The plan of the sample that an event has begun, if it is such an event. */
function planBegun(stream: StreamName, begun: ImportEvent): SimulationPlan | undefined {
  if (begun.type !== 'ImportStarted') return undefined
  const { category, id } = parseStream(stream)
  const plan = sampleUntil(later(begun.at, length))
  return category === 'import' && id === simulationId(plan) ? plan : undefined
}

const length = days(14)

const sampleUntil = (end: Instant): SimulationPlan => ({
  tickets: 150,
  seed: 'sample',
  start: later(end, -length),
  end,
})
