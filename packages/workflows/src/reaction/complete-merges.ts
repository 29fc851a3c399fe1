import type { Desk } from '@guichet/domain'
import { completeMerge, parseStream } from '@guichet/domain'
import type { Reaction } from './reaction.ts'
import { reaction } from './reaction.ts'

/**
 * Completes each merge after its first step, in case its sender died before the second: the same commands in the name
 * of the same sender, so that whoever comes second does nothing. An absorption that is complete or reverted is left alone.
 * A refusal that leaves it under way is a failure: the event comes again.
 */
export const completeMerges: Reaction = reaction({
  name: 'complete_merges',
  on: ['TicketAbsorbed'],
  react: async ({ event, stream, commandId, correlationId }, desk) => {
    const { id: target } = parseStream(stream)
    const { source } = event
    if (!(await isUnderWay(desk, source, target))) return
    const sender = { by: event.by, at: event.at, commandId, correlationId }
    const outcome = await completeMerge(desk, source, target, sender)
    if (!outcome.ok && (await isUnderWay(desk, source, target))) throw new MergeUnfinished(outcome.refusal.message)
  },
})

async function isUnderWay(desk: Desk, source: string, target: string): Promise<boolean> {
  const { state } = await desk.read('ticket', target)
  return state.status !== 'absent' && state.absorbing.includes(source)
}

/** A merge that could be neither completed nor given up now, and will be tried again. */
export class MergeUnfinished extends Error {
  override readonly name = 'MergeUnfinished'
}
