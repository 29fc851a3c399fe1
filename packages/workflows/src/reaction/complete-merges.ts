import { completeMerge, isTransient, parseStream } from '@guichet/domain'
import type { Reaction } from './reaction.ts'
import { reaction } from './reaction.ts'

/**
 * Completes each merge after its first step, in case its sender died before the second: the same commands in the name
 * of the same sender, so that whoever comes second does nothing. An absorption that is complete or reverted is left alone.
 * What the desk refuses only for now comes again.
 */
export const completeMerges: Reaction = reaction({
  name: 'complete_merges',
  on: ['TicketAbsorbed'],
  react: async ({ event, stream, commandId, correlationId }, desk) => {
    const { id: target } = parseStream(stream)
    const { state } = await desk.read('ticket', target)
    if (state.status === 'absent' || !state.absorbing.includes(event.source)) return
    const sender = { by: event.by, at: event.at, commandId, correlationId }
    const outcome = await completeMerge(desk, event.source, target, sender)
    if (!outcome.ok && isTransient(outcome.refusal)) throw new MergeUnfinished(outcome.refusal.message)
  },
})

/** A merge that could not be completed now, and will be tried again. */
export class MergeUnfinished extends Error {
  override readonly name = 'MergeUnfinished'
}
