import type { FieldMap, FieldRef, ObjectRef } from '@pothos/core'
import type { Alternative, EventEnvelope, Reason, TicketEventOf, TicketEventType } from '@guichet/domain'
import type { ApiBuilder, SchemaTypes } from './builder.ts'
import { globalId } from './builder.ts'
import { internally, seesOwnOnly } from './context.ts'
import type { People, Vocabulary } from './vocabulary.ts'

/** The events by which something was said, and the alerts of the clock. */
export function addSpeechTypes({ words, tell }: TimelineTypes) {
  return [
    tell('AgentReplied', 'The desk replied.', (t) => ({
      messageId: t.id({ resolve: ({ event }) => event.messageId }),
      body: t.string({ resolve: ({ event }) => event.body }),
      template: t.string({
        nullable: true,
        description: 'Null for customers.',
        resolve: ({ event }, _, context) => internally(context, event.template),
      }),
    })),
    tell('CustomerReplied', 'The customer replied.', (t) => ({
      messageId: t.id({ resolve: ({ event }) => event.messageId }),
      body: t.string({ resolve: ({ event }) => event.body }),
    })),
    tell('UpdateRelayed', 'The customer was told how an incident stands whose urgent ticket this is.', (t) => ({
      incidentId: t.id({ resolve: ({ event }) => event.incidentId }),
    })),
    tell('InternalNoteAdded', 'Somebody of the desk left a note for the desk.', (t) => ({
      messageId: t.id({ resolve: ({ event }) => event.messageId }),
      body: t.string({ resolve: ({ event }) => event.body }),
    })),
    tell('AttachmentAdded', 'A file was attached.', (t) => ({
      attachmentId: t.id({ resolve: ({ event }) => event.attachmentId }),
      messageId: t.id({ nullable: true, resolve: ({ event }) => event.messageId }),
      name: t.string({ resolve: ({ event }) => event.name }),
      mediaType: t.string({ resolve: ({ event }) => event.mediaType }),
      bytes: t.int({ resolve: ({ event }) => event.bytes }),
      visibility: t.field({ type: words.visibility, resolve: ({ event }) => event.visibility }),
    })),
    tell('ChaseSent', 'The customer was chased: told that the desk waits for a reply.', (t) => ({
      step: t.int({ resolve: ({ event }) => event.step }),
      dueAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'Null for customers.',
        resolve: ({ event }, _, context) => internally(context, event.dueAt),
      }),
      messageId: t.id({ resolve: ({ event }) => event.messageId }),
      body: t.string({ resolve: ({ event }) => event.body }),
      policyVersion: t.string({
        nullable: true,
        description: 'Null for customers.',
        resolve: ({ event }, _, context) => internally(context, event.policyVersion),
      }),
    })),
    tell('StagnationDetected', 'Nobody of the desk had worked on the ticket for too long.', (t) => ({
      since: t.field({ type: 'DateTime', resolve: ({ event }) => event.since }),
      dueAt: t.field({ type: 'DateTime', resolve: ({ event }) => event.dueAt }),
      notBefore: notBefore(t, words),
      policyVersion: t.string({ resolve: ({ event }) => event.policyVersion }),
    })),
    tell('UpdateOverdue', 'The customer had not heard from the desk for too long.', (t) => ({
      since: t.field({
        type: 'DateTime',
        description:
          'What the time was counted from: the last word, or when the desk was to keep the customer informed again.',
        resolve: ({ event }) => event.since,
      }),
      awaitedSince: t.field({
        type: 'DateTime',
        nullable: true,
        description:
          'Since when whoever had the ticket then had had time, if somebody else was told of the same silence before.',
        resolve: ({ event }) => event.awaitedSince,
      }),
      dueAt: t.field({ type: 'DateTime', resolve: ({ event }) => event.dueAt }),
      notBefore: notBefore(t, words),
      policyVersion: t.string({ resolve: ({ event }) => event.policyVersion }),
    })),
  ]
}

type OfTarget = 'TargetMet' | 'TargetWarned' | 'TargetBreached'

