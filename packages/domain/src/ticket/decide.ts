import { accept, deny, isRefusalCode, refusal } from '../kernel/refusal.ts'
import type { Instant } from '../kernel/time.ts'
import { earliest, latest } from '../kernel/time.ts'
import type { TicketCommandOf, TicketCommandType } from './commands.ts'
import { decideAttach, decideFeature, decideReply, decideStatus, repeatOnMerged } from './conversation.ts'
import { decideDetail } from './details.ts'
import { briefingOf, decideEscalation } from './escalation.ts'
import type { TicketEvent } from './events.ts'
import { lifecycle, sentBy, acceptedWhenMerged } from './commands.ts'
import { messageIdOf } from './messages.ts'
import { pausesBetween } from './pauses.ts'
import type { TicketPolicy } from './policy.ts'
import type { Decision, CommandEnvelope, Rules, Terms } from './rule.ts'
import { eventFrom, refusePriority, refuseUnknownCategory, refuseUnknownPlan, tooMany } from './rule.ts'
import { breachesBefore, decideDeadline, metBy } from './service-levels.ts'
import type { Ticket, TicketState } from './state.ts'
import { needsAgent } from './routing.ts'
import { evolveOpened, reasonOfDecline } from './state.ts'
import { defaultPriority, isSplitTicketId, limits } from './vocabulary.ts'

/**
 * A merge takes three steps on two streams: the target absorbs, the source is merged into it, the target's absorption
 * is complete. A ticket is merged only while none of its own absorptions is under way, so that no ring of merges closes
 * all of its tickets; of two tickets that are merged into each other concurrently, the one with the smaller id
 * survives. If the source refuses, it declines that merge for good before the target reverts it: nobody can complete it
 * any more. The source's merge event records whether its customer waits for an answer. That no longer changes, so that
 * every sender that completes the absorption passes the same value to the target.
 */
const decideMerge: Rules<MergeCommand> = {
  absorb: (command, { absorbed, absorbing, customer }) => {
    const { source } = command
    if (source === command.aggregateId) return deny(refusal('merge_with_itself', { field: 'target' }))
    if (absorbed.includes(source)) return accept([])
    if (absorbing.includes(source)) return deny(refusal('merge_pending', { field: 'target' }))
    if (command.sourceCustomerId !== customer.id) return deny(refusal('merge_across_customers', { field: 'target' }))
    return absorbed.length + absorbing.length >= limits.merged
      ? tooMany('merged tickets', limits.merged)
      : accept([eventFrom('TicketAbsorbed', command, { source })])
  },

  /** An open question that comes with the merge ends the wait for the customer. */
  completeAbsorption: (command, { absorbing, status }) => {
    const { source, waitingSince, at } = command
    if (!absorbing.includes(source)) return accept([])
    const waits = waitingSince && { waitingSince: earliest(waitingSince, at) }
    return accept([
      eventFrom('AbsorptionCompleted', command, { source, ...waits }),
      ...(waits && status === 'waiting_customer' ? [eventFrom('CustomerWaitEnded', command, { reason: 'merge' })] : []),
    ])
  },

  revertAbsorption: (command, { absorbing }) =>
    absorbing.includes(command.source)
      ? accept([eventFrom('AbsorptionReverted', command, { source: command.source, reason: command.reason })])
      : accept([]),

  mergeInto: (command, ticket) => {
    const { aggregateId, target } = command
    if (target === aggregateId) return deny(refusal('merge_with_itself', { field: 'target' }))
    if (ticket.mergedInto === target) return accept([])
    if (ticket.mergedInto !== undefined) return deny(refusal('ticket_merged', { movedTo: ticket.mergedInto }))
    const declined = reasonOfDecline(ticket.declinedMerges, command.commandId)
    if (declined !== undefined) return deny(refusal(isRefusalCode(declined) ? declined : 'merge_reverted'))
    if (ticket.status === 'closed') return deny(refusal('ticket_closed'))
    const crossed = ticket.absorbing.includes(target)
    if (ticket.absorbed.includes(target) || (crossed && aggregateId < target)) return deny(refusal('merge_crossed'))
    if (ticket.absorbing.some((source) => source !== target)) return deny(refusal('merge_pending'))
    const reverted: TicketEvent[] = crossed
      ? [eventFrom('AbsorptionReverted', command, { source: target, reason: 'merge_crossed' })]
      : []
    const waitingSince = ticket.status === 'waiting_customer' ? undefined : ticket.clocks.waiting[0]?.since
    return accept([
      ...reverted,
      eventFrom('TicketMerged', command, { into: target, ...(waitingSince !== undefined && { waitingSince }) }),
      eventFrom('TicketClosed', command, { from: ticket.status, reason: 'merged' }),
    ])
  },

  declineMerge: (command, ticket) => {
    const { target, merge, reason } = command
    if (ticket.mergedInto === target) return deny(refusal('ticket_merged', { movedTo: target }))
    return reasonOfDecline(ticket.declinedMerges, merge) !== undefined
      ? accept([])
      : accept([eventFrom('MergeDeclined', command, { into: target, merge, reason })])
  },
}

