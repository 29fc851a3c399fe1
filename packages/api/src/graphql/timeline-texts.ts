import type { FieldMap, FieldRef, ObjectRef } from '@pothos/core'
import type { Alternative, EventEnvelope, Reason, TicketEventOf, TicketEventType } from '@guichet/domain'
import type { ApiBuilder, SchemaTypes } from './builder.ts'
import { globalId } from './builder.ts'
import { internally, seesOwnOnly } from './context.ts'
import type { People, Vocabulary } from './vocabulary.ts'

/** Adds the types of events with texts, and the alerts of the clock. */
export function addSpeechTypes({ words, addType }: TimelineTypes) {
  return [
    addType('AgentReplied', 'The desk replied.', (t) => ({
      messageId: t.id({ resolve: ({ event }) => event.messageId }),
      body: t.string({ resolve: ({ event }) => event.body }),
      template: t.string({
        nullable: true,
        description: 'The name of the reply template; null for customers.',
        resolve: ({ event }, _, context) => internally(context, event.template),
      }),
    })),
    addType('CustomerReplied', 'The customer replied.', (t) => ({
      messageId: t.id({ resolve: ({ event }) => event.messageId }),
      body: t.string({ resolve: ({ event }) => event.body }),
    })),
    addType('UpdateRelayed', 'An update on the incident of this urgent ticket was sent to the customer.', (t) => ({
      incidentId: t.id({ resolve: ({ event }) => event.incidentId }),
    })),
    addType('InternalNoteAdded', 'An internal note was added.', (t) => ({
      messageId: t.id({ resolve: ({ event }) => event.messageId }),
      body: t.string({ resolve: ({ event }) => event.body }),
    })),
    addType('TicketMessageRedacted', 'Content of a message was removed from view.', (t) => ({
      messageId: t.id({ resolve: ({ event }) => event.messageId }),
      body: t.string({ description: 'What is left of the text.', resolve: ({ event }) => event.body }),
      newSubject: t.string({
        nullable: true,
        description: 'The subject of the ticket from then on; null if only the message was removed.',
        resolve: ({ event }) => event.subject,
      }),
      reason: t.string({
        nullable: true,
        description: 'The reason; null for customers.',
        resolve: ({ event }, _, context) => internally(context, event.reason),
      }),
    })),
    addType('AttachmentAdded', 'A file was attached.', (t) => ({
      attachmentId: t.id({ resolve: ({ event }) => event.attachmentId }),
      messageId: t.id({ nullable: true, resolve: ({ event }) => event.messageId }),
      name: t.string({ resolve: ({ event }) => event.name }),
      mediaType: t.string({ resolve: ({ event }) => event.mediaType }),
      bytes: t.int({ resolve: ({ event }) => event.bytes }),
      visibility: t.field({ type: words.visibility, resolve: ({ event }) => event.visibility }),
    })),
    addType('ChaseSent', 'The customer was reminded that the desk is waiting for a reply.', (t) => ({
      step: t.int({ resolve: ({ event }) => event.step }),
      dueAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When it was due; null for customers.',
        resolve: ({ event }, _, context) => internally(context, event.dueAt),
      }),
      messageId: t.id({ resolve: ({ event }) => event.messageId }),
      body: t.string({ resolve: ({ event }) => event.body }),
      policyVersion: t.string({
        nullable: true,
        description: 'The version of the configuration that decided it; null for customers.',
        resolve: ({ event }, _, context) => internally(context, event.policyVersion),
      }),
    })),
    addType('CustomerChased', 'Somebody of the desk reminded the customer that it is waiting for a reply.', (t) => ({
      messageId: t.id({ resolve: ({ event }) => event.messageId }),
      body: t.string({ resolve: ({ event }) => event.body }),
      policyVersion: t.string({
        nullable: true,
        description: 'The version of the configuration whose text it is; null for customers.',
        resolve: ({ event }, _, context) => internally(context, event.policyVersion),
      }),
    })),
    addType('StagnationDetected', 'The ticket had no activity of the desk for too long.', (t) => ({
      since: t.field({ type: 'DateTime', resolve: ({ event }) => event.since }),
      dueAt: t.field({ type: 'DateTime', resolve: ({ event }) => event.dueAt }),
      notBefore: notBefore(t, words),
      policyVersion: t.string({ resolve: ({ event }) => event.policyVersion }),
    })),
    addType('UpdateOverdue', 'An update for the customer was overdue.', (t) => ({
      since: t.field({
        type: 'DateTime',
        description: 'When the time began to count: at the last message, or when updates became due again.',
        resolve: ({ event }) => event.since,
      }),
      awaitedSince: t.field({
        type: 'DateTime',
        nullable: true,
        description:
          'When the time of the current assignee began to count, if an earlier assignee was alerted of the same overdue update.',
        resolve: ({ event }) => event.awaitedSince,
      }),
      dueAt: t.field({ type: 'DateTime', resolve: ({ event }) => event.dueAt }),
      notBefore: notBefore(t, words),
      policyVersion: t.string({ resolve: ({ event }) => event.policyVersion }),
    })),
  ]
}

