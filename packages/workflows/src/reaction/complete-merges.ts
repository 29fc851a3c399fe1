import { completeMerge, parseStream } from '@guichet/domain'
import type { Reaction } from './reaction.ts'
import { reaction } from './reaction.ts'

/**
 * Completes each merge after its first step, in case its sender died before the second: the same commands in the name
 * of the same sender, so that whoever comes second does nothing. An absorption that has been reverted since is left alone.
 */
export const completeMerges: Reaction = reaction({
  name: 'complete_merges',
  on: ['TicketAbsorbed'],
  react: async ({ event, stream, commandId, correlationId }, desk) => {
    const { id: target } = parseStream(stream)
    const { state } = await desk.read('ticket', target)
    if (state.status === 'absent' || !state.absorbed.includes(event.source)) return
    await completeMerge(desk, event.source, target, { by: event.by, at: event.at, commandId, correlationId })
  },
})
