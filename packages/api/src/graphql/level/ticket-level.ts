import type { TicketEvent, TicketEventOf } from '@guichet/domain'
import type { ApiBuilder } from '../schema/builder.ts'
import { internally, seesOwnOnly } from '../schema/context.ts'
import { historyCost } from '../schema/loaders.ts'
import type { TicketRef } from '../ticket/ticket-type.ts'
import type { BriefingRef } from './briefing-type.ts'

/** `Ticket.level` and `Ticket.briefing`. */
export function addTicketLevel(builder: ApiBuilder, ticket: TicketRef, briefing: BriefingRef): void {
  builder.objectFields(ticket, (t) => ({
    level: t.int({
      nullable: true,
      description: 'The support level that it is worked on at: 1, 2 or 3; null for customers.',
      resolve: ({ level }, _, context) => internally(context, level),
    }),
    briefing: t.field({
      type: briefing,
      nullable: true,
      description:
        'What the last escalation, or hand-over at a change of shift, told of it; null for customers, and before there was one.',
      extensions: { cost: historyCost },
      resolve: async ({ id, history }, _, context) => {
        if (seesOwnOnly(context)) return undefined
        const events = (history ?? (await context.loaders.history.load(id))).map(({ event }) => event)
        return events.findLast(isHandOver)?.briefing
      },
    }),
  }))
}

/** Whether an event tells whoever comes next how things stand. */
const isHandOver = (event: TicketEvent): event is TicketEventOf<'TicketEscalated' | 'TicketHandedOver'> =>
  event.type === 'TicketEscalated' || event.type === 'TicketHandedOver'
