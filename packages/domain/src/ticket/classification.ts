import { limits } from '../kernel/limits.ts'
import { accept } from '../kernel/refusal.ts'
import type { TicketPolicy } from './policy.ts'
import type { Rules } from './rule.ts'
import { eventFrom } from './rule.ts'

/** Whether the desk has a category; a desk without categories accepts any. */
const has = ({ categories }: TicketPolicy, category: string | undefined): boolean =>
  category === undefined || !categories?.size || categories.has(category)

/**
 * A classifier sets only what nobody has set: an existing category stays, and so does a priority that was given with
 * the opening or changed since. A category sets its own priority, as with an opening; a category that the desk does not
 * have (any more) is ignored. Tags are added to the existing ones. A ticket is classified once, so that a value that
 * somebody removes does not come back.
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
      eventFrom('TicketClassified', command, {
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
