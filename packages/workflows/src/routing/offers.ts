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
  WorkOrigin,
} from '@guichet/domain'
import {
  candidateTable,
  engineCommandId,
  inQueueOrder,
  isOngoing,
  isTransient,
  listedCandidates,
  routingActor,
  streamName,
  takesPlace,
  whyUnable,
  workChannelOf,
} from '@guichet/domain'

type Chosen = Extract<Choice, { readonly kind: 'chosen' }>

/** An offer as recorded in a ticket: `version` is the ticket's when the offer was made. */
type Pending = {
  readonly round: number
  readonly agentId: string
  readonly version: number
  /** How the ticket reached the desk. */
  readonly origin: WorkOrigin
}

/** How often a claim is sent again to an agent who has become free between the refusal and a read of their state. */
const mostTries = 5

/**
 * Offers a ticket to the chosen agent. The decision is an event of the ticket, which accepts it once for each round. A
 * later router finds the round decided, and leaves it.
 * @returns the version of the ticket that must be known before the next attempt at it.
 */
export async function offerTicket(
  steps: Steps,
  { id, version: seen, routing, channel, splitFrom }: WorkItem,
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
  if (!outcome.ok) return newVersionAfter(steps, id, seen, outcome.refusal)
  const { events, version } = outcome.value
  if (events.length === 0) return version
  const after = events.length - 1 - events.findIndex(({ type }) => type === 'TicketRouted')
  return completeOffer(steps, id, {
    round,
    agentId: colleague.id,
    version: version - after,
    origin: { channel, splitFrom },
  })
}

/**
 * Completes an offer, made by this router or by another one before a crash: the claim on the agent's stream, then the
 * confirmation on the ticket's; or its decline, when the agent had no place. An offer that the ticket has dropped
 * meanwhile leaves no claim behind.
 * @returns the version of the ticket that must be known before the next attempt at it.
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
  if (!outcome.ok) await newVersionAfter(steps, id, seen, outcome.refusal)
  if (outcome.ok && outcome.value.events.length > 0) return outcome.value.version
  return settleClaims(steps, id, [pending.agentId])
}

type RefusedOffer = { readonly reason: Refusal['code']; readonly agentVersion: number }

/** Claims the place. Returns why the agent could not give it, and the agent's version for that answer. */
async function claimPlace(
  steps: Steps,
  id: string,
  { round, agentId, version, origin }: Pending,
): Promise<RefusedOffer | undefined> {
  const work = streamName('ticket', id)
  const channel = workChannelOf(origin)
  const claim = { type: 'claim', work, channel, version, round } as const
  for (let tries = 1; ; tries++) {
    const outcome = await steps.desk.engine.execute(
      'agent',
      agentId,
      claim,
      sender(id, 'round', String(round), 'claim', String(version)),
    )
    if (outcome.ok) {
      await updateAgent(steps, agentId, outcome.value)
      return undefined
    }
    const { refusal } = outcome
    throwIfTransientRefusal(refusal)
    const { version: agentVersion, state } = await steps.desk.read('agent', agentId)
    await updateAgent(steps, agentId, { version: agentVersion, state })
    const hasPlace = state.status !== 'absent' && whyUnable(state, channel) === undefined
    if (!hasPlace || tries === mostTries) return { reason: refusal.code, agentVersion }
  }
}

/**
 * Aligns the places that a ticket takes with the state of the ticket in its stream. An agent who holds a place without
 * having the ticket gives it back. The agent who has the ticket takes a place, free or not where a person has decided
 * the assignment. An agent who has retired, or cannot take a ticket that came back to them automatically, loses it. The
 * version of the ticket goes with each step, so that an older step never undoes a younger one. Giving back has no
 * command id derived from it: a slow router may have claimed again the place that was given back at that very version.
 * @returns the version of the ticket that must be known before the next attempt at it.
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
    await updateAgent(steps, holder, outcome.ok ? outcome.value : undefined)
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

/**
 * Takes a place of the agent who has the ticket, unless it is taken; returns why they can no longer have the ticket.
 */
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
    return (await updateAgent(steps, owner)).status === 'retired' ? 'agent_retired' : undefined
  }
  const channel = workChannelOf(state)
  const claim = { type: 'claim', work, channel, version, forced: state.routing.forced ?? true } as const
  const outcome = await desk.engine.execute('agent', owner, claim, sender(id, 'version', String(version), 'claim'))
  await updateAgent(steps, owner, outcome.ok ? outcome.value : undefined)
  if (outcome.ok) return undefined
  const { code } = outcome.refusal
  if (cannotHaveIt.has(code)) return code
  if (code !== 'agent_not_found') refusedForGood(outcome.refusal)
  return undefined
}

