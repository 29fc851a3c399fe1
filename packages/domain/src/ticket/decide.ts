import { accept, deny, refusal } from '../kernel/refusal.ts'
import { latest } from '../kernel/time.ts'
import { decideClassify } from './classification.ts'
import type { TicketCommandType } from './commands.ts'
import { acceptedWhenMerged, lifecycle, sentBy } from './commands.ts'
import { decideAttach, decideFeature, decideReply, open, repeatOnMerged } from './conversation.ts'
import { decideDetail } from './details.ts'
import { decideEscalation } from './escalation.ts'
import { decideMerge } from './merging.ts'
import { decideRouting } from './routing-rules.ts'
import { decideRedact } from './redaction.ts'
import type { CommandEnvelope, Decision, Rules, Terms } from './rule.ts'
import { eventFrom } from './rule.ts'
import { breachesBefore, decideChase, decideDeadline, metBy } from './service-levels.ts'
import type { Ticket, TicketState } from './state.ts'
import { evolveOpened } from './state.ts'
import { decideStatus } from './status.ts'

/** The rules of all commands but those that open or withdraw a ticket, by facet. */
const rules: Rules<Exclude<TicketCommandType, 'open' | 'withdrawImport'>> = {
  ...decideStatus,
  ...decideReply,
  ...decideDetail,
  ...decideEscalation,
  ...decideFeature,
  ...decideAttach,
  ...decideRedact,
  ...decideClassify,
  ...decideMerge,
  ...decideDeadline,
  ...decideChase,
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
