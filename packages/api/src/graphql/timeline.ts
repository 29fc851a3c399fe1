import type { EventEnvelope } from '@guichet/domain'
import { isShownToCustomers } from '@guichet/domain'
import type { Keyset } from '@guichet/projections'
import type { ApiBuilder } from './builder.ts'
import { closeReasonSeen, internally, seesOwnOnly } from './context.ts'
import type { BriefingRef } from './level.ts'
import { historyCost } from './loaders.ts'
import { connectionOf, namesOf, sliceOf } from './paging.ts'
import type { RoutingScores } from './routing.ts'
import { offerFields } from './routing.ts'
import type { CrewRef } from './shift.ts'
import { withTexts } from './ticket-history.ts'
import type { TicketRef } from './ticket.ts'
import type { TimelineTypes } from './timeline-texts.ts'
import { addClassifiedTypes, addPromiseTypes, addSpeechTypes, createTimelineTypes } from './timeline-texts.ts'
import type { People, Vocabulary } from './vocabulary.ts'
import { enumOf } from './vocabulary.ts'

/** The name of the list in its cursors. */
export const timeline = 'timeline'

/** The place of an event in the timeline of its ticket. */
export const keysetOf = ({ position }: Pick<EventEnvelope, 'position'>): Keyset => ({ value: position, id: '' })

/** Adds `Ticket.timeline`: all events, oldest first, read from the ticket's history. */
export function addTimeline(
  builder: ApiBuilder,
  ticket: TicketRef,
  words: Vocabulary,
  people: People,
  {
    scores,
    briefing,
    crew,
  }: { readonly scores: RoutingScores; readonly briefing: BriefingRef; readonly crew: CrewRef },
) {
  const timelineTypes = createTimelineTypes(builder, words, people)
  const item = builder.unionType('TimelineItem', {
    description: 'One event of a ticket.',
    types: [
      ...addLifeTypes(timelineTypes),
      ...addSpeechTypes(timelineTypes),
      ...addDetailTypes(timelineTypes, briefing),
      ...addClassifiedTypes(timelineTypes),
      ...addRoutingTypes(timelineTypes, scores, briefing, crew),
      ...addPromiseTypes(timelineTypes),
    ],
    resolveType: ({ event }) => event.type,
  })

  builder.objectField(ticket, 'timeline', (t) =>
    t.connection(
      {
        type: item,
        description: 'The events of the ticket, oldest first. Customers do not see internal ones.',
        extensions: { cost: historyCost },
        resolve: async ({ id, history }, args, context) => {
          const envelopes = history ?? (await context.loaders.history.load(id))
          const visible = seesOwnOnly(context) ? envelopes.filter(isShownToCustomers) : envelopes
          const connection = await connectionOf(timeline, args, async (page) => {
            const slice = sliceOf(visible, page, keysetOf)
            const [first] = slice.rows
            const before = first ? visible.indexOf(first.row) : 0
            const shown = await withTexts(
              context,
              slice.rows.map(({ row }) => row),
            )
            const rows = slice.rows.map(({ keyset, row }, place) => ({
              keyset,
              row: { ...(shown[place] ?? row), number: () => before + place + 1 },
            }))
            return { ...slice, rows }
          })
          return { ...connection, totalCount: visible.length }
        },
      },
      {
        ...namesOf('TimelineItem')[0],
        fields: (c) => ({ totalCount: c.exposeInt('totalCount', { description: 'How many events you may see.' }) }),
      },
      namesOf('TimelineItem')[1],
    ),
  )
  return item
}

export type TimelineItemRef = ReturnType<typeof addTimeline>

