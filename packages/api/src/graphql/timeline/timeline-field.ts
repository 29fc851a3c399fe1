import type { Slice } from '@guichet/projections'
import { isShownToCustomers } from '@guichet/projections'
import type { RoutingScores } from '../agent/routing-scores.ts'
import type { BriefingRef } from '../level/briefing-type.ts'
import { connectionOf, namesOf } from '../paging/connection.ts'
import { sliceOf } from '../paging/in-memory.ts'
import type { ApiBuilder } from '../schema/builder.ts'
import { seesOwnOnly } from '../schema/context.ts'
import { historyCost } from '../schema/loaders.ts'
import type { CrewRef } from '../shift/crew-type.ts'
import type { People } from '../schema/people.ts'
import type { Vocabulary } from '../schema/vocabulary.ts'
import { withTexts } from '../ticket/ticket-history.ts'
import type { TicketRef } from '../ticket/ticket-type.ts'
import { addClassifiedTypes } from './classified-types.ts'
import { addDetailTypes } from './detail-types.ts'
import type { Happening } from './happening.ts'
import { createTelling } from './happening.ts'
import { addLifeTypes } from './life-types.ts'
import { addRoutingTypes } from './routing-types.ts'
import { addPromiseTypes } from './promise-types.ts'
import { addSpeechTypes } from './speech-types.ts'

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
  const telling = createTelling(builder, words, people)
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
