import { completeSplit, parseStream } from '@guichet/domain'
import type { Reaction } from './reaction.ts'
import { reaction } from './reaction.ts'

/** Opens the ticket that a message goes on as, in case its sender died after saying so: the same command in the name of the same sender. */
export const completeSplits: Reaction = reaction({
  name: 'complete_splits',
  on: ['TicketSplit'],
  react: async ({ event, stream, commandId, correlationId }, desk) => {
    const { state } = await desk.read('ticket', event.into)
    if (state.status !== 'absent') return
    const sender = { by: event.by, at: event.at, commandId, correlationId }
    const outcome = await completeSplit(desk, parseStream(stream).id, event, sender)
    if (!outcome.ok) throw new SplitUnfinished(outcome.refusal.message)
  },
})

/** A split whose ticket could not be opened, and will be tried again. */
export class SplitUnfinished extends Error {
  override readonly name = 'SplitUnfinished'
}
