import { routingActor, streamName } from '@guichet/domain'
import type { Steps } from './steps.ts'
import { heldUpBy, isOpen, isTheirs, learnAgent, sender } from './steps.ts'

/**
 * Lets the places that a ticket takes follow from the ticket as it stands in its stream: whoever holds one without having the ticket
 * gives it back, and whoever has it takes one, free or not. The version of the ticket goes with each step, so that an older
 * one never undoes a younger. Giving back has no command id made of it: somebody slow may have claimed once more what was given
 * back at that very version.
 * @returns that version.
 */
export async function settleClaims(steps: Steps, id: string, alsoHeldBy: readonly string[] = []): Promise<number> {
  const { desk, board } = steps
  const work = streamName('ticket', id)
  const { version, state } = await desk.read('ticket', id)

  for (const holder of new Set([...board.roster.holders(work), ...alsoHeldBy])) {
    if (isTheirs(state, holder)) continue
    const reason = state.status === 'resolved' || state.status === 'closed' ? state.status : 'moved'
    const release = { type: 'release', work, version, reason } as const
    const outcome = await desk.execute('agent', holder, release, { by: routingActor })
    if (!outcome.ok) heldUpBy(outcome.refusal)
    await learnAgent(steps, holder, outcome.ok ? outcome.value : undefined)
  }

  const owner = isOpen(state) ? state.assignee?.id : undefined
  if (owner !== undefined && !board.roster.holders(work).has(owner)) {
    const claim = { type: 'claim', work, channel: 'ticket', version, forced: true } as const
    const outcome = await desk.execute('agent', owner, claim, sender(id, 'version', String(version), 'claim'))
    if (!outcome.ok) heldUpBy(outcome.refusal)
    await learnAgent(steps, owner, outcome.ok ? outcome.value : undefined)
  }
  return version
}

/**
 * Says in the ticket that nobody can take it now, once for each time that it waits.
 * @returns the version of the ticket that must be known before it is looked at again.
 */
export async function queueTicket(
  { desk }: Steps,
  { id, version }: { readonly id: string; readonly version: number },
  reason: string,
  policyVersion: string,
): Promise<number> {
  const queue = { type: 'queue', reason, policyVersion } as const
  const outcome = await desk.execute('ticket', id, queue, sender(id, 'version', String(version), 'queue'))
  if (!outcome.ok) heldUpBy(outcome.refusal)
  return outcome.ok ? outcome.value.version : (await desk.read('ticket', id)).version
}
