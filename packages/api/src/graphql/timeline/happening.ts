import type { EventEnvelope, TicketEventOf, TicketEventType } from '@guichet/domain'
import type { FieldMap, ObjectRef } from '@pothos/core'
import type { ApiBuilder, SchemaTypes } from '../schema/builder.ts'
import { internally, seesOwnOnly } from '../schema/context.ts'
import type { People } from '../schema/people.ts'
import type { Vocabulary } from '../schema/vocabulary.ts'
import { globalId } from '../schema/global-id.ts'

/** An event of a type as the timeline holds it. */
export type Happening<T extends TicketEventType = TicketEventType> = EventEnvelope<TicketEventOf<T>>

/** Makes the fields of the type of one event. */
export type FieldBuilder<T extends TicketEventType> = PothosSchemaTypes.ObjectFieldBuilder<SchemaTypes, Happening<T>>

/** What the types of the timeline are made with. */
export type Telling = {
  readonly builder: ApiBuilder
  readonly words: Vocabulary
  readonly people: People
  /** Makes the type of one event, named after it, with the fields every event has and its own. */
  tell<T extends TicketEventType>(
    type: T,
    description: string,
    own?: (t: FieldBuilder<T>) => FieldMap,
  ): ObjectRef<SchemaTypes, Happening<T>>
}

/** What the types of a timeline are built with: one interface, and `tell` for each type of event. */
export function createTelling(builder: ApiBuilder, words: Vocabulary, people: People): Telling {
  const happened = builder.interfaceRef<Happening>('Happened').implement({
    description: 'What everything that happens to a ticket has.',
    fields: (t) => ({
      id: t.id({
        description: 'Unique among everything that has an id.',
        resolve: ({ id, position }, _, context) => globalId('Event', seesOwnOnly(context) ? position : id),
      }),
      version: t.int({
        nullable: true,
        description: 'The version of the ticket that it brought about; null for customers.',
        resolve: ({ version }, _, context) => internally(context, version),
      }),
      position: t.exposeString('position', { description: 'Its place in the order of all events; opaque.' }),
      at: t.field({ type: 'DateTime', resolve: ({ event }) => event.at }),
      by: t.field({ type: people.actor, resolve: ({ event }) => event.by }),
    }),
  })
  return {
    builder,
    words,
    people,
    tell: (type, description, own = () => ({})) =>
      builder.objectRef<Happening<typeof type>>(type).implement({
        description,
        interfaces: [happened as never],
        fields: own,
      }),
  }
}