/** Adds the types of events that change the status of a ticket. */
function addLifeTypes({ builder, words, people, addType }: TimelineTypes) {
  const startReason = enumOf(builder, 'StartReason', ['manual', 'agent_reply', 'wait', 'resolve'])
  const waitEndReason = enumOf(builder, 'WaitEndReason', ['customer_reply', 'agent_reply', 'manual', 'merge'])
  const reopenReason = enumOf(builder, 'ReopenReason', ['customer_reply', 'manual', 'merge'])

  return [
    addType('TicketOpened', 'The ticket was opened.', (t) => ({
      subject: t.string({ resolve: ({ event }) => event.subject }),
      messageId: t.id({ resolve: ({ event }) => event.messageId }),
      body: t.string({ resolve: ({ event }) => event.body }),
      customer: t.field({ type: people.person, resolve: ({ event }) => event.customer }),
      channel: t.field({ type: words.channel, resolve: ({ event }) => event.channel }),
      priority: t.field({ type: words.priority, resolve: ({ event }) => event.priority }),
    })),
    addType('TicketStarted', 'Work on the ticket began.', (t) => ({
      startReason: t.field({ type: startReason, resolve: ({ event }) => event.reason }),
    })),
    addType('CustomerWaitStarted', 'The desk began to wait for the customer.'),
    addType('CustomerWaitEnded', 'The wait for the customer ended.', (t) => ({
      waitEndReason: t.field({ type: waitEndReason, resolve: ({ event }) => event.reason }),
    })),
    addType('TicketResolved', 'The ticket was resolved.', (t) => ({
      summary: t.string({
        nullable: true,
        description: 'The summary; null for customers.',
        resolve: ({ event }, _, context) => internally(context, event.summary),
      }),
    })),
    addType('TicketReopened', 'The ticket was reopened.', (t) => ({
      from: t.field({ type: words.status, resolve: ({ event }) => event.from }),
      reopenReason: t.field({ type: reopenReason, resolve: ({ event }) => event.reason }),
      note: t.string({
        nullable: true,
        description: 'The note; null for customers.',
        resolve: ({ event }, _, context) => internally(context, event.note),
      }),
    })),
    addType('TicketClosed', 'The ticket was closed.', (t) => ({
      from: t.field({ type: words.status, resolve: ({ event }) => event.from }),
      closeReason: t.field({
        type: words.closeReason,
        description: 'Why it was closed. Customers see `OTHER` instead of `SPAM` and `INVALID`.',
        resolve: ({ event }, _, context) => closeReasonSeen(context, event.reason),
      }),
      note: t.string({
        nullable: true,
        description: 'The note; null for customers.',
        resolve: ({ event }, _, context) => internally(context, event.note),
      }),
      dueAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When the closing was due, if the clock closed it; null for customers.',
        resolve: ({ event }, _, context) => internally(context, event.dueAt),
      }),
      message: t.string({
        nullable: true,
        description: 'The message to the customer.',
        resolve: ({ event }) => event.message?.body,
      }),
    })),
    addType('TicketMerged', 'The ticket was merged into another one.', (t) => ({
      into: t.id({ resolve: ({ event }) => event.into }),
    })),
    addType('TicketAbsorbed', 'The desk began to merge another ticket into this one.', (t) => ({
      source: t.id({ resolve: ({ event }) => event.source }),
    })),
    addType('AbsorptionCompleted', 'Another ticket was merged into this one.', (t) => ({
      source: t.id({ resolve: ({ event }) => event.source }),
    })),
    addType('MergeDeclined', 'The merge of this ticket into another one was declined.', (t) => ({
      into: t.id({ resolve: ({ event }) => event.into }),
      declineReason: t.string({ resolve: ({ event }) => event.reason }),
    })),
    addType('AbsorptionReverted', 'The merge of the other ticket into this one was reverted.', (t) => ({
      source: t.id({ resolve: ({ event }) => event.source }),
      revertReason: t.string({ resolve: ({ event }) => event.reason }),
    })),
  ]
}

