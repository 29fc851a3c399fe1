import type { Actor, Desk, Instant, Outcome, Step } from '@guichet/domain'
import { days, hours, later } from '@guichet/domain'
import type { Agent } from './roster.ts'
import { agents, shiftsOf } from './roster.ts'
import type { SimulationPlan } from './simulation-plan.ts'

/** For how long before the end of a simulation its agents' shifts are told. */
const told = days(14)

type AgentStep = Step<Parameters<Desk['execute']>[2] & { readonly type: 'register' | 'setAvailability' }>

/**
 * Registers the agents of a made-up helpdesk as of its beginning, lets them come and go by their shifts, and has all of them
 * available at its end, so that whatever comes next is routed at any hour. Whoever the desk knows already is left alone.
 */
export async function registerStaff(
  desk: Desk,
  { start, end }: SimulationPlan,
  { id, by }: { readonly id: string; readonly by: Actor },
  timeZone: string,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  for (const agent of agents) {
    const { state } = await desk.read('agent', agent.id)
    if (state.status !== 'absent') continue
    const sender = { by, at: start, commandId: `${id}:agent:${agent.id}`, correlationId: id }
    outcomes.push(await desk.engine.executeTogether('agent', agent.id, life(agent, by, start, end, timeZone), sender))
  }
  return outcomes
}

function life(agent: Agent, by: Actor, start: Instant, end: Instant, timeZone: string): readonly AgentStep[] {
  const { id, name, level, centre, languages, skills, specialities, rating } = agent
  const profile = {
    name,
    level,
    centre,
    languages: [...languages],
    skills,
    specialities: [...specialities],
    rating,
    capacity: { ticket: 12 },
  }
  const own: Actor = { kind: 'agent', id, name }
  const says = (availability: 'available' | 'break' | 'offline', at: Instant): AgentStep => ({
    command: { type: 'setAvailability', availability },
    by: own,
    at,
  })
  const from = later(end, -told) > start ? later(end, -told) : start
  const shifts = [...shiftsOf(agent, from, end, timeZone)].flatMap((shift) => [
    says('available', shift.from),
    says('break', later(shift.from, hours(4))),
    says('available', later(shift.from, hours(5))),
    says('offline', shift.to),
  ])
  const past = shifts.filter(({ at }) => at !== undefined && at < end)
  return [{ command: { type: 'register', profile }, by, at: start }, ...past, says('available', end)]
}
