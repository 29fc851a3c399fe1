import { accept } from '../kernel/result.ts'
import type { Rules } from './rule.ts'
import { happened } from './rule.ts'
import { limits } from './vocabulary.ts'

/**
 * A classifier sets what nobody has set: a category that is there stays, and so does a priority that was given with the opening or changed since.
 * Its tags come to those that are there. It is heard once, so that what somebody takes away does not come back.
 */
export const decideClassify: Rules<'classify'> = {
  classify: (command, ticket, { policy }) => {
    if (ticket.classified) return accept([])
    const { confidence, classifier, version, alternatives, reasons } = command
    const category = ticket.category === undefined ? command.category : undefined
    const priority = ticket.priorityGiven || command.priority === ticket.priority ? undefined : command.priority
    const tags = [...new Set(command.tags)]
      .filter((tag) => !ticket.tags.includes(tag))
      .slice(0, limits.tags - ticket.tags.length)
    if (category === undefined && priority === undefined && tags.length === 0) return accept([])
    return accept([
      happened('TicketClassified', command, {
        ...(category !== undefined && { category }),
        tags,
        ...(priority !== undefined && { priority }),
        confidence,
        classifier,
        version,
        alternatives,
        reasons,
        policyVersion: policy.version,
      }),
    ])
  },
}
