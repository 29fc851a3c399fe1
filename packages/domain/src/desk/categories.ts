import { z } from 'zod'
import { agentAggregate } from '../agent/agent.ts'
import type { AgentCommand, AgentCommandInput } from '../agent/commands.ts'
import { agentCommandSchema } from '../agent/commands.ts'
import type { AgentEvent, AgentState } from '../agent/events.ts'
import { agentEvents } from '../agent/events.ts'
import type {
  ConfigurationAggregate,
  ConfigurationCommand,
  ConfigurationCommandInput,
  ConfigurationEvent,
  ConfigurationState,
} from '../configuration/versions.ts'
import { configurationCommandSchema, configurationEvents, configurationId } from '../configuration/versions.ts'
import type { ImportCommand, ImportEvent, ImportState } from '../history-import.ts'
import { importAggregate, importCommandSchema, importEvents } from '../history-import.ts'
import type { IncidentCommand, IncidentCommandInput } from '../incident/commands.ts'
import { incidentCommandSchema } from '../incident/commands.ts'
import type { IncidentEvent } from '../incident/events.ts'
import { incidentEvents } from '../incident/events.ts'
import { incidentAggregate } from '../incident/incident.ts'
import type { IncidentTerms } from '../incident/rule.ts'
import { defaultIncidentSettings } from '../incident/settings.ts'
import type { IncidentState } from '../incident/state.ts'
import type { Aggregate } from '../kernel/decider.ts'
import type { EventDefinition, EventType } from '../kernel/event.ts'
import type { Instant } from '../kernel/time.ts'
import { personId } from '../kernel/values.ts'
import type { Recipient, RecipientCommand, RecipientEvent } from '../recipient.ts'
import { recipientAggregate, recipientCommandSchema, recipientEvents } from '../recipient.ts'
import { planAt } from '../shift/plan.ts'
import type { ShiftCommand, ShiftEvent, ShiftState } from '../shift/shift.ts'
import { shiftAggregate, shiftCommandSchema, shiftEvents, shiftId } from '../shift/shift.ts'
import type { TicketCommand, TicketCommandInput } from '../ticket/commands.ts'
import { ticketCommandSchema } from '../ticket/commands.ts'
import type { TicketEvent } from '../ticket/events.ts'
import { ticketEvents } from '../ticket/events.ts'
import type { TermsTimeline } from '../ticket/rule.ts'
import { versionAt } from '../ticket/rule.ts'
import type { TicketState } from '../ticket/state.ts'
import { ticketAggregate } from '../ticket/ticket.ts'
import { id } from '../ticket/vocabulary.ts'

/** What each category of streams takes from a sender, decides on, tells and is. */
export type StreamCategories = {
  readonly ticket: {
    readonly command: TicketCommandInput
    readonly checked: TicketCommand
    readonly event: TicketEvent
    readonly state: TicketState
  }
  readonly recipient: {
    readonly command: RecipientCommand
    readonly checked: RecipientCommand
    readonly event: RecipientEvent
    readonly state: Recipient
  }
  readonly import: {
    readonly command: ImportCommand
    readonly checked: ImportCommand
    readonly event: ImportEvent
    readonly state: ImportState
  }
  readonly agent: {
    readonly command: AgentCommandInput
    readonly checked: AgentCommand
    readonly event: AgentEvent
    readonly state: AgentState
  }
  readonly incident: {
    readonly command: IncidentCommandInput
    readonly checked: IncidentCommand
    readonly event: IncidentEvent
    readonly state: IncidentState
  }
  readonly shift: {
    readonly command: ShiftCommand
    readonly checked: ShiftCommand
    readonly event: ShiftEvent
    readonly state: ShiftState
  }
  readonly configuration: {
    readonly command: ConfigurationCommandInput
    readonly checked: ConfigurationCommand
    readonly event: ConfigurationEvent
    readonly state: ConfigurationState
  }
}

export type StreamCategory = keyof StreamCategories

/** The categories of streams that something falls due on: their commands include `fire`. */
export type ClockedCategory = 'ticket' | 'incident' | 'shift'

/** A category of streams: what checks their ids and their commands, and the aggregate that decides on them. */
type Member<K extends StreamCategory> = {
  readonly id: z.ZodType<string>
  readonly schema: z.ZodType<StreamCategories[K]['checked']>
  readonly aggregate: Aggregate<
    StreamCategories[K]['checked'],
    StreamCategories[K]['event'],
    StreamCategories[K]['state']
  >
}

/** Every category of a desk that runs tickets by these terms. */
export function categoriesBy(
  terms: () => TermsTimeline,
  configuration: ConfigurationAggregate,
): {
  readonly [K in StreamCategory]: Member<K>
} {
  return {
    ticket: { id, schema: ticketCommandSchema, aggregate: ticketAggregate(terms) },
    recipient: { id: personId, schema: recipientCommandSchema, aggregate: recipientAggregate },
    configuration: { id: z.literal(configurationId), schema: configurationCommandSchema, aggregate: configuration },
    import: { id, schema: importCommandSchema, aggregate: importAggregate },
    agent: {
      id: personId,
      schema: agentCommandSchema,
      aggregate: agentAggregate(
        (at) => planAt(terms(), at),
        (at) => versionAt(terms(), at).policy,
      ),
    },
    incident: { id, schema: incidentCommandSchema, aggregate: incidentAggregate(incidentTerms(terms)) },
    shift: { id: z.literal(shiftId), schema: shiftCommandSchema, aggregate: shiftAggregate(terms) },
  }
}

/** What incidents are declared under at a moment: a section of what the desk is run by then. */
const incidentTerms =
  (timeline: () => TermsTimeline) =>
  (at: Instant): IncidentTerms => {
    const { incidents = defaultIncidentSettings, policy } = versionAt(timeline(), at)
    return { settings: incidents, plans: policy.plans, policyVersion: policy.version }
  }

/** Everything that can happen at a desk. */
export type GuichetEvent =
  TicketEvent | RecipientEvent | ImportEvent | ConfigurationEvent | IncidentEvent | AgentEvent | ShiftEvent

/** Every type of event of the product: what a store needs to read its history. */
export const guichetEvents = {
  ...ticketEvents,
  ...recipientEvents,
  ...importEvents,
  ...configurationEvents,
  ...incidentEvents,
  ...agentEvents,
  ...shiftEvents,
} satisfies Readonly<Record<GuichetEvent['type'], EventType & Pick<EventDefinition, 'personal'>>>
