import type { Aggregate } from '../kernel/decider.ts'
import { accept, deny, refusal } from '../kernel/refusal.ts'
import type { Instant } from '../kernel/time.ts'
import { latest } from '../kernel/time.ts'
import { refuseUnknownPlan } from '../ticket/rule.ts'
import type { AffectedCustomer, IncidentCommand, IncidentCommandOf, IncidentCommandType } from './commands.ts'
import { incidentLifecycle, incidentLimits, incidentSentBy } from './commands.ts'
import { incidentDeadlines, incidentLabels, isOwed, nextPage, overdue, withMisses } from './deadlines.ts'
import type { IncidentEvent } from './events.ts'
import type { IncidentCommandEnvelope, IncidentDecision, IncidentRules, IncidentTerms } from './rule.ts'
import { incidentEvent } from './rule.ts'
import { defaultIncidentSettings } from './settings.ts'
import type { Incident, IncidentState } from './state.ts'
import { evolveIncident } from './state.ts'

export type IncidentAggregate = Aggregate<IncidentCommand, IncidentEvent, IncidentState>

/** The terms of incidents when nothing is configured. */
export const defaultIncidentTerms: IncidentTerms = {
  settings: defaultIncidentSettings,
  policyVersion: 'guichet-default-1',
}

/** Critical incidents: the streams `incident-<id>`. The terms of its declaration apply to an incident until its end. */
export function incidentAggregate(
  termsAt: (at: Instant) => IncidentTerms = () => defaultIncidentTerms,
): IncidentAggregate {
  return {
    category: 'incident',
    initial: { status: 'absent' },
    evolve: evolveIncident,
    decide: (command, state) => decideIncident(command, state, termsAt(command.at)),
    creates: (command) => command.type === 'declare',
    deadlines: incidentDeadlines,
    labels: incidentLabels,
  }
}

/**
 * A deadline takes effect only if exactly this one is still outstanding and has been reached: a timer that is stale,
 * doubled or early yields nothing.
 */
const decideDeadline: IncidentRules<'fire'> = {
  fire: (command, incident) => {
    const due = incidentDeadlines(incident).find(
      ({ kind, cycle, dueAt }) => kind === command.kind && cycle === command.cycle && dueAt === command.dueAt,
    )
    if (!due || due.dueAt > command.at) return accept([])
    if (isOwed(due)) return accept([overdue(due, command, incident)])
    const { page, settings } = incident
    const { number: next, ...sent } = nextPage(settings, page, command.at)
    const timedOut = {
      page: due.cycle,
      dueAt: due.dueAt,
      ...(page?.agentId !== undefined && { agentId: page.agentId }),
    }
    return accept([
      incidentEvent('PageTimedOut', command, timedOut),
      incidentEvent('OnCallPaged', command, { page: next, ...sent }),
    ])
  },
}

const rules: IncidentRules<Exclude<IncidentCommandType, 'declare'>> = {
  ...decideDeadline,

  linkTicket: (command, { ticket }) =>
    accept(
      ticket.state === 'pending' ? [incidentEvent('IncidentTicketLinked', command, { ticketId: ticket.ticketId })] : [],
    ),

  declineTicket: (command, { ticket: { state, ticketId } }) =>
    accept(
      state === 'pending'
        ? [incidentEvent('IncidentTicketRefused', command, { ticketId, reason: command.reason })]
        : [],
    ),

  acknowledge: (command, { page }) =>
    accept([incidentEvent('IncidentAcknowledged', command, { page: page?.number ?? 1 })]),

  addCustomers: (command, incident) => {
    const known = new Set(incident.customers.map(({ id }) => id))
    const customers = once(command.customers).filter(({ id }) => !known.has(id))
    if (known.size + customers.length > incidentLimits.customers) {
      const message = `an incident affects at most ${incidentLimits.customers} customers`
      return deny(refusal('too_many', { message, field: 'customers' }))
    }
    return accept(customers.length > 0 ? [incidentEvent('CustomersAffected', command, { customers })] : [])
  },

  recordCallback: (command, { callbackOwedSince }) =>
    accept(
      callbackOwedSince === undefined
        ? []
        : [incidentEvent('CallbackMade', command, command.note === undefined ? {} : { note: command.note })],
    ),

  openWarRoom: (command, { warRoom }) =>
    accept(warRoom?.place === command.place ? [] : [incidentEvent('WarRoomOpened', command, { place: command.place })]),

  dispatchTechnician: (command, { technician: sent }) => {
    const { technician, site } = command
    const isThere = sent?.person.id === technician.id && sent.site === site
    const data = { technician, ...(site !== undefined && { site }) }
    return accept(isThere ? [] : [incidentEvent('TechnicianDispatched', command, data)])
  },

  confirmOnSite: (command, { technician }) => {
    if (technician === undefined) return deny(refusal('no_technician_dispatched'))
    if (technician.arrivedAt !== undefined) return accept([])
    return accept([incidentEvent('TechnicianArrived', command, { technician: technician.person })])
  },

  postUpdate: (command, _) => {
    const { message, internal } = command
    return accept([incidentEvent('IncidentUpdatePosted', command, { message, internal })])
  },

  resolve: (command, _) => accept([incidentEvent('IncidentResolved', command, { summary: command.summary })]),

  reopen: (command, _) => accept([incidentEvent('IncidentReopened', command, { reason: command.reason })]),

  writePostMortem: (command, _) => accept([incidentEvent('PostMortemWritten', command, { body: command.body })]),
}

