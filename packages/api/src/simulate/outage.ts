import type { Actor, Desk, IncidentCommandInput, Instant, Outcome, TicketCommandInput } from '@guichet/domain'
import { declareIncident, hours, later, minutes } from '@guichet/domain'
import { regular } from './customers.ts'
import { phrases } from './phrases/phrases.ts'
import { agents } from './roster.ts'
import type { SimulationPlan } from './simulation-plan.ts'

/** From how many tickets on a made-up helpdesk has an incident, which takes one of them. */
const fewest = 50

/** How many tickets the incident of a simulation opens. */
export const ticketsOfOutage = ({ tickets }: Pick<SimulationPlan, 'tickets'>): number => (tickets < fewest ? 0 : 1)

/**
 * The critical incident of a made-up helpdesk, on its last day: declared, taken on, a war room, updates in time, resolved within
 * two hours; its post-mortem is still to be written.
 * @param prefix what the ids begin with.
 * @returns what the desk answered, and how many events are new.
 */
export async function playOutage(
  desk: Desk,
  plan: SimulationPlan,
  { prefix, correlationId }: { readonly prefix: string; readonly correlationId: string },
): Promise<{ readonly outcomes: readonly Outcome[]; readonly events: number }> {
  if (ticketsOfOutage(plan) === 0) return { outcomes: [], events: 0 }
  const declaredAt = later(plan.end, -hours(20))
  const after = (passed: number): Instant => later(declaredAt, minutes(passed))
  const { outage, update } = phrases[regular.language]
  const { language, ...customer } = regular
  const [first] = agents
  const expert = agents.find(({ level }) => level === 2) ?? first
  const by = ({ kind, id, name }: typeof first): Actor => ({ kind, id, name })
  const sender = (name: string, at: Instant) => ({ by: by(first), at, correlationId, commandId: `${prefix}:${name}` })
  const incident = `${prefix}-outage`

  const length = async (): Promise<number> =>
    (await desk.read('incident', incident)).version + (await desk.read('ticket', incident)).version
  const before = await length()
  const declaration = {
    title: outage.subject,
    description: outage.question,
    customer,
    language,
    channel: 'phone',
  } as const
  const declared = await declareIncident(desk.engine, incident, declaration, sender('declare', declaredAt))
  const managed: readonly (readonly [number, IncidentCommandInput])[] = [
    [4, { type: 'acknowledge' }],
    [15, { type: 'openWarRoom', place: 'Salle 2' }],
    [25, { type: 'postUpdate', message: update }],
    [50, { type: 'postUpdate', message: update }],
    [75, { type: 'postUpdate', message: update }],
    [95, { type: 'resolve', summary: outage.solution }],
  ]
  const handled: readonly (readonly [number, TicketCommandInput])[] = [
    [5, { type: 'assign', assignee: { id: expert.id, name: expert.name } }],
    [8, { type: 'agentReply', body: update }],
    [95, { type: 'agentReply', body: outage.solution, then: 'resolved' }],
  ]
  const steps = <C>(acts: readonly (readonly [number, C])[]) =>
    acts.map(([passed, command]) => ({ command, by: by(expert), at: after(passed) }))
  const outcomes: readonly Outcome[] = [
    declared,
    await desk.engine.executeTogether('incident', incident, steps(managed), sender('manage', after(4))),
    await desk.engine.executeTogether('ticket', incident, steps(handled), sender('handle', after(5))),
  ]
  return { outcomes, events: (await length()) - before }
}
