import type { Actor } from '../kernel/actor.ts'
import type { CommandMetadata } from '../kernel/decider.ts'
import type { RefusalCode, Result } from '../kernel/refusal.ts'
import type { TicketPolicy } from '../ticket/policy.ts'
import type { IncidentCommand, IncidentCommandOf, IncidentCommandType, IncidentStatus } from './commands.ts'
import type { IncidentEvent, IncidentEventData, IncidentEventOf, IncidentEventType } from './events.ts'
import type { IncidentSettings } from './settings.ts'
import type { Incident } from './state.ts'

/**
 * What a status makes of a command: `to` lists the statuses it may lead to, `repeat` says that it has taken effect already, or
 * is pointless, and changes nothing, `refuse` why it is rejected.
 */
export type IncidentCell =
  { readonly to: readonly IncidentStatus[] } | { readonly repeat: true } | { readonly refuse: RefusalCode }

type Row = Readonly<Record<IncidentStatus | 'absent', IncidentCell>>

const to = (...statuses: readonly IncidentStatus[]): IncidentCell => ({ to: statuses })
const repeat: IncidentCell = { repeat: true }
const refuse = (code: RefusalCode): IncidentCell => ({ refuse: code })

/** While the incident is under way: the command changes it, not its status. */
const underWay: Row = {
  absent: refuse('incident_not_found'),
  declared: to('declared'),
  acknowledged: to('acknowledged'),
  resolved: refuse('incident_resolved'),
  closed: refuse('incident_resolved'),
}

const anywhere: Row = { ...underWay, resolved: to('resolved'), closed: to('closed') }

/** The lifecycle of an incident as a total table; docs/guides/incidents.md shows it. A missing cell does not compile. */
export const incidentLifecycle: Readonly<Record<IncidentCommandType, Row>> = {
  declare: {
    absent: to('declared'),
    declared: refuse('incident_already_declared'),
    acknowledged: refuse('incident_already_declared'),
    resolved: refuse('incident_already_declared'),
    closed: refuse('incident_already_declared'),
  },
  linkTicket: anywhere,
  declineTicket: anywhere,
  acknowledge: { ...underWay, declared: to('acknowledged'), acknowledged: repeat },
  addCustomers: underWay,
  recordCallback: underWay,
  openWarRoom: underWay,
  dispatchTechnician: underWay,
  confirmOnSite: underWay,
  postUpdate: { ...underWay, resolved: to('resolved') },
  resolve: { ...underWay, declared: to('resolved'), acknowledged: to('resolved') },
  reopen: {
    absent: refuse('incident_not_found'),
    declared: repeat,
    acknowledged: repeat,
    resolved: to('acknowledged'),
    closed: refuse('incident_resolved'),
  },
  writePostMortem: {
    absent: refuse('incident_not_found'),
    declared: refuse('incident_not_resolved'),
    acknowledged: refuse('incident_not_resolved'),
    resolved: to('closed'),
    closed: to('closed'),
  },
  fire: { ...anywhere, absent: repeat, closed: repeat },
}

/** Whether an incident in this status would take a command at all. */
export const incidentAccepts = (status: IncidentStatus, command: IncidentCommandType): boolean =>
  'to' in incidentLifecycle[command][status]

type Senders = Readonly<Record<Actor['kind'], boolean>>

const desk: Senders = { customer: false, agent: true, system: true }
const agent: Senders = { customer: false, agent: true, system: false }
const system: Senders = { customer: false, agent: false, system: true }

/** Who may send which command; `system` is a voice assistant or a monitor as well as the clock. A missing cell does not compile. */
export const incidentSentBy: Readonly<Record<IncidentCommandType, Senders>> = {
  declare: desk,
  linkTicket: desk,
  declineTicket: desk,
  acknowledge: agent,
  addCustomers: desk,
  recordCallback: desk,
  openWarRoom: desk,
  dispatchTechnician: desk,
  confirmOnSite: desk,
  postUpdate: desk,
  resolve: desk,
  reopen: agent,
  writePostMortem: agent,
  fire: system,
}

/** What an incident is declared under: the settings, the plans that customers may have, and the version of the configuration that they come from. */
export type IncidentTerms = {
  readonly settings: IncidentSettings
  readonly plans?: TicketPolicy['plans']
  readonly policyVersion: string
}

export type IncidentDecision = Result<readonly IncidentEvent[]>

/** A command as it is decided on. */
export type IncidentCommandEnvelope<C = IncidentCommand> = C & CommandMetadata

/** The commands whose rules a family of rules holds. */
export type IncidentRules<T extends IncidentCommandType> = {
  readonly [K in T]: (command: IncidentCommandEnvelope<IncidentCommandOf<K>>, incident: Incident) => IncidentDecision
}

/** The event of a type that a command led to, at the command's moment and by its sender. */
export function incidentEvent<T extends IncidentEventType>(
  type: T,
  { at, by }: Pick<CommandMetadata, 'at' | 'by'>,
  data: IncidentEventData<T>,
): IncidentEventOf<T> {
  return { type, at, by, ...data }
}
