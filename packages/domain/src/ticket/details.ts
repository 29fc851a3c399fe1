import { limits } from '../kernel/limits.ts'
import { accept, deny, refusal, tooMany } from '../kernel/refusal.ts'
import { earliest } from '../kernel/time.ts'
import { slaFor } from '../sla/terms.ts'
import { messageOf } from './messages.ts'
import type { ClockPause } from './pauses.ts'
import { pausesBetween, pausesOf, questionOf } from './pauses.ts'
import type { TicketPolicy } from './policy.ts'
import type { Decision, Rules } from './rule.ts'
import { eventFrom, refuseUnexplained, refuseUnknownCategory, refuseUnknownPlan } from './rule.ts'
import type { Ticket } from './state.ts'
import { ticketLimits } from './vocabulary.ts'

type DetailCommand =
  | 'changePriority'
  | 'assign'
  | 'unassign'
  | 'tag'
  | 'untag'
  | 'rename'
  | 'categorize'
  | 'addWatcher'
  | 'removeWatcher'
  | 'split'
  | 'link'
  | 'unlink'
  | 'changePlan'
  | 'pauseClocks'
  | 'resumeClocks'
  | 'relayUpdate'

const nothing: Decision = accept([])

/** The rules of commands that change a ticket without changing its status. */
export const decideDetail: Rules<DetailCommand> = {
  changePriority: (command, ticket) => {
    const { priority: from } = ticket
    const { priority: to } = command
    if (to === from) return nothing
    return (
      refuseUnexplained(command, ticket) ??
      accept([eventFrom('PriorityChanged', command, { from, to, ...because(command) })])
    )
  },

  assign: (command, ticket) => {
    const { assignee: from } = ticket
    const { id, ...details } = command.assignee
    if (id === from?.id) return nothing
    const assignee = { id, ...command.assigneeProfile, ...details }
    return (
      refuseUnexplained(command, ticket) ??
      accept([eventFrom('TicketAssigned', command, { assignee, ...(from && { from }), ...because(command) })])
    )
  },

  unassign: (command, ticket) => {
    const { assignee: from } = ticket
    if (!from) return nothing
    return (
      refuseUnexplained(command, ticket) ??
      accept([eventFrom('TicketUnassigned', command, { from, ...because(command) })])
    )
  },

  tag: (command, { tags }) => {
    if (tags.includes(command.tag)) return nothing
    return tags.length >= limits.tags
      ? tooMany('a ticket', 'tags', limits.tags)
      : accept([eventFrom('TicketTagged', command, { tag: command.tag })])
  },

  untag: (command, { tags }) =>
    tags.includes(command.tag) ? accept([eventFrom('TicketUntagged', command, { tag: command.tag })]) : nothing,

  rename: (command, { subject }) =>
    command.subject === subject
      ? nothing
      : accept([eventFrom('TicketRenamed', command, { from: subject, to: command.subject })]),

  categorize: (command, ticket, { policy }) => {
    const { category: from } = ticket
    const { category: to } = command
    if (to === from) return nothing
    return (
      refuseUnknownCategory(command, policy) ??
      refuseUnexplained(command, ticket) ??
      accept([
        eventFrom('TicketCategorized', command, { ...(from !== undefined && { from }), to, ...because(command) }),
      ])
    )
  },

  addWatcher: (command, { watchers }) => {
    if (watchers.some(({ id }) => id === command.watcher.id)) return nothing
    return watchers.length >= ticketLimits.watchers
      ? tooMany('a ticket', 'watchers', ticketLimits.watchers)
      : accept([eventFrom('WatcherAdded', command, { watcher: command.watcher })])
  },

  removeWatcher: (command, { watchers }) => {
    const watcher = watchers.find(({ id }) => id === command.watcherId)
    return watcher ? accept([eventFrom('WatcherRemoved', command, { watcher })]) : nothing
  },

  split: (command, ticket, { policy }) => {
    const { splits, messages, status, clocks } = ticket
    const { at, messageId, into, subject } = command
    if (splits.some((split) => split.into === into && split.messageId === messageId)) return nothing
    const message = messageOf(messages, messageId)
    if (!message?.asked) return deny(refusal('message_not_found', { field: 'messageId' }))
    if (splits.some((split) => split.messageId === messageId))
      return deny(refusal('message_split', { field: 'messageId' }))
    const question = status === 'closed' ? undefined : questionOf(clocks.waiting, messageId)
    const waitingSince = question?.since ?? at
    const sinceThen = (pauses: readonly ClockPause[]) => [...pausesBetween(pauses, waitingSince, at)]
    const [pauses, responsePauses] = [sinceThen(clocks.pauses), sinceThen(pausesOfResponse(ticket, policy))]
    const waited = { waitingSince, ...(pauses.length > 0 && { pauses, responsePauses }) }
    return splits.length >= ticketLimits.links
      ? tooMany('a ticket', 'splits', ticketLimits.links)
      : accept([eventFrom('TicketSplit', command, { messageId, into, subject, ...waited })])
  },

  link: (command, { links }) => {
    const { to, relation } = command
    if (to === command.aggregateId) return deny(refusal('link_to_itself', { field: 'to' }))
    if (links.some((link) => link.to === to && link.relation === relation)) return nothing
    return links.length >= ticketLimits.links
      ? tooMany('a ticket', 'links', ticketLimits.links)
      : accept([eventFrom('TicketLinked', command, { to, relation })])
  },

  unlink: (command, { links }) => {
    const { to, relation } = command
    return links.some((link) => link.to === to && link.relation === relation)
      ? accept([eventFrom('TicketUnlinked', command, { to, relation })])
      : nothing
  },

  changePlan: (command, { plan: from }, { policy }) => {
    const to = command.plan ?? undefined
    if (to === from) return nothing
    return (
      refuseUnknownPlan(command, policy) ??
      accept([
        eventFrom('PlanChanged', command, {
          ...(from !== undefined && { from }),
          ...(to !== undefined && { to }),
          ...because(command),
        }),
      ])
    )
  },

  pauseClocks: (command, { clocks: { paused } }) => {
    if (paused) return paused.reason === command.reason ? nothing : deny(refusal('clocks_paused'))
    return accept([eventFrom('ClocksPaused', command, { reason: command.reason })])
  },

  resumeClocks: (command, { clocks }) =>
    clocks.paused ? accept([eventFrom('ClocksResumed', command, because(command))]) : nothing,

  /** An update that is older than the desk's last message to the customer changes nothing. */
  relayUpdate: (command, { clocks: { targets } }) => {
    const { at, incidentId, postedAt } = command
    const isInformed = targets.update !== undefined && targets.update.from >= earliest(postedAt, at)
    return isInformed ? nothing : accept([eventFrom('UpdateRelayed', command, { incidentId })])
  },
}

const because = ({ reason }: { readonly reason?: string | undefined }) => (reason === undefined ? {} : { reason })

/** The pauses of the time to an answer on a ticket. */
function pausesOfResponse(ticket: Ticket, { serviceLevels }: TicketPolicy): readonly ClockPause[] {
  const sla = serviceLevels && slaFor(serviceLevels, ticket)
  const target = ticket.clocks.answered ? 'next_response' : 'first_response'
  return sla ? pausesOf(ticket.clocks, sla.policy, target) : ticket.clocks.pauses
}
