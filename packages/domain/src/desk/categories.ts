import { z } from 'zod'
import type { AgentAggregate } from '../agent/agent.ts'
import { agentAggregate } from '../agent/agent.ts'
import { agentCommandSchema } from '../agent/commands.ts'
import { agentEvents } from '../agent/events.ts'
import type { ConfigurationAggregate } from '../configuration/versions.ts'
import { configurationCommandSchema, configurationEvents, configurationId } from '../configuration/versions.ts'
import type { ImportAggregate } from '../history-import.ts'
import { importAggregate, importCommandSchema, importEvents } from '../history-import.ts'
import { incidentCommandSchema } from '../incident/commands.ts'
import { incidentEvents } from '../incident/events.ts'
import type { IncidentAggregate } from '../incident/incident.ts'
import { incidentAggregate } from '../incident/incident.ts'
import type { IncidentTerms } from '../incident/rule.ts'
import { defaultIncidentSettings } from '../incident/settings.ts'
import type { Aggregate } from '../kernel/decider.ts'
import type { DomainEvent, EventDefinition, EventType } from '../kernel/event.ts'
import type { Instant } from '../kernel/time.ts'
import { personId } from '../kernel/values.ts'
import type { RecipientAggregate } from '../recipient.ts'
import { recipientAggregate, recipientCommandSchema, recipientEvents } from '../recipient.ts'
import { planAt } from '../shift/plan.ts'
import type { ShiftAggregate } from '../shift/shift.ts'
import { shiftAggregate, shiftCommandSchema, shiftEvents, shiftId } from '../shift/shift.ts'
import { deskOnlyField, followsMerges, ticketCommandSchema } from '../ticket/commands.ts'
import { ticketEvents } from '../ticket/events.ts'
import type { TermsTimeline } from '../ticket/rule.ts'
import { versionAt } from '../ticket/rule.ts'
import type { TicketAggregate } from '../ticket/ticket.ts'
import { ticketAggregate } from '../ticket/ticket.ts'
import { id } from '../ticket/vocabulary.ts'

/** The command, aggregate and event types of a category of streams. */
type Streams<C extends z.ZodType, A> = {
  readonly command: z.input<C>
  readonly checked: z.output<C>
  readonly event: A extends Aggregate<never, infer E, unknown> ? E : never
  readonly state: A extends Aggregate<never, DomainEvent, infer S> ? S : never
}

/** Every category of streams. */
export type StreamCategories = {
  readonly ticket: Streams<typeof ticketCommandSchema, TicketAggregate>
  readonly recipient: Streams<typeof recipientCommandSchema, RecipientAggregate>
  readonly import: Streams<typeof importCommandSchema, ImportAggregate>
  readonly agent: Streams<typeof agentCommandSchema, AgentAggregate>
  readonly incident: Streams<typeof incidentCommandSchema, IncidentAggregate>
  readonly shift: Streams<typeof shiftCommandSchema, ShiftAggregate>
  readonly configuration: Streams<typeof configurationCommandSchema, ConfigurationAggregate>
}

export type StreamCategory = keyof StreamCategories

/** The categories of streams that have deadlines: their commands include `fire`. */
export type ClockedCategory = 'ticket' | 'incident' | 'shift'

/** A category of streams: the schemas of its ids and commands, its aggregate, and the desk's special rules for it. */
type Member<K extends StreamCategory> = {
  readonly id: z.ZodType<string>
  readonly schema: z.ZodType<StreamCategories[K]['checked']>
  readonly aggregate: Aggregate<
    StreamCategories[K]['checked'],
    StreamCategories[K]['event'],
    StreamCategories[K]['state']
  >
  /** The field of a command that only the desk and an import may set; undefined when the command has none. */
  readonly deskOnlyField?: (command: StreamCategories[K]['checked']) => string | undefined
  /** The commands that are passed on to the stream that this one was merged into. */
  readonly followsMerges?: ReadonlySet<string>
  /** Whether breaches that happened before an import was complete are marked as imported. */
  readonly marksImportedPast?: true
}

/** Every category of a desk that runs tickets by these terms. */
export function categoriesBy(
  terms: () => TermsTimeline,
  configuration: ConfigurationAggregate,
): {
  readonly [K in StreamCategory]: Member<K>
} {
  return {
    ticket: {
      id,
      schema: ticketCommandSchema,
      aggregate: ticketAggregate(terms),
      deskOnlyField,
      followsMerges,
      marksImportedPast: true,
    },
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

/** The incident terms at a moment: a section of the desk's terms then. */
const incidentTerms =
  (timeline: () => TermsTimeline) =>
  (at: Instant): IncidentTerms => {
    const { incidents = defaultIncidentSettings, policy } = versionAt(timeline(), at)
    return { settings: incidents, plans: policy.plans, policyVersion: policy.version }
  }

/** Everything that can happen at a desk. */
export type GuichetEvent = StreamCategories[StreamCategory]['event']

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
