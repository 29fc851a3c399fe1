import type { Alternative, Reason } from '@guichet/domain'
import type { Telling } from './happening.ts'
import { internally, seesOwnOnly } from '../schema/context.ts'

/** What a classifier set, and why. */
export function addClassifiedTypes({ builder, words, tell }: Telling) {
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
