import { projectionsBehind, ticketModels } from '@guichet/projections'
import type { SchemaParts } from '../builder.ts'
import type { ApiContext } from '../services.ts'
import { addTicketType } from '../ticket/ticket.ts'
import type { DraftView } from './draft-access.ts'
import { idsOfSolutions } from './draft-access.ts'
import { incidentAbout } from './draft-incident.ts'
import { addDraftType } from './draft.ts'

/** How many tickets about the same trouble are suggested. */
const mostSimilar = 5

/** Adds the solved tickets that are suggested beside the draft of a ticket. */
export function addSimilarTickets({ builder, use }: SchemaParts): void {
  const { draft } = use(addDraftType)
  const ticket = use(addTicketType)
  builder.objectField(draft, 'similarTickets', (t) =>
    t.field({
      type: [ticket],
      description: `Solved tickets about the same trouble, whether they were opened from drafts or not, but for its own: ${mostSimilar} at most, those that were resolved last at the beginning. Customers get those of their own, and services those of the customer of the draft.`,
      extensions: { cost: 50 },
      resolve: (view, _, context) => similarTickets(view, context),
    }),
  )
}

/** The solved tickets about the trouble of a draft: searches for anything, and errors of any kind, are not the same. */
async function similarTickets(view: DraftView, context: ApiContext) {
  const { draft } = view
  const { rule, fingerprint, kind, code } = draft.suspicion
  if (rule !== 'repeated') return []
  const customerIds = await idsOfSolutions(view, context)
  const behind = [...projectionsBehind.drafts, ...ticketModels, ...projectionsBehind.customers]
  const drafts = await context.read('drafts', behind)
  const most = mostSimilar + 1
  const [afterTrouble = [], incident] = await Promise.all([
    context.services.activities?.solvedAfter({ kind, code }, most, customerIds),
    incidentAbout(draft, context),
  ])
  const others = [...afterTrouble, ...(incident ? [incident.ticket.ticketId] : [])]
  const solved = await drafts.solvedTickets(fingerprint, others, most, customerIds)
  const ids = solved.filter((id) => id !== draft.ticket?.id).slice(0, mostSimilar)
  const tickets = await Promise.all(ids.map((id) => context.loaders.ticket.load(id)))
  return tickets.filter((each) => each !== null)
}
