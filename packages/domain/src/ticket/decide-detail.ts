import { refusal } from '../kernel/refusal.ts'
import { accept, deny } from '../kernel/result.ts'
import { refuseUnknownCategory } from './category.ts'
import { messageOf } from './messages.ts'
import { pausesBetween } from './pauses.ts'
import { questionOf } from './questions.ts'
import type { Decision, Rules } from './rule.ts'
import { happened, tooMany } from './rule.ts'
import { limits } from './vocabulary.ts'

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

const nothing: Decision = accept([])

/** The rules of what changes a ticket without moving it through its life. */
export const decideDetail: Rules<DetailCommand> = {
  changePriority: (command, { priority }) =>
    command.priority === priority
      ? nothing
      : accept([happened('PriorityChanged', command, { from: priority, to: command.priority, ...because(command) })]),

  assign: (command, { assignee }) =>
    command.assignee.id === assignee?.id
      ? nothing
      : accept([
          happened('TicketAssigned', command, {
            assignee: command.assignee,
            ...(assignee && { from: assignee }),
            ...because(command),
          }),
        ]),

  unassign: (command, { assignee }) =>
    assignee ? accept([happened('TicketUnassigned', command, { from: assignee, ...because(command) })]) : nothing,

  tag: (command, { tags }) => {
    if (tags.includes(command.tag)) return nothing
    return tags.length >= limits.tags
      ? tooMany('tags', limits.tags)
      : accept([happened('TicketTagged', command, { tag: command.tag })])
  },

  untag: (command, { tags }) =>
    tags.includes(command.tag) ? accept([happened('TicketUntagged', command, { tag: command.tag })]) : nothing,

  rename: (command, { subject }) =>
    command.subject === subject
      ? nothing
      : accept([happened('TicketRenamed', command, { from: subject, to: command.subject })]),

  categorize: (command, { category }, { policy }) =>
    command.category === category
      ? nothing
      : (refuseUnknownCategory(command, policy) ??
        accept([
          happened('TicketCategorized', command, {
            ...(category !== undefined && { from: category }),
            to: command.category,
          }),
        ])),

  addWatcher: (command, { watchers }) => {
    if (watchers.some(({ id }) => id === command.watcher.id)) return nothing
    return watchers.length >= limits.watchers
      ? tooMany('watchers', limits.watchers)
      : accept([happened('WatcherAdded', command, { watcher: command.watcher })])
  },

  removeWatcher: (command, { watchers }) => {
    const watcher = watchers.find(({ id }) => id === command.watcherId)
    return watcher ? accept([happened('WatcherRemoved', command, { watcher })]) : nothing
  },

  split: (command, { splits, messages, status, clocks }) => {
    const { at, messageId, into, subject } = command
    if (splits.some((split) => split.into === into && split.messageId === messageId)) return nothing
    const known = messageOf(messages, messageId)
    if (!known || known.internal) return deny(refusal('message_not_found', { field: 'messageId' }))
    if (splits.some((split) => split.messageId === messageId))
      return deny(refusal('message_split', { field: 'messageId' }))
    const question = status === 'closed' ? undefined : questionOf(clocks.waiting, messageId)
    const waitingSince = question?.since ?? at
    const pauses = pausesBetween(clocks.pauses, waitingSince, at)
    const waited = { waitingSince, ...(pauses.length > 0 && { pauses: [...pauses] }) }
    return splits.length >= limits.links
      ? tooMany('splits', limits.links)
      : accept([happened('TicketSplit', command, { messageId, into, subject, ...waited })])
  },

  link: (command, { links }) => {
    const { to, relation } = command
    if (to === command.aggregateId) return deny(refusal('link_to_itself', { field: 'to' }))
    if (links.some((link) => link.to === to && link.relation === relation)) return nothing
    return links.length >= limits.links
      ? tooMany('links', limits.links)
      : accept([happened('TicketLinked', command, { to, relation })])
  },

  unlink: (command, { links }) => {
    const { to, relation } = command
    return links.some((link) => link.to === to && link.relation === relation)
      ? accept([happened('TicketUnlinked', command, { to, relation })])
      : nothing
  },

  changePlan: (command, { plan: from }) => {
    const to = command.plan ?? undefined
    return to === from
      ? nothing
      : accept([
          happened('PlanChanged', command, {
            ...(from !== undefined && { from }),
            ...(to !== undefined && { to }),
            ...because(command),
          }),
        ])
  },

  pauseClocks: (command, { clocks }) =>
    clocks.paused ? nothing : accept([happened('ClocksPaused', command, { reason: command.reason })]),

  resumeClocks: (command, { clocks }) =>
    clocks.paused ? accept([happened('ClocksResumed', command, because(command))]) : nothing,
}

const because = ({ reason }: { readonly reason?: string | undefined }) => (reason === undefined ? {} : { reason })
