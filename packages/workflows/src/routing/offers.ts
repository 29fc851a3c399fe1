import type {
  AgentState,
  Board,
  Choice,
  Desk,
  Person,
  QueueReason,
  Refusal,
  RefusalCode,
  RoutingTerms,
  Sender,
  TicketState,
  WorkItem,
} from '@guichet/domain'
import {
  candidateTable,
  engineCommandId,
  inQueueOrder,
  isOngoing,
  isTransient,
  listedCandidates,
  loadOf,
  routingActor,
  streamName,
  takesPlace,
  takesWork,
  workChannelOf,
} from '@guichet/domain'

type Chosen = Extract<Choice, { readonly kind: 'chosen' }>

/** An offer as it stands in a ticket: `version` is the ticket's when it was made. */
type Pending = {
  readonly round: number
  readonly agentId: string
  readonly version: number
  /** How the ticket reached the desk. */
  readonly channel: string
}

/** How often a claim is sent again to an agent who has become free between the refusal and a look at them. */
const mostTries = 5

/**
 * Offers a ticket to the agent chosen: the decision is an event of the ticket, which takes it once for each round. Whoever comes
 * second finds the round decided, and leaves it.
 * @returns the version of the ticket that must be known before it is looked at again.
 */
export async function offerTicket(
  steps: Steps,
  { id, version: seen, routing, channel }: WorkItem,
  { colleague, parts, candidates, equals, excluded }: Chosen,
  { settings, policyVersion }: RoutingTerms,
): Promise<number> {
  const round = routing.rounds + 1
  const listed = listedCandidates(candidates, [colleague.id, ...equals.slice(1).map(({ agentId }) => agentId)])
  const leftOut = candidates.length - listed.length
  const outcome = await steps.desk.engine.execute(
    'ticket',
    id,
    {
      type: 'route',
      round,
      agent: named(colleague.id, colleague.agent.profile),
      agentVersion: colleague.version,
      strategy: settings.strategy,
      candidates: candidateTable(parts, listed),
      ...(equals.length > 0 && { equals: [...equals] }),
      ...(leftOut > 0 && { candidatesLeftOut: leftOut }),
      excluded,
      policyVersion,
    },
    sender(id, 'round', String(round), 'offer'),
  )
  if (!outcome.ok) return hasMovedOn(steps, id, seen, outcome.refusal)
  const { events, version } = outcome.value
  if (events.length === 0) return version
  const after = events.length - 1 - events.findIndex(({ type }) => type === 'TicketRouted')
  return completeOffer(steps, id, { round, agentId: colleague.id, version: version - after, channel })
}

/**
 * What follows an offer, by whoever made it or by another one after a crash: the claim on the agent's stream, then the
 * confirmation on the ticket's; or its decline, when the agent could not. An offer that the ticket has dropped meanwhile
 * leaves no claim behind.
 * @returns the version of the ticket that must be known before it is looked at again.
 */
export async function completeOffer(steps: Steps, id: string, pending: Pending): Promise<number> {
  const seen = steps.board.ticket(id)?.version ?? 0
  const refused = await claimPlace(steps, id, pending)
  const { desk } = steps
  const { round } = pending
  const outcome =
    refused === undefined
      ? await desk.engine.execute(
          'ticket',
          id,
          { type: 'confirmRouting', round },
          sender(id, 'round', String(round), 'confirm'),
        )
      : await desk.engine.execute(
          'ticket',
          id,
          { type: 'declineRouting', round, agentVersion: refused.agentVersion, reason: refused.reason },
          sender(id, 'round', String(round), 'decline'),
        )
  if (!outcome.ok) await hasMovedOn(steps, id, seen, outcome.refusal)
  if (outcome.ok && outcome.value.events.length > 0) return outcome.value.version
  return settleClaims(steps, id, [pending.agentId])
}

type Refused = { readonly reason: Refusal['code']; readonly agentVersion: number }

/** Claims the place; answers why the agent could not give it, as of which version of theirs. */
async function claimPlace(
  steps: Steps,
  id: string,
  { round, agentId, version, channel: reachedBy }: Pending,
): Promise<Refused | undefined> {
  const work = streamName('ticket', id)
  const channel = workChannelOf(reachedBy)
  const claim = { type: 'claim', work, channel, version, round } as const
  for (let tries = 1; ; tries++) {
    const outcome = await steps.desk.engine.execute(
      'agent',
      agentId,
      claim,
      sender(id, 'round', String(round), 'claim', String(version)),
    )
    if (outcome.ok) {
      await learnAgent(steps, agentId, outcome.value)
      return undefined
    }
    const { refusal } = outcome
    heldUpBy(refusal)
    const { version: agentVersion, state } = await steps.desk.read('agent', agentId)
    await learnAgent(steps, agentId, { version: agentVersion, state })
    const hasPlace =
      state.status !== 'absent' && takesWork(state) && loadOf(state)[channel] < state.profile.capacity[channel]
    if (!hasPlace || tries === mostTries) return { reason: refusal.code, agentVersion }
  }
}

