import type { Choice, Refusal, RoutingTerms, WorkItem } from '@guichet/domain'
import { candidateTable, listedCandidates, loadOf, streamName, takesWork, workChannelOf } from '@guichet/domain'
import { settleClaims } from './settle-claims.ts'
import type { Steps } from './steps.ts'
import { heldUpBy, learnAgent, movedOn, named, sender } from './steps.ts'

export type Chosen = Extract<Choice, { readonly kind: 'chosen' }>

/** An offer as it stands in a ticket: `version` is the ticket's when it was made. */
export type Pending = {
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
  if (!outcome.ok) return movedOn(steps, id, seen, outcome.refusal)
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
  if (!outcome.ok) await movedOn(steps, id, seen, outcome.refusal)
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
