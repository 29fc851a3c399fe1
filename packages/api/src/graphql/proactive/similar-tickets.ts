import { projectionsBehind, ticketModels } from '@guichet/projections'
import type { SchemaParts } from '../builder.ts'
import { seesOwnOnly } from '../context.ts'
import type { ApiContext } from '../services.ts'
import { addTicketType } from '../ticket/ticket.ts'
import { incidentAbout } from './draft-incident.ts'
import type { DraftView } from './draft.ts'
import { addDraftType, idsOfViewer } from './draft.ts'

/** How many tickets about the same trouble are suggested. */
const mostSimilar = 5

/** On how many days of people who have met a trouble tickets are looked for: the latest ones. */
const mostMeetings = 200

/** Adds the solved tickets that are suggested beside the draft of a ticket. */
export function addSimilarTickets({ builder, use }: SchemaParts): void {
  const { draft } = use(addDraftType)
  const ticket = use(addTicketType)
  builder.objectField(draft, 'similarTickets', (t) =>
    t.field({
      type: [ticket],
      description: `Resolved tickets about the same trouble, whether they were opened from drafts or not: ${mostSimilar} at most, the latest first. Customers get those of their own.`,
      extensions: { cost: 50 },
      resolve: (view, _, context) => similarTickets(view, context),
    }),
  )
}

/** The solved tickets about the trouble of a draft: searches for anything, and errors of any kind, are not the same. */
async function similarTickets({ draft }: DraftView, context: ApiContext) {
  const { rule, fingerprint, kind, code } = draft.suspicion
  if (rule !== 'repeated') return []
  const customerIds = seesOwnOnly(context) ? await idsOfViewer(context) : undefined
  const drafts = await context.read('drafts', [...projectionsBehind.drafts, ...ticketModels])
  const [meetings = [], incident] = await Promise.all([
    context.services.activities?.meetingsOf({ kind, code }, mostMeetings, customerIds),
    incidentAbout(draft, context),
  ])
  const trouble = { fingerprint, meetings, incidentTicketId: incident?.ticket.ticketId }
  const ids = await drafts.solvedTickets(trouble, mostSimilar, customerIds)
  const tickets = await Promise.all(ids.map((id) => context.loaders.ticket.load(id)))
  return tickets.filter((each) => each !== null)
}
