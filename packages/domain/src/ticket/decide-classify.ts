import { accept } from '../kernel/result.ts'
import type { TicketPolicy } from './policy.ts'
import type { Rules } from './rule.ts'
import { happened } from './rule.ts'
import { limits } from './vocabulary.ts'

/** Whether the desk has a category; one without categories has any. */
const has = ({ categories }: TicketPolicy, category: string | undefined): boolean =>
  category === undefined || !categories?.size || categories.has(category)

/**
 * A classifier sets what nobody has set: a category that is there stays, and so does a priority that was given with the opening or changed since.
 * A category brings its own priority along, as with an opening; one that the desk does not have, or has no longer, is not taken. Its tags come to those that are there. It is heard once, so that what somebody takes away does not come back.
 */
export const decideClassify: Rules<'classify'> = {
  classify: (command, ticket, { policy }) => {
    if (ticket.classified) return accept([])
    const { confidence, classifier, version, alternatives, reasons } = command
    const category = ticket.category === undefined && has(policy, command.category) ? command.category : undefined
    const pressing = command.priority ?? policy.categories?.get(category ?? '')?.priority
    const priority = ticket.priorityGiven || pressing === ticket.priority ? undefined : pressing
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