const nothing: Decision = accept([])

/**
 * The rules of routing a ticket to an agent. A concurrent second command does nothing: each round is decided once, by
 * the ticket's own stream, and ends once, taken or declined. A ticket is not offered again to an agent who declined it
 * on the basis of the same or an older version of the agent's stream.
 */
const decideRouting: Rules<'route' | 'confirmRouting' | 'declineRouting' | 'queue' | 'handOver'> = {
  route: (command, ticket) => {
    const { type: _, aggregateId: _id, commandId: _command, at: _at, by: _by, ...decision } = command
    const { rounds, offer, declined } = ticket.routing
    if (!needsAgent(ticket) || offer || decision.round !== rounds + 1) return nothing
    const stale = declined.some(
      ({ agentId, agentVersion }) => agentId === decision.agent.id && agentVersion >= decision.agentVersion,
    )
    return stale ? nothing : accept([eventFrom('TicketRouted', command, decision)])
  },

  confirmRouting: (command, { routing: { offer } }) =>
    offer?.round === command.round
      ? accept([eventFrom('TicketAssigned', command, { assignee: offer.agent, round: offer.round })])
      : nothing,

  declineRouting: (command, { routing: { offer } }) => {
    const { round, agentVersion, reason } = command
    return offer?.round === round
      ? accept([eventFrom('RoutingDeclined', command, { round, agent: offer.agent, agentVersion, reason })])
      : nothing
  },

  queue: (command, ticket) => {
    const { reason, policyVersion } = command
    const { offer, queued } = ticket.routing
    return !needsAgent(ticket) || offer || queued?.reason === reason
      ? nothing
      : accept([eventFrom('TicketQueued', command, { reason, policyVersion })])
  },

  /** A ticket that somebody assigned after the end of the shift stays with its agent: the assignment was deliberate. */
  handOver: (command, ticket, terms) => {
    const { from, crew, to, dueAt, statuses, priorities } = command
    const { assignee, chosenAt, status, priority } = ticket
    if (assignee?.id !== from || !statuses.includes(status) || !priorities.includes(priority)) return nothing
    if (chosenAt !== undefined && chosenAt >= dueAt) return nothing
    const briefing = briefingOf(command, ticket, terms)
    const handOver = { from: assignee, crew, to, reason: 'end_of_shift', dueAt, briefing } as const
    return accept([
      eventFrom('TicketHandedOver', command, handOver),
      eventFrom('TicketUnassigned', command, { from: assignee, reason: 'end of shift' }),
    ])
  },
}

/** Whether the desk has a category; a desk without categories accepts any. */
const has = ({ categories }: TicketPolicy, category: string | undefined): boolean =>
  category === undefined || !categories?.size || categories.has(category)

/**
 * A classifier sets only what nobody has set: an existing category stays, and so does a priority that was given with
 * the opening or changed since. A category sets its own priority, as with an opening; a category that the desk does not
 * have (any more) is ignored. Tags are added to the existing ones. A ticket is classified once, so that a value that
 * somebody removes does not come back.
 */