/** Adds the types of events that change a ticket but not its status. */
function addDetailTypes({ words, people, addType }: TimelineTypes, briefing: BriefingRef) {
  return [
    addType(
      'TicketImportWithdrawn',
      'The import that created the ticket was taken back, so the ticket no longer exists.',
      (t) => ({
        importId: t.id({ resolve: ({ event }) => event.importId }),
      }),
    ),
    addType('PriorityChanged', 'The priority changed.', (t) => ({
      fromPriority: t.field({ type: words.priority, resolve: ({ event }) => event.from }),
      toPriority: t.field({ type: words.priority, resolve: ({ event }) => event.to }),
      reason: t.string({
        nullable: true,
        description: 'The reason; null for customers.',
        resolve: ({ event }, _, context) => internally(context, event.reason),
      }),
    })),
    addType('TicketAssigned', 'The ticket was assigned.', (t) => ({
      assignee: t.field({ type: people.person, resolve: ({ event }) => event.assignee }),
      reason: t.string({
        nullable: true,
        description: 'The reason; null for customers.',
        resolve: ({ event }, _, context) => internally(context, event.reason),
      }),
    })),
    addType('TicketUnassigned', 'The assignee was removed.', (t) => ({
      assignee: t.field({
        type: people.person,
        description: 'The assignee before.',
        resolve: ({ event }) => event.from,
      }),
      reason: t.string({
        nullable: true,
        description: 'The reason; null for customers.',
        resolve: ({ event }, _, context) => internally(context, event.reason),
      }),
    })),
    addType('TicketTagged', 'A tag was added.', (t) => ({ tag: t.string({ resolve: ({ event }) => event.tag }) })),
    addType('TicketUntagged', 'A tag was removed.', (t) => ({ tag: t.string({ resolve: ({ event }) => event.tag }) })),
    addType('TicketRenamed', 'The subject changed.', (t) => ({
      fromSubject: t.string({ resolve: ({ event }) => event.from }),
      toSubject: t.string({ resolve: ({ event }) => event.to }),
    })),
    addType('TicketCategorized', 'The category changed.', (t) => ({
      fromCategory: t.string({ nullable: true, resolve: ({ event }) => event.from }),
      toCategory: t.string({ resolve: ({ event }) => event.to }),
      reason: t.string({
        nullable: true,
        description: 'The reason; null for customers.',
        resolve: ({ event }, _, context) => internally(context, event.reason),
      }),
    })),
    addType('WatcherAdded', 'A watcher was added.', (t) => ({
      watcher: t.field({ type: people.person, resolve: ({ event }) => event.watcher }),
    })),
    addType('WatcherRemoved', 'A watcher was removed.', (t) => ({
      watcher: t.field({ type: people.person, resolve: ({ event }) => event.watcher }),
    })),
    addType('TicketSplit', 'A message was split off into a new ticket.', (t) => ({
      messageId: t.id({ resolve: ({ event }) => event.messageId }),
      into: t.id({ resolve: ({ event }) => event.into }),
      subject: t.string({
        description: 'The subject that the new ticket has now, as in lists; empty where there is no such ticket.',
        extensions: { cost: 1 },
        resolve: async ({ event }, _, { loaders }) => (await loaders.ticket.load(event.into))?.subject ?? '',
      }),
    })),
    addType('TicketLinked', 'The ticket was linked to another one.', (t) => ({
      to: t.id({ resolve: ({ event }) => event.to }),
      relation: t.field({ type: words.relation, resolve: ({ event }) => event.relation }),
    })),
    addType('TicketUnlinked', 'A link to another ticket was removed.', (t) => ({
      to: t.id({ resolve: ({ event }) => event.to }),
      relation: t.field({ type: words.relation, resolve: ({ event }) => event.relation }),
    })),
    addType('TicketEscalated', 'The ticket was escalated to another team or to a higher level.', (t) => ({
      team: t.string({ nullable: true, resolve: ({ event }) => event.team }),
      fromTeam: t.string({ nullable: true, resolve: ({ event }) => event.from }),
      escalationReason: t.string({ resolve: ({ event }) => event.reason }),
      level: t.int({ nullable: true, resolve: ({ event }) => event.level }),
      fromLevel: t.int({ nullable: true, resolve: ({ event }) => event.fromLevel }),
      expectedBy: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When the response of the level is due; null if the level did not change.',
        resolve: ({ event }) => event.expectedBy,
      }),
      briefing: t.field({ type: briefing, nullable: true, resolve: ({ event }) => event.briefing }),
    })),
    addType('TicketDeescalated', 'The ticket was handed down to a lower level.', (t) => ({
      level: t.int({ resolve: ({ event }) => event.level }),
      fromLevel: t.int({ resolve: ({ event }) => event.fromLevel }),
      escalationReason: t.string({ resolve: ({ event }) => event.reason }),
    })),
    addType('FeatureRequestNoted', 'The customer’s wish was recorded for the product team.', (t) => ({
      team: t.string({ resolve: ({ event }) => event.team }),
      messageId: t.id({ resolve: ({ event }) => event.messageId }),
    })),
  ]
}

/** Adds the types of routing events, none of which customers see. */
function addRoutingTypes(
  { people, addType }: TimelineTypes,
  scores: RoutingScores,
  briefing: BriefingRef,
  crew: CrewRef,
) {
  return [
    addType('TicketRouted', 'The ticket was offered to an agent.', (t) => ({
      round: t.int({ resolve: ({ event }) => event.round }),
      agent: t.field({ type: people.person, resolve: ({ event }) => event.agent }),
      ...offerFields(t, scores, ({ event }) => event),
    })),
    addType('RoutingDeclined', 'The agent did not take the ticket.', (t) => ({
      round: t.int({ resolve: ({ event }) => event.round }),
      agent: t.field({ type: people.person, resolve: ({ event }) => event.agent }),
      routingReason: t.string({ resolve: ({ event }) => event.reason }),
    })),
    addType('TicketQueued', 'No agent could take the ticket, so it was queued.', (t) => ({
      queueReason: t.string({ resolve: ({ event }) => event.reason }),
    })),
    addType('TicketHandedOver', 'The shift of its agent ended. The crew that takes over is offered it first.', (t) => ({
      from: t.field({ type: people.person, description: 'The agent who had it.', resolve: ({ event }) => event.from }),
      crew: t.field({ type: crew, description: 'The crew whose shift ended.', resolve: ({ event }) => event.crew }),
      to: t.field({ type: crew, description: 'The crew that takes over.', resolve: ({ event }) => event.to }),
      dueAt: t.field({
        type: 'DateTime',
        description: 'When the shift ended.',
        resolve: ({ event }) => event.dueAt,
      }),
      briefing: t.field({ type: briefing, resolve: ({ event }) => event.briefing }),
    })),
  ]
}