/** The events about what the desk has promised: the targets of SLA policies, and what they are chosen by. */
export function addPromiseTypes({ words, tell }: TimelineTypes) {
  const promised = <T extends OfTarget>(t: FieldBuilder<T>) => ({
    target: t.field({ type: words.slaTarget, resolve: ({ event }) => event.target }),
    cycle: t.int({ description: 'Which time the target ran.', resolve: ({ event }) => event.cycle }),
    since: t.field({ type: 'DateTime', resolve: ({ event }) => event.since }),
    dueAt: t.field({ type: 'DateTime', resolve: ({ event }) => event.dueAt }),
    policy: t.string({ description: 'The name of the SLA policy.', resolve: ({ event }) => event.policy }),
    calendar: t.string({
      nullable: true,
      description: 'Null where time passed around the clock.',
      resolve: ({ event }) => event.calendar,
    }),
    calendarOf: t.field({
      type: words.calendarOwner,
      nullable: true,
      description: 'Whose calendar it is, unless it is the policy’s own.',
      resolve: ({ event }) => event.calendarOf,
    }),
    notBefore: notBefore(t, words),
    policyVersion: t.string({ resolve: ({ event }) => event.policyVersion }),
  })
  return [
    tell('TargetMet', 'The desk kept a promise in time.', (t) => promised(t)),
    tell('TargetWarned', 'A promise was soon overdue.', (t) => ({
      ...promised(t),
      share: t.float({ description: 'How much of the time had passed.', resolve: ({ event }) => event.share }),
    })),
    tell('TargetBreached', 'A promise was not kept in time.', (t) => promised(t)),
    tell('PlanChanged', 'The customer’s plan changed.', (t) => ({
      fromPlan: t.string({ nullable: true, resolve: ({ event }) => event.from }),
      toPlan: t.string({ nullable: true, resolve: ({ event }) => event.to }),
      reason: t.string({ nullable: true, resolve: ({ event }) => event.reason }),
    })),
    tell('ClocksPaused', 'Somebody stopped the clocks of the ticket’s targets.', (t) => ({
      pauseReason: t.string({ resolve: ({ event }) => event.reason }),
    })),
    tell('ClocksResumed', 'The clocks of the ticket’s targets went on.', (t) => ({
      reason: t.string({ nullable: true, resolve: ({ event }) => event.reason }),
    })),
  ]
}

/** What a classifier set, and why. */
export function addClassifiedTypes({ builder, words, tell }: TimelineTypes) {
  const alternative = builder.objectRef<Alternative>('CategoryAlternative').implement({
    description: 'A category that a classifier found likely.',
    fields: (t) => ({
      category: t.exposeString('category'),
      confidence: t.exposeFloat('confidence', { description: 'From 0 to 1.' }),
    }),
  })
  const reason = builder.objectRef<Reason>('ClassificationReason').implement({
    description: 'What spoke for a classification.',
    fields: (t) => ({
      evidence: t.exposeString('evidence', { description: 'A word or a pair of words of the text, or a rule.' }),
      weight: t.exposeFloat('weight', { description: 'The greater, the more it said.' }),
    }),
  })
  return [
    tell('TicketClassified', 'The desk found out by itself what the ticket is about.', (t) => ({
      classifiedAs: t.string({
        nullable: true,
        description: 'The category that it got; null when it had one, or got none.',
        resolve: ({ event }) => event.category,
      }),
      classifiedPriority: t.field({
        type: words.priority,
        nullable: true,
        description: 'The priority that it got; null when somebody had said how pressing it is.',
        resolve: ({ event }) => event.priority,
      }),
      tags: t.stringList({
        description: 'The tags that it got; empty for customers.',
        resolve: ({ event }, _, context) => (seesOwnOnly(context) ? [] : event.tags),
      }),
      confidence: t.float({
        nullable: true,
        description: 'From 0 to 1; null for customers.',
        resolve: ({ event }, _, context) => internally(context, event.confidence),
      }),
      classifier: t.string({
        nullable: true,
        description: 'Such as `rules`, `model`, `service` or `fallback`; null for customers.',
        resolve: ({ event }, _, context) => internally(context, event.classifier),
      }),
      classifierVersion: t.string({
        nullable: true,
        description: 'Which edition of it; null for customers.',
        resolve: ({ event }, _, context) => internally(context, event.version),
      }),
      alternatives: t.field({
        type: [alternative],
        description: 'The likeliest categories, three at most; empty for customers.',
        resolve: ({ event }, _, context) => (seesOwnOnly(context) ? [] : event.alternatives),
      }),
      reasons: t.field({
        type: [reason],
        description: 'What spoke most for it, strongest first; empty for customers.',
        resolve: ({ event }, _, context) => (seesOwnOnly(context) ? [] : event.reasons),
      }),
      policyVersion: t.string({
        nullable: true,
        description: 'Null for customers.',
        resolve: ({ event }, _, context) => internally(context, event.policyVersion),
      }),
    })),
  ]
}

/** An event of a type as the timeline holds it. */
export type Happening<T extends TicketEventType = TicketEventType> = EventEnvelope<TicketEventOf<T>>

/** Makes the fields of the type of one event. */
type FieldBuilder<T extends TicketEventType> = PothosSchemaTypes.ObjectFieldBuilder<SchemaTypes, Happening<T>>

/** What the types of the timeline are made with. */
export type TimelineTypes = {
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
export function createTimelineTypes(builder: ApiBuilder, words: Vocabulary, people: People): TimelineTypes {
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

type Due = 'TargetMet' | 'TargetWarned' | 'TargetBreached' | 'StagnationDetected' | 'UpdateOverdue'

/** The change that an event names before which what it tells of did not fall due. */
const notBefore = <T extends Due>(t: FieldBuilder<T>, { termsChange }: Vocabulary): FieldRef<SchemaTypes> =>
  t.field({
    type: termsChange,
    nullable: true,
    description: 'The change before which it would have been due, and was not.',
    resolve: ({ event }) => event.notBefore,
  })