type OfTarget = 'TargetMet' | 'TargetWarned' | 'TargetBreached'

/** Adds the types of events of SLA targets, and of the plan and pauses that they depend on. */
export function addPromiseTypes({ words, addType }: TimelineTypes) {
  const promised = <T extends OfTarget>(t: FieldBuilder<T>) => ({
    target: t.field({ type: words.slaTarget, resolve: ({ event }) => event.target }),
    cycle: t.int({ description: 'The round of the target, counted from 1.', resolve: ({ event }) => event.cycle }),
    since: t.field({ type: 'DateTime', resolve: ({ event }) => event.since }),
    dueAt: t.field({ type: 'DateTime', resolve: ({ event }) => event.dueAt }),
    policy: t.string({ description: 'The name of the SLA policy.', resolve: ({ event }) => event.policy }),
    calendar: t.string({
      nullable: true,
      description: 'The calendar by which time is counted; null for around the clock.',
      resolve: ({ event }) => event.calendar,
    }),
    calendarOf: t.field({
      type: words.calendarOwner,
      nullable: true,
      description: 'The owner of the calendar; null for the policy’s own.',
      resolve: ({ event }) => event.calendarOf,
    }),
    notBefore: notBefore(t, words),
    policyVersion: t.string({ resolve: ({ event }) => event.policyVersion }),
  })
  return [
    addType('TargetMet', 'An SLA target was met.', (t) => promised(t)),
    addType('TargetWarned', 'An SLA target was soon due.', (t) => ({
      ...promised(t),
      share: t.float({
        description: 'The share of the time that had passed, from 0 to 1.',
        resolve: ({ event }) => event.share,
      }),
    })),
    addType('TargetBreached', 'An SLA target was breached.', (t) => promised(t)),
    addType('PlanChanged', 'The customer’s plan changed.', (t) => ({
      fromPlan: t.string({ nullable: true, resolve: ({ event }) => event.from }),
      toPlan: t.string({ nullable: true, resolve: ({ event }) => event.to }),
      reason: t.string({ nullable: true, resolve: ({ event }) => event.reason }),
    })),
    addType('ClocksPaused', 'The clocks of the ticket’s SLA targets were paused.', (t) => ({
      pauseReason: t.string({ resolve: ({ event }) => event.reason }),
    })),
    addType('ClocksResumed', 'The clocks of the ticket’s SLA targets were resumed.', (t) => ({
      reason: t.string({ nullable: true, resolve: ({ event }) => event.reason }),
    })),
  ]
}

