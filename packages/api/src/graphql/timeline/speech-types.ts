import type { Telling } from './happening.ts'
import { notBefore } from './not-before.ts'
import { internally } from '../schema/context.ts'

/** The events by which something was said, and the alerts of the clock. */
export function addSpeechTypes({ words, tell }: Telling) {
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
