import type { FieldMap, ObjectRef } from '@pothos/core'
import type { z } from 'zod'
import type {
  Alternative,
  EventEnvelope,
  Reason,
  TicketEventData,
  TicketEventOf,
  TicketEventType,
} from '@guichet/domain'
import { isInternal, storedInstantSchema, ticketEvents } from '@guichet/domain'
import type { ApiBuilder, SchemaParts, SchemaTypes } from '../builder.ts'
import { globalId } from '../builder.ts'
import { closeReasonSeen, seesOwnOnly } from '../context.ts'
import type { FieldType } from '../field-types.ts'
import { createFieldTypes, fieldTypeOf } from '../field-types.ts'
import { unwrap } from '../inputs.ts'
import type { BriefingRef } from './level.ts'
import { addBriefingType } from './level.ts'
import { deskOnly } from '../readers.ts'
import type { RoutingScores } from './routing.ts'
import { addRoutingScores, offerFields } from './routing.ts'
import type { CrewRef } from '../agent/shift.ts'
import { addCrewType } from '../agent/shift.ts'
import type { People, Vocabulary } from '../vocabulary.ts'
import { addPeople, addVocabulary, enumOf } from '../vocabulary.ts'

/** An event of one type in the timeline. */
export type RecordedTicketEvent<T extends TicketEventType = TicketEventType> = EventEnvelope<TicketEventOf<T>>

/** An event as a viewer is shown it. */
export type TimelineEvent<T extends TicketEventType = TicketEventType> = RecordedTicketEvent<T> & {
  /** Its number among the events of its ticket that the viewer is shown, from 1; counted when it is asked for. */
  readonly number: () => number | Promise<number>
}

/** Returns the fields of one type of event. */
type FieldBuilder<T extends TicketEventType> = PothosSchemaTypes.ObjectFieldBuilder<SchemaTypes, TimelineEvent<T>>

/** The names of fields that the timeline calls otherwise, since other types have a field of that name with another type. */
const names: { readonly [T in TicketEventType]?: { readonly [K in keyof TicketEventData<T>]?: string } } = {
  AbsorptionReverted: { reason: 'revertReason' },
  ClocksPaused: { reason: 'pauseReason' },
  CustomerWaitEnded: { reason: 'waitEndReason' },
  MergeDeclined: { reason: 'declineReason' },
  PlanChanged: { from: 'fromPlan', to: 'toPlan' },
  PriorityChanged: { from: 'fromPriority', to: 'toPriority' },
  RoutingDeclined: { reason: 'routingReason' },
  TicketCategorized: { from: 'fromCategory', to: 'toCategory' },
  TicketClassified: { category: 'classifiedAs', priority: 'classifiedPriority', version: 'classifierVersion' },
  TicketClosed: { reason: 'closeReason' },
  TicketDeescalated: { reason: 'escalationReason' },
  TicketEscalated: { from: 'fromTeam', reason: 'escalationReason' },
  TicketMessageRedacted: { subject: 'newSubject' },
  TicketQueued: { reason: 'queueReason' },
  TicketRenamed: { from: 'fromSubject', to: 'toSubject' },
  TicketReopened: { reason: 'reopenReason' },
  TicketStarted: { reason: 'startReason' },
  TicketUnassigned: { from: 'assignee' },
}

/** Whether this is the name of a type of event of a ticket. */
const isTicketEventType = (name: string): name is TicketEventType => Object.hasOwn(ticketEvents, name)

type EventField = { readonly key: string; readonly name: string; readonly schema: z.ZodType; readonly hidden: boolean }

/** The fields of an event in the timeline: those of its definition that are not internal, and which of them are hidden from customers. */
function timelineFields(type: TicketEventType): readonly EventField[] {
  const { schema, hiddenFromCustomers = [] } = ticketEvents[type]
  const named: Readonly<Record<string, string>> = names[type] ?? {}
  const hidden: readonly string[] = hiddenFromCustomers
  return Object.entries<z.ZodType>(schema.shape)
    .filter(([, field]) => !isInternal(field))
    .map(([key, field]) => ({ key, name: named[key] ?? key, schema: field, hidden: hidden.includes(key) }))
}