/** Adds the type of the event of a classification, with its reasons. */
export function addClassifiedTypes({ builder, words, addType }: TimelineTypes) {
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
  return [
    addType('TicketClassified', 'The ticket was classified automatically.', (t) => ({
      classifiedAs: t.string({
        nullable: true,
        description: 'The category that the ticket got; null if it had one before, or got none.',
        resolve: ({ event }) => event.category,
      }),
      classifiedPriority: t.field({
        type: words.priority,
        nullable: true,
        description: 'The priority that the ticket got; null if somebody had set one before.',
        resolve: ({ event }) => event.priority,
      }),
      tags: t.stringList({
        description: 'The tags that the ticket got; empty for customers.',
        resolve: ({ event }, _, context) => (seesOwnOnly(context) ? [] : event.tags),
      }),
      confidence: t.float({
        nullable: true,
        description: 'The confidence, from 0 to 1; null for customers.',
        resolve: ({ event }, _, context) => internally(context, event.confidence),
      }),
      classifier: t.string({
        nullable: true,
        description: 'The classifier, such as `rules`, `model`, `service` or `fallback`; null for customers.',
        resolve: ({ event }, _, context) => internally(context, event.classifier),
      }),
      classifierVersion: t.string({
        nullable: true,
        description: 'The version of the classifier; null for customers.',
        resolve: ({ event }, _, context) => internally(context, event.version),
      }),
      alternatives: t.field({
        type: [alternative],
        description: 'The most likely categories, at most three; empty for customers.',
        resolve: ({ event }, _, context) => (seesOwnOnly(context) ? [] : event.alternatives),
      }),
      reasons: t.field({
        type: [reason],
        description: 'The strongest evidence, strongest first; empty for customers.',
        resolve: ({ event }, _, context) => (seesOwnOnly(context) ? [] : event.reasons),
      }),
      policyVersion: t.string({
        nullable: true,
        description: 'The version of the configuration that decided it; null for customers.',
        resolve: ({ event }, _, context) => internally(context, event.policyVersion),
      }),
    })),
  ]
}

/** An event of one type in the timeline. */
export type RecordedTicketEvent<T extends TicketEventType = TicketEventType> = EventEnvelope<TicketEventOf<T>>

/** An event as a viewer is shown it. */
export type ShownTicketEvent<T extends TicketEventType = TicketEventType> = RecordedTicketEvent<T> & {
  /** Its number among the events of its ticket that the viewer is shown, from 1; counted when it is asked for. */
  readonly number: () => number | Promise<number>
}

/** Returns the fields of one type of event. */
type FieldBuilder<T extends TicketEventType> = PothosSchemaTypes.ObjectFieldBuilder<SchemaTypes, ShownTicketEvent<T>>

/** The builder of the types of the timeline. */
export type TimelineTypes = {
  readonly builder: ApiBuilder
  readonly words: Vocabulary
  readonly people: People
  /** Adds the GraphQL type of one type of event: the fields of every event, and its own. */
  addType<T extends TicketEventType>(
    type: T,
    description: string,
    own?: (t: FieldBuilder<T>) => FieldMap,
  ): ObjectRef<SchemaTypes, ShownTicketEvent>
}

/** Creates the builder of timeline types: adds their interface, and returns `addType` for each type of event. */
export function createTimelineTypes(builder: ApiBuilder, words: Vocabulary, people: People): TimelineTypes {
  const ticketEvent = builder.interfaceRef<ShownTicketEvent>('TicketEvent').implement({
    description: 'The fields of every event of a ticket.',
    fields: (t) => ({
      id: t.id({
        description: 'The global id, unique across all types.',
        resolve: ({ id, position }, _, context) => globalId('Event', seesOwnOnly(context) ? position : id),
      }),
      version: t.int({
        nullable: true,
        description: 'The version of the ticket after the event; null for customers.',
        resolve: ({ version }, _, context) => internally(context, version),
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
  return {
    builder,
    words,
    people,
    addType: (type, description, own = () => ({})) => {
      const ref = builder.objectRef<ShownTicketEvent<typeof type>>(type)
      const anyEvent = ref as unknown as ObjectRef<SchemaTypes, ShownTicketEvent>
      builder.objectType(anyEvent, { description, interfaces: [ticketEvent] })
      builder.objectFields(ref, own)
      return anyEvent
    },
  }
}

type Due = 'TargetMet' | 'TargetWarned' | 'TargetBreached' | 'StagnationDetected' | 'UpdateOverdue'

/** The field `notBefore`: an event that names no change has null. */
const notBefore = <T extends Due>(t: FieldBuilder<T>, { termsChange }: Vocabulary): FieldRef<SchemaTypes> =>
  t.field({
    type: termsChange,
    nullable: true,
    description: 'The change at which it fell due, if the terms after the change would have made it due earlier.',
    resolve: ({ event }) => event.notBefore,
  })
