import { createHash } from 'node:crypto'
import { setImmediate as breath } from 'node:timers/promises'
import type { Instant } from '@guichet/domain'
import { termsAt } from '@guichet/domain'
import { arrivals } from './arrivals.ts'
import type { CaseSetting } from './case.ts'
import { createChance } from './chance.ts'
import { customer } from './customers.ts'
import { ticketsOfOutage } from './outage.ts'
import { phrases } from './phrases/phrases.ts'
import type { Story } from './stories.ts'
import { tellStory } from './stories.ts'

/** What a made-up helpdesk is made of: equal plans give equal histories. */
export type SimulationPlan = {
  readonly tickets: number
  readonly seed: string
  readonly start: Instant
  readonly end: Instant
}

/** The id of a simulation, the same for equal plans. */
export function simulationId({ tickets, seed, start, end }: SimulationPlan): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([tickets, seed, start, end]))
    .digest('hex')
  return `simulation-${hash.slice(0, 10)}`
}

/** What the ids of a simulation's tickets and commands begin with. */
export const prefixOf = (plan: SimulationPlan): string => simulationId(plan).replace('simulation', 'sim')

/** The cases of a simulation by their arrival; with its outage they open as many tickets as the plan says. */
export async function* planCases(
  plan: SimulationPlan,
  terms: Pick<CaseSetting, 'aggregate' | 'timeline'>,
  signal?: AbortSignal,
): AsyncGenerator<CaseSetting> {
  const { tickets, seed, start, end } = plan
  const prefix = prefixOf(plan)
  const customers = Math.max(1, Math.ceil(tickets / 3))
  const count = await countCases(plan, customers, signal)
  const { timeZone } = termsAt(terms.timeline, start).policy
  let left = tickets - ticketsOfOutage(plan)
  for (const [number, arrival] of arrivals(count, { start, end, timeZone }, createChance(seed, 'arrivals')).entries()) {
    const made = makeCase(plan, number, customers, left)
    left -= made.story.tickets
    yield { prefix: `${prefix}-${number + 1}`, arrival, end, timeZone, ...made, ...terms }
  }
}

function makeCase({ seed }: SimulationPlan, number: number, customers: number, ticketsLeft: number) {
  const chance = createChance(seed, 'case', number)
  const writer = customer(seed, chance.whole(1, customers))
  const story: Story = tellStory(phrases[writer.language], chance, ticketsLeft)
  return { customer: writer, story, chance }
}

/** Takes a breath now and then, so that signals are heard meanwhile. */
async function countCases(plan: SimulationPlan, customers: number, signal?: AbortSignal): Promise<number> {
  let left = plan.tickets - ticketsOfOutage(plan)
  let count = 0
  while (left > 0) {
    left -= makeCase(plan, count++, customers, left).story.tickets
    if (count % 500 > 0) continue
    await breath()
    signal?.throwIfAborted()
  }
  return count
}