/**
 * Lets the places that a ticket takes follow from the ticket as it stands in its stream: whoever holds one without having the ticket
 * gives it back, and whoever has it takes one: free or not where somebody has decided that it is theirs. Whoever has retired, or cannot
 * take what came back to them by itself, has it no more. The version of the ticket goes with each step, so that an older
 * one never undoes a younger. Giving back has no command id made of it: somebody slow may have claimed once more what was given
 * back at that very version.
 * @returns the version of the ticket that must be known before it is looked at again.
 */
export async function settleClaims(steps: Steps, id: string, alsoHeldBy: readonly string[] = []): Promise<number> {
  const { desk, board } = steps
  const work = streamName('ticket', id)
  const { version, state } = await desk.read('ticket', id)

  for (const holder of new Set([...board.roster.holders(work), ...alsoHeldBy])) {
    if (isTheirs(state, holder)) continue
    const reason = state.status === 'absent' || isWorkedOn(state) ? 'moved' : state.status
    const release = { type: 'release', work, version, reason } as const
    const outcome = await desk.engine.execute('agent', holder, release, { by: routingActor })
    if (!outcome.ok && outcome.refusal.code !== 'agent_not_found') refusedForGood(outcome.refusal)
    await learnAgent(steps, holder, outcome.ok ? outcome.value : undefined)
  }

  const refused = board.ticket(id)?.held ? undefined : await claimForOwner(steps, id, version, state)
  return refused === undefined ? version : unassign(steps, id, version, refused)
}

const isWorkedOn = ({ status }: { readonly status: string }): boolean => status === 'new' || status === 'in_progress'

const cannotHaveIt: ReadonlySet<RefusalCode> = new Set<RefusalCode>([
  'agent_retired',
  'agent_full',
  'agent_unavailable',
])

/** Takes the place of whoever has the ticket, unless it is taken; answers why they can have the ticket no more. */
async function claimForOwner(
  steps: Steps,
  id: string,
  version: number,
  state: TicketState,
): Promise<RefusalCode | undefined> {
  const owner = isOpen(state) ? state.assignee?.id : undefined
  if (!isOpen(state) || owner === undefined) return undefined
  const { desk, board } = steps
  const work = streamName('ticket', id)
  if (!takesPlace(state) || board.roster.holders(work).has(owner)) {
    if (board.roster.at(owner)?.state.status !== 'retired') return undefined
    return (await learnAgent(steps, owner)).status === 'retired' ? 'agent_retired' : undefined
  }
  const channel = workChannelOf(state.channel)
  const claim = { type: 'claim', work, channel, version, forced: state.routing.forced ?? true } as const
  const outcome = await desk.engine.execute('agent', owner, claim, sender(id, 'version', String(version), 'claim'))
  await learnAgent(steps, owner, outcome.ok ? outcome.value : undefined)
  if (outcome.ok) return undefined
  const { code } = outcome.refusal
  if (cannotHaveIt.has(code)) return code
  if (code !== 'agent_not_found') refusedForGood(outcome.refusal)
  return undefined
}

/** Takes a ticket from whoever has it, unless anything has happened on it since that version. */
async function unassign(steps: Steps, id: string, expectedVersion: number, reason: RefusalCode): Promise<number> {
  const step = sender(id, 'version', String(expectedVersion), 'unassign', reason)
  const outcome = await steps.desk.engine.execute(
    'ticket',
    id,
    { type: 'unassign', reason },
    { ...step, expectedVersion },
  )
  return outcome.ok ? outcome.value.version : hasMovedOn(steps, id, expectedVersion, outcome.refusal)
}

/**
 * Says in the ticket that nobody can take it now, and why.
 * @returns the version of the ticket that must be known before it is looked at again.
 */
export async function queueTicket(
  steps: Steps,
  { id, version }: { readonly id: string; readonly version: number },
  reason: string,
  policyVersion: string,
): Promise<number> {
  const queue = { type: 'queue', reason, policyVersion } as const
  const outcome = await steps.desk.engine.execute('ticket', id, queue, sender(id, 'version', String(version), 'queue'))
  return outcome.ok ? outcome.value.version : hasMovedOn(steps, id, version, outcome.refusal)
}