/** Adds the type of every event of a ticket, which follows from its definition. */
export function addTimelineTypes({ builder, use }: SchemaParts) {
  const vocabulary = use(addVocabulary)
  const people = use(addPeople)
  const ticketEvent = builder.interfaceRef<TimelineEvent>('TicketEvent').implement({
    description: 'The fields of every event of a ticket.',
    fields: (t) => ({
      id: t.id({
        description: 'The global id, unique across all types.',
        resolve: ({ id, position }, _, context) => globalId('Event', seesOwnOnly(context) ? position : id),
      }),
      version: t.exposeInt('version', {
        nullable: true,
        description: 'The version of the ticket after the event; null for customers.',
        extensions: deskOnly,
      }),
      position: t.exposeString('position', { description: 'The position in the global order of events; opaque.' }),
      number: t.int({
        description: 'Its number among the events of the ticket that you may see, from 1, without gaps.',
        resolve: ({ number }) => number(),
      }),
      at: t.field({ type: 'DateTime', resolve: ({ event }) => event.at }),
      by: t.field({ type: people.actor, resolve: ({ event }) => event.by }),
    }),
  })
  const ownFields = addOwnFields(builder, vocabulary, use(addRoutingScores))
  const typeOf = typesOfFields(builder, vocabulary, people, use(addBriefingType), use(addCrewType))

  const addType = <T extends TicketEventType>(type: T): ObjectRef<SchemaTypes, TimelineEvent> => {
    const ref = builder.objectRef<TimelineEvent<T>>(type)
    const anyEvent = ref as unknown as ObjectRef<SchemaTypes, TimelineEvent>
    const { description, shownToCustomers } = ticketEvents[type]
    const extensions = shownToCustomers === false ? deskOnly : {}
    builder.objectType(anyEvent, { description, interfaces: [ticketEvent], extensions })
    builder.objectFields(ref, (t) => {
      const specialFields = ownFields[type]?.(t) ?? {}
      const derived = timelineFields(type).filter(({ name }) => !Object.hasOwn(specialFields, name))
      const fields = derived.map(({ key, name, schema, hidden }) => {
        const { inner, description, required } = unwrap(schema)
        const field = t.field({
          type: typeOf(inner, `${type}.${key}`),
          nullable: !required || hidden,
          ...(description !== undefined && {
            description: hidden ? description.replace(/\.$/, '; null for customers.') : description,
          }),
          extensions: hidden ? deskOnly : {},
          resolve: ({ event }: TimelineEvent<T>): unknown => Reflect.get(event, key),
        })
        return [name, field] as const
      })
      return { ...Object.fromEntries(fields), ...specialFields }
    })
    return anyEvent
  }
  return Object.keys(ticketEvents).filter(isTicketEventType).map(addType)
}

/** Returns the GraphQL type of a field of an event by its schema. */
function typesOfFields(
  builder: ApiBuilder,
  vocabulary: Vocabulary,
  people: People,
  briefing: BriefingRef,
  crew: CrewRef,
) {
  enumOf(builder, 'StartReason', ticketEvents.TicketStarted.schema.shape.reason.options)
  enumOf(builder, 'WaitEndReason', ticketEvents.CustomerWaitEnded.schema.shape.reason.options)
  enumOf(builder, 'ReopenReason', ticketEvents.TicketReopened.schema.shape.reason.options)
  const types = createFieldTypes()
  const { TargetMet, TicketHandedOver, TicketMerged, TicketOpened, WatcherAdded } = ticketEvents
  types.add(storedInstantSchema, { type: 'DateTime' })
  types.add(TicketMerged.schema.shape.into, { type: 'ID' })
  types.add(WatcherAdded.schema.shape.watcher, { type: people.person })
  types.add(TicketOpened.schema.shape.customer, { type: people.person })
  types.add(TicketHandedOver.schema.shape.briefing, { type: briefing })
  for (const field of ['crew', 'to'] as const) types.add(TicketHandedOver.schema.shape[field], { type: crew })
  types.add(unwrap(TargetMet.schema.shape.notBefore).inner, { type: vocabulary.termsChange })
  types.add(unwrap(TargetMet.schema.shape.calendarOf).inner, { type: vocabulary.calendarOwner })
  return (schema: z.ZodType, name: string): FieldType => fieldTypeOf(builder, types, schema, name)
}

/** The fields that do not follow from a definition: of lists, and those that are more than the field of the event. */
function addOwnFields(
  builder: ApiBuilder,
  vocabulary: Vocabulary,
  scores: RoutingScores,
): { readonly [T in TicketEventType]?: (t: FieldBuilder<T>) => FieldMap } {
  const alternative = builder.objectRef<Alternative>('CategoryAlternative').implement({
    description: 'A category that a classifier considered, with its confidence.',
    fields: (t) => ({
      category: t.exposeString('category'),
      confidence: t.exposeFloat('confidence', { description: 'The confidence, from 0 to 1.' }),
    }),
  })
  const reason = builder.objectRef<Reason>('ClassificationReason').implement({
    description: 'Evidence for a classification.',
    fields: (t) => ({
      evidence: t.exposeString('evidence', { description: 'A word or a pair of words in the text, or a rule.' }),
      weight: t.exposeFloat('weight', { description: 'The weight of the evidence; higher is stronger.' }),
    }),
  })
  return {
    TicketClosed: (t) => ({
      closeReason: t.field({
        type: vocabulary.closeReason,
        description: 'Why it was closed. Customers see `OTHER` instead of `SPAM` and `INVALID`.',
        resolve: ({ event }, _, context) => closeReasonSeen(context, event.reason),
      }),
      message: t.string({
        nullable: true,
        description: 'The message to the customer.',
        resolve: ({ event }) => event.message?.body,
      }),
    }),
    TicketSplit: (t) => ({
      subject: t.string({
        description: 'The subject that the new ticket has now, as in lists; empty where there is no such ticket.',
        extensions: { cost: 1 },
        resolve: async ({ event }, _, { loaders }) => (await loaders.ticket.load(event.into))?.subject ?? '',
      }),
    }),
    TicketRouted: (t) => offerFields(t, scores, ({ event }) => event),
    TicketClassified: (t) => ({
      tags: t.stringList({
        description: 'The tags that the ticket got; empty for customers.',
        extensions: deskOnly,
        resolve: ({ event }) => event.tags,
      }),
      alternatives: t.field({
        type: [alternative],
        description: 'The most likely categories, at most three; empty for customers.',
        extensions: deskOnly,
        resolve: ({ event }) => event.alternatives,
      }),
      reasons: t.field({
        type: [reason],
        description: 'The strongest evidence, strongest first; empty for customers.',
        extensions: deskOnly,
        resolve: ({ event }) => event.reasons,
      }),
    }),
  }
}
