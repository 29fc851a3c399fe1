import type { Telling } from './happening.ts'
import { closeReasonSeen, internally } from '../schema/context.ts'
import { enumOf } from '../schema/enum-values.ts'

/** The events that move a ticket through its life. */
export function addLifeTypes({ builder, words, people, tell }: Telling) {
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
