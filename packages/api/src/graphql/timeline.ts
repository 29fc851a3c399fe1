import type { Slice } from '@guichet/projections'
import { isShownToCustomers } from '@guichet/domain'
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
import type { Happening, TimelineTypes } from './timeline-texts.ts'
import { addClassifiedTypes, addPromiseTypes, addSpeechTypes, createTimelineTypes } from './timeline-texts.ts'
import type { People, Vocabulary } from './vocabulary.ts'
import { enumOf } from './vocabulary.ts'

const list = 'timeline'

/** `Ticket.timeline`: everything that happened, oldest first, read from the ticket's own history. */
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
  const telling = createTimelineTypes(builder, words, people)
  const item = builder.unionType('TimelineItem', {
    description: 'One thing that happened to a ticket.',
    types: [
      ...addLifeTypes(telling),
      ...addSpeechTypes(telling),
      ...addDetailTypes(telling, briefing),
      ...addClassifiedTypes(telling),
      ...addRoutingTypes(telling, scores, briefing, crew),
      ...addPromiseTypes(telling),
    ],
    resolveType: (happening) => (happening as Happening).event.type,
  })

  builder.objectField(ticket, 'timeline', (t) =>
    t.connection(
      {
        type: item,
        description: 'What happened, oldest first; customers do not see what is internal to the desk.',
        extensions: { cost: historyCost },
        resolve: async ({ id, history }, args, context) => {
          const happenings = history ?? (await context.loaders.history.load(id))
          const visible = seesOwnOnly(context) ? happenings.filter(isShownToCustomers) : happenings
          const connection = await connectionOf(list, args, async (page) => {
            const slice = sliceOf(visible, page, ({ position }) => position)
            const shown = await withTexts(
              context,
              slice.rows.map(({ row }) => row),
            )
            const rows = slice.rows.map(({ keyset }, place) => ({ keyset, row: shown[place] }))
            return { ...slice, rows } as unknown as Slice<never>
          })
          return { ...connection, totalCount: visible.length }
        },
      },
      {
        ...namesOf('TimelineItem')[0],
        fields: (c) => ({ totalCount: c.exposeInt('totalCount', { description: 'How many you may see.' }) }),
      },
      namesOf('TimelineItem')[1],
    ),
  )
  return item
}

export type TimelineItemRef = ReturnType<typeof addTimeline>

/** The events that move a ticket through its life. */
function addLifeTypes({ builder, words, people, tell }: TimelineTypes) {
  const startReason = enumOf(builder, 'StartReason', ['manual', 'agent_reply', 'wait', 'resolve'])
  const waitEndReason = enumOf(builder, 'WaitEndReason', ['customer_reply', 'agent_reply', 'manual', 'merge'])
  const reopenReason = enumOf(builder, 'ReopenReason', ['customer_reply', 'manual'])

  return [
    tell('TicketOpened', 'A customer asked for help.', (t) => ({
      subject: t.string({ resolve: ({ event }) => event.subject }),
      messageId: t.id({ resolve: ({ event }) => event.messageId }),
      body: t.string({ resolve: ({ event }) => event.body }),
      customer: t.field({ type: people.person, resolve: ({ event }) => event.customer }),
      channel: t.field({ type: words.channel, resolve: ({ event }) => event.channel }),
      priority: t.field({ type: words.priority, resolve: ({ event }) => event.priority }),
    })),
    tell('TicketStarted', 'Work on the ticket began.', (t) => ({
      startReason: t.field({ type: startReason, resolve: ({ event }) => event.reason }),
    })),
    tell('CustomerWaitStarted', 'The desk waits for the customer.'),
    tell('CustomerWaitEnded', 'The wait for the customer ended.', (t) => ({
      waitEndReason: t.field({ type: waitEndReason, resolve: ({ event }) => event.reason }),
    })),
    tell('TicketResolved', 'A solution was given.', (t) => ({
      summary: t.string({
        nullable: true,
        description: 'Null for customers.',
        resolve: ({ event }, _, context) => internally(context, event.summary),
      }),
    })),
    tell('TicketReopened', 'The ticket came back.', (t) => ({
      from: t.field({ type: words.status, resolve: ({ event }) => event.from }),
      reopenReason: t.field({ type: reopenReason, resolve: ({ event }) => event.reason }),
      note: t.string({
        nullable: true,
        description: 'Null for customers.',
        resolve: ({ event }, _, context) => internally(context, event.note),
      }),
    })),
    tell('TicketClosed', 'The ticket ended.', (t) => ({
      from: t.field({ type: words.status, resolve: ({ event }) => event.from }),
      closeReason: t.field({
        type: words.closeReason,
        description: 'Customers are shown `OTHER` where the desk took it for `SPAM` or `INVALID`.',
        resolve: ({ event }, _, context) => closeReasonSeen(context, event.reason),
      }),
      note: t.string({
        nullable: true,
        description: 'Null for customers.',
        resolve: ({ event }, _, context) => internally(context, event.note),
      }),
      dueAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When the clock was to close it, if the clock did; null for customers.',
        resolve: ({ event }, _, context) => internally(context, event.dueAt),
      }),
      message: t.string({
        nullable: true,
        description: 'What the customer was told.',
        resolve: ({ event }) => event.message?.body,
      }),
    })),
    tell('TicketMerged', 'The ticket went on as another one.', (t) => ({
      into: t.id({ resolve: ({ event }) => event.into }),
    })),
    tell('TicketAbsorbed', 'The desk began to merge another ticket into this one.', (t) => ({
      source: t.id({ resolve: ({ event }) => event.source }),
    })),
    tell('AbsorptionCompleted', 'Another ticket has been merged into this one, and goes on here.', (t) => ({
      source: t.id({ resolve: ({ event }) => event.source }),
    })),
    tell('MergeDeclined', 'A merge of this ticket into another one did not take place.', (t) => ({
      into: t.id({ resolve: ({ event }) => event.into }),
      declineReason: t.string({ resolve: ({ event }) => event.reason }),
    })),
    tell('AbsorptionReverted', 'The other ticket could not be merged after all.', (t) => ({
      source: t.id({ resolve: ({ event }) => event.source }),
      revertReason: t.string({ resolve: ({ event }) => event.reason }),
    })),
  ]
}

/** The events that change a ticket without moving it through its life. */
function addDetailTypes({ words, people, tell }: TimelineTypes, briefing: BriefingRef) {
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

/** The events of a ticket on its way to an agent; customers are shown none of them. */
function addRoutingTypes({ people, tell }: TimelineTypes, scores: RoutingScores, briefing: BriefingRef, crew: CrewRef) {
  return [
    tell('TicketRouted', 'The ticket was offered to an agent.', (t) => ({
      round: t.int({ resolve: ({ event }) => event.round }),
      agent: t.field({ type: people.person, resolve: ({ event }) => event.agent }),
      ...offerFields(t, scores, ({ event }) => event),
    })),
    tell('RoutingDeclined', 'The agent could not take the ticket.', (t) => ({
      round: t.int({ resolve: ({ event }) => event.round }),
      agent: t.field({ type: people.person, resolve: ({ event }) => event.agent }),
      routingReason: t.string({ resolve: ({ event }) => event.reason }),
    })),
    tell('TicketQueued', 'Nobody can take the ticket now.', (t) => ({
      queueReason: t.string({ resolve: ({ event }) => event.reason }),
    })),
    tell('TicketHandedOver', 'The shift of its agent ended: whoever takes over is offered it first.', (t) => ({
      from: t.field({ type: people.person, description: 'Who had it.', resolve: ({ event }) => event.from }),
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