/**
 * Decides a command on an incident: first who may send it and the lifecycle table, then the rule of the command. Time
 * never runs backwards in a stream: a command from a clock that is behind is decided for the moment of the last event.
 */
function decideIncident(
  command: IncidentCommandEnvelope,
  state: IncidentState,
  terms: IncidentTerms,
): IncidentDecision {
  if (!incidentSentBy[command.type][command.by.kind]) return deny(refusal('not_for_this_actor', { field: 'by' }))
  const cell = incidentLifecycle[command.type][state.status]
  if ('refuse' in cell) return deny(refusal(cell.refuse))
  if ('repeat' in cell) return accept([])
  if (command.type === 'declare') return declare(command, terms)
  if (state.status === 'absent') return deny(refusal('incident_not_found'))
  const rule = rules[command.type] as (command: IncidentCommandEnvelope, incident: Incident) => IncidentDecision
  const given = { ...command, at: latest(command.at, state.updatedAt) }
  return withMisses(rule(given, state), given, state)
}

/**
 * An incident begins with its first page. Without a ticket of its own, one is opened for its reporter, or for the first
 * affected customer.
 */
function declare(
  command: IncidentCommandEnvelope<IncidentCommandOf<'declare'>>,
  { settings, plans, policyVersion }: IncidentTerms,
): IncidentDecision {
  const { title, description, severity, channel, customer, language, plan, onSite, callBack } = command
  const reporter = customer && { ...customer, ...(language !== undefined && { language }) }
  const customers = once([...(reporter ? [reporter] : []), ...command.customers])
  const opens = command.ticketId === undefined ? customers[0] : undefined
  if (command.ticketId === undefined && opens === undefined) {
    const message = 'customer: an incident needs a ticket, or a customer for whom one is opened'
    return deny(refusal('invalid_command', { message, field: 'customer' }))
  }
  if (customers.length > incidentLimits.customers) return deny(refusal('too_many', { field: 'customers' }))
  const unknown = refuseUnknownPlan(command, { plans })
  if (unknown) return unknown
  const { number: page, ...sent } = nextPage(settings, undefined, command.at)
  return accept([
    incidentEvent('IncidentDeclared', command, {
      title,
      ...(description !== undefined && { description }),
      severity,
      channel,
      customers,
      ticket: {
        ticketId: command.ticketId ?? command.aggregateId,
        ...(opens && { opens: { ...opens, ...(plan !== undefined && { plan }) } }),
      },
      onSite,
      callBack,
      settings,
      policyVersion,
    }),
    incidentEvent('OnCallPaged', command, { page, ...sent }),
  ])
}

/** Customers without duplicates; the first entry of each is used. */
function once(customers: readonly AffectedCustomer[]): AffectedCustomer[] {
  const byId = new Map<string, AffectedCustomer>()
  for (const customer of customers) if (!byId.has(customer.id)) byId.set(customer.id, customer)
  return [...byId.values()]
}
