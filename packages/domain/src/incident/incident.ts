import { defineAggregate } from '../kernel/aggregate.ts'
import { accept, deny, refusal, tooMany } from '../kernel/refusal.ts'
import { id } from '../kernel/values.ts'
import { refuseUnknownPlan } from '../ticket/rule.ts'
import type { AffectedCustomer, IncidentCommandOf } from './commands.ts'
import { incidentCommands, incidentDeadlineKinds, incidentLimits } from './commands.ts'
import { incidentDeadlines, incidentLabels, isOwed, nextPage, overdue, withMisses } from './deadlines.ts'
import { incidentEvents } from './events.ts'
import type { IncidentCommandEnvelope, IncidentDecision, IncidentTerms } from './rule.ts'
import { incidentEvent } from './rule.ts'
import { defaultIncidentSettings } from './settings.ts'
import { evolveIncident } from './state.ts'

/** The terms of incidents when nothing is configured. */
export const defaultIncidentTerms: IncidentTerms = {
  settings: defaultIncidentSettings,
  policyVersion: 'guichet-default-1',
}

/** Critical incidents: the streams `incident-<id>`. The terms of its declaration apply to an incident until its end. */
export const incidentAggregate = defineAggregate({
  category: 'incident',
  id,
  commands: incidentCommands,
  events: incidentEvents,
  initial: { status: 'absent' },
  begunBy: ['declare'],
  notFound: 'incident_not_found',
  evolve: evolveIncident,
  deadlineKinds: incidentDeadlineKinds,
  deadlines: incidentDeadlines,
  labels: incidentLabels,
  last: withMisses,
  rules: {
    declare: (command, _, terms: IncidentTerms) => declare(command, terms),

    fire: (command, incident) => {
      const due = incidentDeadlines(incident).find(({ kind }) => kind === command.kind)
      if (!due) return accept([])
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

    linkTicket: (command, { ticket }) =>
      accept(
        ticket.state === 'pending'
          ? [incidentEvent('IncidentTicketLinked', command, { ticketId: ticket.ticketId })]
          : [],
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
      const customerIds = new Set(incident.customers.map(({ id }) => id))
      const customers = once(command.customers).filter(({ id }) => !customerIds.has(id))
      if (customerIds.size + customers.length > incidentLimits.customers) {
        return tooMany('an incident', 'customers', incidentLimits.customers)
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
      accept(
        warRoom?.place === command.place ? [] : [incidentEvent('WarRoomOpened', command, { place: command.place })],
      ),

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
  },
})

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
  if (customers.length > incidentLimits.customers) return tooMany('an incident', 'customers', incidentLimits.customers)
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
