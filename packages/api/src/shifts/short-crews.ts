import type { Agent, Desk, Instant, ShortCrew } from '@guichet/domain'
import { planAt, shortCrewsAt } from '@guichet/domain'
import type { Page, ReadModels } from '@guichet/projections'

const pageSize = 500

/** The crews on shift of which fewer are at work than the configuration asks for; agents are looked at only where it asks for any. */
export async function shortCrews(
  { timeline }: Pick<Desk, 'timeline'>,
  routing: () => Promise<ReadModels['routing']>,
  at: Instant,
): Promise<readonly ShortCrew[]> {
  const plan = planAt(timeline, at)
  if (!plan?.crews.some(({ minimumCrew }) => minimumCrew !== undefined)) return []
  return shortCrewsAt(plan, await allAgents(await routing()), at)
}

async function allAgents(routing: ReadModels['routing']): Promise<readonly Agent[]> {
  const agents: Agent[] = []
  let page: Page = { limit: pageSize }
  for (;;) {
    const { rows, hasNext } = await routing.agents({}, page)
    agents.push(...rows.map(({ row }) => row.agent))
    const after = rows.at(-1)?.keyset
    if (!hasNext || after === undefined) return agents
    page = { limit: pageSize, after }
  }
}