/** Takes a ticket from the agent who has it, unless an event has happened on it since that version. */
async function unassign(steps: Steps, id: string, expectedVersion: number, reason: RefusalCode): Promise<number> {
  const step = sender(id, 'version', String(expectedVersion), 'unassign', reason)
  const outcome = await steps.desk.engine.execute(
    'ticket',
    id,
    { type: 'unassign', reason },
    { ...step, expectedVersion },
  )
  return outcome.ok ? outcome.value.version : newVersionAfter(steps, id, expectedVersion, outcome.refusal)
}

/**
 * Records in the ticket that nobody can take it now, and why.
 * @returns the version of the ticket that must be known before the next attempt at it.
 */
export async function queueTicket(
  steps: Steps,
  { id, version }: { readonly id: string; readonly version: number },
  reason: string,
  policyVersion: string,
): Promise<number> {
  const queue = { type: 'queue', reason, policyVersion } as const
  const outcome = await steps.desk.engine.execute('ticket', id, queue, sender(id, 'version', String(version), 'queue'))
  return outcome.ok ? outcome.value.version : newVersionAfter(steps, id, version, outcome.refusal)
}

/** What the steps of routing work on: the desk decides, the board receives the outcome. */
type Steps = { readonly desk: Desk; readonly board: Board }

/** The sender of a step on a ticket: the same step has the same command id, whichever router sends it. */
function sender(ticketId: string, ...step: readonly string[]): Sender {
  const stream = streamName('ticket', ticketId)
  return { by: routingActor, commandId: engineCommandId('routing', stream, ...step) }
}

/** @throws Error for a refusal that is not about the command. */
function throwIfTransientRefusal(refusal: Refusal): void {
  if (isTransient(refusal)) throw new Error(`${refusal.code}: ${refusal.message}`)
}

/**
 * @throws Error for any refusal: a refusal that does not depend on the ticket's version is reported, and
 * retried after a pause.
 */
function refusedForGood(refusal: Refusal): never {
  throw new Error(`${refusal.code}: ${refusal.message}`)
}

/**
 * Handles a refused step: the ticket is tried again once the events since the last read are known.
 * @returns the ticket's version.
 * @throws Error where there are no such events: then they cannot be the reason for the refusal.
 */
async function newVersionAfter({ desk }: Steps, id: string, seen: number, refusal: Refusal): Promise<number> {
  if (refusal.code === 'too_many_conflicts') throwIfTransientRefusal(refusal)
  const { version } = await desk.read('ticket', id)
  return version > seen ? version : refusedForGood(refusal)
}

type AgentSnapshot<S> = { readonly version: number; readonly state: S | undefined }

/** Updates the roster with an agent's state, as a command left it or as it is in their stream. */
async function updateAgent(
  { desk, board }: Steps,
  id: string,
  snapshot?: AgentSnapshot<AgentState>,
): Promise<AgentState> {
  const { version, state } = snapshot?.state === undefined ? await desk.read('agent', id) : snapshot
  if (state === undefined) return { status: 'absent' }
  board.roster.update(id, version, state)
  return state
}

/** Whether a ticket takes a place of an agent, or may while an offer to them is open. */
function isTheirs(state: TicketState, agentId: string): boolean {
  if (!isOpen(state)) return false
  return (takesPlace(state) && state.assignee?.id === agentId) || state.routing.offer?.agent.id === agentId
}

/** Whether a ticket still needs an agent's work. */
const isOpen = (state: TicketState): state is Exclude<TicketState, { readonly status: 'absent' }> => isOngoing(state)

/** An agent as the events of tickets name them. */
function named(id: string, { name, email }: { readonly name: string; readonly email: string | null }): Person {
  return { id, name, ...(email !== null && { email }) }
}

/** How many tickets at the head of the queue, and how many others, are checked at once for a changed reason to wait. */
const mostReviewed = 100

/** A ticket whose reason to wait is no longer the recorded one. */
type Stale = { readonly id: string; readonly version: number; readonly reason: QueueReason }

/**
 * Finds the tickets of a queue whose reason to wait differs from the one recorded at least `reasonMs` ago: the first
 * hundred at each call, and the next hundred of the others, so that each ticket gets its turn.
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
