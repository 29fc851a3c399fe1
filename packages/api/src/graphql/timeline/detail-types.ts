import type { Telling } from './happening.ts'
import type { BriefingRef } from '../level/briefing-type.ts'
import { internally } from '../schema/context.ts'

/** The events that change a ticket without moving it through its life. */
export function addDetailTypes({ words, people, tell }: Telling, briefing: BriefingRef) {
  return [
    tell(
      'TicketImportWithdrawn',
      'The import that it came in with was taken back: there is no such ticket any more.',
      (t) => ({
        importId: t.id({ resolve: ({ event }) => event.importId }),
      }),
    ),
    tell('PriorityChanged', 'The priority changed.', (t) => ({
      fromPriority: t.field({ type: words.priority, resolve: ({ event }) => event.from }),
      toPriority: t.field({ type: words.priority, resolve: ({ event }) => event.to }),
      reason: t.string({
        nullable: true,
        description: 'Null for customers.',
        resolve: ({ event }, _, context) => internally(context, event.reason),
      }),
    })),
    tell('TicketAssigned', 'Somebody took the ticket over.', (t) => ({
      assignee: t.field({ type: people.person, resolve: ({ event }) => event.assignee }),
      reason: t.string({
        nullable: true,
        description: 'Null for customers.',
        resolve: ({ event }, _, context) => internally(context, event.reason),
      }),
    })),
    tell('TicketUnassigned', 'The ticket became nobody’s.', (t) => ({
      assignee: t.field({
        type: people.person,
        description: 'Who had it.',
        resolve: ({ event }) => event.from,
      }),
      reason: t.string({
        nullable: true,
        description: 'Null for customers.',
        resolve: ({ event }, _, context) => internally(context, event.reason),
      }),
    })),
    tell('TicketTagged', 'A tag was added.', (t) => ({ tag: t.string({ resolve: ({ event }) => event.tag }) })),
    tell('TicketUntagged', 'A tag was removed.', (t) => ({ tag: t.string({ resolve: ({ event }) => event.tag }) })),
    tell('TicketRenamed', 'The subject changed.', (t) => ({
      fromSubject: t.string({ resolve: ({ event }) => event.from }),
      toSubject: t.string({ resolve: ({ event }) => event.to }),
    })),
    tell('TicketCategorized', 'The category changed.', (t) => ({
      fromCategory: t.string({ nullable: true, resolve: ({ event }) => event.from }),
      toCategory: t.string({ resolve: ({ event }) => event.to }),
      reason: t.string({
        nullable: true,
        description: 'Null for customers.',
        resolve: ({ event }, _, context) => internally(context, event.reason),
      }),
    })),
    tell('WatcherAdded', 'Somebody follows the ticket.', (t) => ({
      watcher: t.field({ type: people.person, resolve: ({ event }) => event.watcher }),
    })),
    tell('WatcherRemoved', 'Somebody no longer follows the ticket.', (t) => ({
      watcher: t.field({ type: people.person, resolve: ({ event }) => event.watcher }),
    })),
    tell('TicketSplit', 'A message went on as a ticket of its own.', (t) => ({
      messageId: t.id({ resolve: ({ event }) => event.messageId }),
      into: t.id({ resolve: ({ event }) => event.into }),
      subject: t.string({ resolve: ({ event }) => event.subject }),
    })),
    tell('TicketLinked', 'The ticket was linked to another one.', (t) => ({
      to: t.id({ resolve: ({ event }) => event.to }),
      relation: t.field({ type: words.relation, resolve: ({ event }) => event.relation }),
    })),
    tell('TicketUnlinked', 'A link to another ticket was removed.', (t) => ({
      to: t.id({ resolve: ({ event }) => event.to }),
      relation: t.field({ type: words.relation, resolve: ({ event }) => event.relation }),
    })),
    tell('TicketEscalated', 'The ticket was handed to another team, or up a level.', (t) => ({
      team: t.string({ nullable: true, resolve: ({ event }) => event.team }),
      fromTeam: t.string({ nullable: true, resolve: ({ event }) => event.from }),
      escalationReason: t.string({ resolve: ({ event }) => event.reason }),
      level: t.int({ nullable: true, resolve: ({ event }) => event.level }),
      fromLevel: t.int({ nullable: true, resolve: ({ event }) => event.fromLevel }),
      expectedBy: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When the level is to answer by; null where the level stayed.',
        resolve: ({ event }) => event.expectedBy,
      }),
      briefing: t.field({ type: briefing, nullable: true, resolve: ({ event }) => event.briefing }),
    })),
    tell('TicketDeescalated', 'The ticket was handed back down to a lower level.', (t) => ({
      level: t.int({ resolve: ({ event }) => event.level }),
      fromLevel: t.int({ resolve: ({ event }) => event.fromLevel }),
      escalationReason: t.string({ resolve: ({ event }) => event.reason }),
    })),
    tell('FeatureRequestNoted', 'The wish of the ticket went to the product team.', (t) => ({
      team: t.string({ resolve: ({ event }) => event.team }),
      messageId: t.id({ resolve: ({ event }) => event.messageId }),
    })),
  ]
}
