import type { Instant } from '../kernel/instant.ts'
import { earliest, latest } from '../kernel/instant.ts'
import { refusal } from '../kernel/refusal.ts'
import { accept, deny } from '../kernel/result.ts'
import type { TicketCommandOf, TicketCommandType } from './commands.ts'
import { decideAttach } from './decide-attach.ts'
import { decideClassify } from './decide-classify.ts'
import { decideDeadline } from './decide-deadline.ts'
import { decideDetail } from './decide-detail.ts'
import { decideEscalation } from './escalation.ts'
import { decideFeature } from './decide-feature.ts'
import { decideMerge } from './decide-merge.ts'
import { decideReply, repeatOnMerged } from './decide-reply.ts'
import { decideRouting } from './decide-routing.ts'
import { decideStatus } from './decide-status.ts'
import { breachesBefore, metBy } from './decide-target.ts'
import { evolveOpened } from './evolve.ts'
import { lifecycle, takenWhenMerged } from './lifecycle.ts'
import { refusePriority, refuseUnknownCategory, refuseUnknownPlan } from './known-names.ts'
import { messageIdOf } from './message-id.ts'
import { pausesBetween } from './pauses.ts'
import type { Decision, Given, Rules, Terms } from './rule.ts'
import { happened } from './rule.ts'
import { sentBy } from './senders.ts'
import { isSplitTicketId } from './split-from.ts'
import type { Ticket, TicketState } from './state.ts'
import { defaultPriority } from './vocabulary.ts'

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
 * What a command makes of a ticket: who may send it and the lifecycle table first, then the rule of the command. Time never runs backwards
 * in a stream: a command from a clock that is behind is decided for the moment of the last event.
 */
export function decideTicket(command: Given, state: TicketState, terms: Terms): Decision {
  if (!sentBy[command.type][command.by.kind]) return deny(refusal('not_for_this_actor', { field: 'by' }))
  const cell = lifecycle[command.type][state.status]
  if (state.status !== 'absent' && state.mergedInto !== undefined && !takenWhenMerged.has(command.type)) {
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
      happened('TicketImportWithdrawn', { ...command, at: latest(command.at, state.updatedAt) }, { importId }),
    ])
  }
  const rule = rules[command.type] as (command: Given, ticket: Ticket, terms: Terms) => Decision
  const given = { ...command, at: latest(command.at, state.updatedAt) }
  return withTargets(rule(given, state, terms), given, state, terms)
}

/**
 * What a command leads to, after the breaches that came before it, and with the targets that it meets. A silence that is missed as a target
 * is no alert beside.
 */
function withTargets(decision: Decision, command: Given, ticket: Ticket, terms: Terms): Decision {
  if (!decision.ok || decision.value.length === 0) return decision
  const breaches = breachesBefore(command, ticket, terms)
  const silenceMissed = breaches.some(({ target }) => target === 'update')
  const events = decision.value.filter(
    ({ type }) => type !== 'TargetBreached' && !(silenceMissed && type === 'UpdateOverdue'),
  )
  const met = metBy(events, command, ticket, terms)
  if (breaches.length === 0) return accept([...events, ...met])
  const { targets } = [...breaches, ...events].reduce(evolveOpened, ticket).clocks
  const told = breaches.map((breach) =>
    targets[breach.target]?.cycle === breach.cycle ? breach : { ...breach, over: true as const },
  )
  return accept([...told, ...events, ...met])
}

/** A wait does not begin after the ticket that it goes on on, nor does a pause of it end after. */
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

function open(command: Given<TicketCommandOf<'open'>>, { policy }: Terms): Decision {
  const { aggregateId, subject, body, customer, channel, category, plan, tags, splitFrom } = command
  if (!splitFrom && isSplitTicketId(aggregateId)) {
    return deny(refusal('invalid_command', { message: 'id: is that of a ticket that is split off', field: 'id' }))
  }
  const refused =
    refuseUnknownCategory(command, policy) ?? refuseUnknownPlan(command, policy) ?? refusePriority(command, policy)
  if (refused) return refused
  const priority = command.priority ?? policy.categories?.get(category ?? '')?.priority ?? 'normal'
  return accept([
    happened('TicketOpened', command, {
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
