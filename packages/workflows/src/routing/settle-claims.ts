import type { RefusalCode, TicketState } from '@guichet/domain'
import { routingActor, streamName, takesPlace, workChannelOf } from '@guichet/domain'
import type { Steps } from './steps.ts'
import { isOpen, isTheirs, learnAgent, movedOn, refusedForGood, sender } from './steps.ts'

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
  return outcome.ok ? outcome.value.version : movedOn(steps, id, expectedVersion, outcome.refusal)
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
  return outcome.ok ? outcome.value.version : movedOn(steps, id, version, outcome.refusal)
}