/** What the steps of routing work on: the desk decides, the board is told what came of it. */
type Steps = { readonly desk: Desk; readonly board: Board }

/** A refusal that is not about what has happened meanwhile: the step is to be tried again later. */
class RoutingHeldUp extends Error {
  override readonly name = 'RoutingHeldUp'

  constructor(refusal: Refusal) {
    super(`${refusal.code}: ${refusal.message}`)
  }
}

/** The sender of a step on a ticket: the same step has the same command id, whoever sends it. */
function sender(ticketId: string, ...step: readonly string[]): Sender {
  const stream = streamName('ticket', ticketId)
  return { by: routingActor, commandId: engineCommandId('routing', stream, ...step) }
}

/** @throws RoutingHeldUp for a refusal that is not about the command. */
function heldUpBy(refusal: Refusal): void {
  if (isTransient(refusal)) throw new RoutingHeldUp(refusal)
}

/** @throws RoutingHeldUp for any refusal: what does not depend on the ticket's version is told, and tried again after a pause. */
function refusedForGood(refusal: Refusal): never {
  throw new RoutingHeldUp(refusal)
}

/**
 * What to do about a refused step: the ticket is looked at again once what has happened since it was seen is known.
 * @returns the ticket's version.
 * @throws RoutingHeldUp where nothing has happened since: then it is not because of that that the step was refused.
 */
async function hasMovedOn({ desk }: Steps, id: string, seen: number, refusal: Refusal): Promise<number> {
  if (refusal.code === 'too_many_conflicts') heldUpBy(refusal)
  const { version } = await desk.read('ticket', id)
  return version > seen ? version : refusedForGood(refusal)
}

type Known<S> = { readonly version: number; readonly state: S | undefined }

/** Takes note of an agent as a command left them, or as they are in their stream. */
async function learnAgent({ desk, board }: Steps, id: string, known?: Known<AgentState>): Promise<AgentState> {
  const { version, state } = known?.state === undefined ? await desk.read('agent', id) : known
  if (state === undefined) return { status: 'absent' }
  board.roster.learn(id, version, state)
  return state
}

/** Whether a ticket takes a place of somebody, or may while an offer to them stands. */
function isTheirs(state: TicketState, agentId: string): boolean {
  if (!isOpen(state)) return false
  return (takesPlace(state) && state.assignee?.id === agentId) || state.routing.offer?.agent.id === agentId
}

/** Whether a ticket is somebody's to work on. */
const isOpen = (state: TicketState): state is Exclude<TicketState, { readonly status: 'absent' }> => isOngoing(state)

/** An agent as the events of tickets name them. */
function named(id: string, { name, email }: { readonly name: string; readonly email: string | null }): Person {
  return { id, name, ...(email !== null && { email }) }
}

/** Of how many tickets at the head of the queue, and of how many others, it is looked at once whether they wait for another reason. */
const mostReviewed = 100

/** A ticket that now waits for another reason than was said. */
type Stale = { readonly id: string; readonly version: number; readonly reason: QueueReason }

/**
 * Looks for the tickets of a queue that now wait for another reason than was said at least `reasonMs` ago: the first hundred at each
 * call, and of the others the next hundred, so that everybody has their turn.
 */
export function staleReasons(
  reasonMs: number,
): (queued: readonly WorkItem[], chosen: (item: WorkItem) => Choice, now: number) => Generator<Stale> {
  let lastOfTurn: WorkItem | undefined

  return function* review(queued, chosen, now) {
    const stale = (item: WorkItem): Stale[] => {
      const { id, version, routing } = item
      if (!routing.queued || now < Date.parse(routing.queued.at) + reasonMs) return []
      const choice = chosen(item)
      return choice.kind === 'nobody' && choice.reason !== routing.queued.reason
        ? [{ id, version, reason: choice.reason }]
        : []
    }
    const head = queued.slice(0, mostReviewed)
    const others = queued.slice(mostReviewed)
    for (const item of head) yield* stale(item)
    const next = others.findIndex((item) => lastOfTurn === undefined || inQueueOrder(item, lastOfTurn) > 0)
    const turn = others.slice(Math.max(0, next)).slice(0, mostReviewed)
    for (const item of turn) {
      yield* stale(item)
      lastOfTurn = item
    }
  }
}