const decideClassify: Rules<'classify'> = {
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

const rules: Rules<Exclude<TicketCommandType, 'open' | 'withdrawImport'>> = {
  ...decideStatus,
  ...decideReply,
  ...decideDetail,
  ...decideEscalation,
  ...decideFeature,
  ...decideAttach,
  ...decideClassify,
  ...decideMerge,
  ...decideDeadline,
  ...decideRouting,
}

/**
 * Decides a command on a ticket: first who may send it and the lifecycle table, then the rule of the command. Time
 * never runs backwards in a stream: a command from a clock that is behind is decided for the moment of the last event.
 */
export function decideTicket(command: CommandEnvelope, state: TicketState, terms: Terms): Decision {
  if (!sentBy[command.type][command.by.kind]) return deny(refusal('not_for_this_actor', { field: 'by' }))
  const cell = lifecycle[command.type][state.status]
  if (state.status !== 'absent' && state.mergedInto !== undefined && !acceptedWhenMerged.has(command.type)) {
    const message = `the ticket has been merged into ${state.mergedInto}`
    return (
      repeatOnMerged(command, state, terms) ?? deny(refusal('ticket_merged', { message, movedTo: state.mergedInto }))
    )
  }
  if ('refuse' in cell && !cell.unlessDone) return deny(refusal(cell.refuse))
  if ('repeat' in cell) return accept([])
  if (command.type === 'open') return open(command, terms)
  if (state.status === 'absent') return deny(refusal('ticket_not_found'))
  if (command.type === 'withdrawImport') {
    const { importId } = command
    return accept([
      eventFrom('TicketImportWithdrawn', { ...command, at: latest(command.at, state.updatedAt) }, { importId }),
    ])
  }
  const rule = rules[command.type] as (command: CommandEnvelope, ticket: Ticket, terms: Terms) => Decision
  const given = { ...command, at: latest(command.at, state.updatedAt) }
  return withTargets(rule(given, state, terms), given, state, terms)
}

/**
 * The events of a command, after the breaches that came before it, and with the targets that it meets. A silence that
 * is recorded as a missed target raises no separate alert.
 */
function withTargets(decision: Decision, command: CommandEnvelope, ticket: Ticket, terms: Terms): Decision {
  if (!decision.ok || decision.value.length === 0) return decision
  const breaches = breachesBefore(command, ticket, terms)
  const silenceMissed = breaches.some(({ target }) => target === 'update')
  const events = decision.value.filter(
    ({ type }) => type !== 'TargetBreached' && !(silenceMissed && type === 'UpdateOverdue'),
  )
  const met = metBy(events, command, ticket, terms)
  if (breaches.length === 0) return accept([...events, ...met])
  const { targets } = [...breaches, ...events].reduce(evolveOpened, ticket).clocks
  const recorded = breaches.map((breach) =>
    targets[breach.target]?.cycle === breach.cycle ? breach : { ...breach, over: true as const },
  )
  return accept([...recorded, ...events, ...met])
}

/** A wait does not begin after the ticket that takes it over, and none of its pauses ends after that. */
function upTo(at: Instant, { waitingSince: since, pauses, responsePauses, ...message }: SplitFrom): SplitFrom {
  const waitingSince = earliest(since, at)
  const within = (stretches: NonNullable<SplitFrom['pauses']>) => {
    const inOrder = stretches.toSorted((one, other) => (one.from < other.from ? -1 : 1))
    return [...pausesBetween(inOrder, waitingSince, at)]
  }
  return {
    ...message,
    waitingSince,
    ...(pauses && { pauses: within(pauses) }),
    ...(responsePauses && { responsePauses: within(responsePauses) }),
  }
}

type SplitFrom = NonNullable<TicketCommandOf<'open'>['splitFrom']>

function open(command: CommandEnvelope<TicketCommandOf<'open'>>, { policy }: Terms): Decision {
  const { aggregateId, subject, body, customer, channel, category, plan, tags, splitFrom } = command
  if (!splitFrom && isSplitTicketId(aggregateId)) {
    return deny(refusal('invalid_command', { message: 'id: is that of a ticket that is split off', field: 'id' }))
  }
  const refused =
    refuseUnknownCategory(command, policy) ?? refuseUnknownPlan(command, policy) ?? refusePriority(command, policy)
  if (refused) return refused
  const priority = command.priority ?? policy.categories?.get(category ?? '')?.priority ?? 'normal'
  return accept([
    eventFrom('TicketOpened', command, {
      subject,
      messageId: messageIdOf(command),
      body,
      customer,
      channel,
      priority,
      ...(priority === command.priority
        ? { priorityGiven: true }
        : priority !== defaultPriority && { priorityGiven: false }),
      language: command.language ?? policy.defaultLanguage,
      ...(category !== undefined && { category }),
      ...(plan !== undefined && { plan }),
      tags: [...new Set(tags)],
      ...(splitFrom && { splitFrom: upTo(command.at, splitFrom) }),
      policyVersion: policy.version,
    }),
  ])
}

type MergeCommand = 'absorb' | 'completeAbsorption' | 'revertAbsorption' | 'mergeInto' | 'declineMerge'
