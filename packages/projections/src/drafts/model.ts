import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import type { Draft, DraftEvent, Drafts } from '@guichet/domain'
import type { Projection } from '../runner/projection.ts'
import type { Step, StreamFolding } from '../streams/stream-folding.ts'
import { tablesOf, writtenTable } from '../written-table.ts'

/** Every draft that was ever suspected: a row each, with what became of it. */
export function draftsProjection(drafts: StreamFolding<DraftEvent, Drafts>): Projection {
  return {
    name: 'drafts',
    version: 2,
    ...tablesOf(table),
    project: async (events, context) => {
      const steps = await drafts.steps(events, context)
      await table.replace(context.tx, rowsOf(steps), momentsStay)
      await redactOld(context.tx, steps)
    },
  }
}

const table = writtenTable(
  'draft',
  `id text collate "C" primary key,
  customer_id text not null,
  status text not null,
  rule text not null,
  fingerprint text not null,
  suspected_at timestamptz not null,
  offered_at timestamptz,
  decided_at timestamptz,
  withheld_cause text,
  ticket_id text collate "C",
  reported_id text collate "C",
  outcome text,
  state json not null`,
  {
    fillfactor: 70,
    indexes: [
      'index on draft (suspected_at, id)',
      'index on draft (customer_id, suspected_at, id)',
      "index on draft (suspected_at, id) where status = 'in_review'",
      "index on draft (fingerprint, decided_at) where outcome = 'resolved'",
      'index on draft (fingerprint, decided_at) where reported_id is not null',
      'index on draft (ticket_id) where ticket_id is not null',
    ],
  },
)

/** What an earlier event has said of the moments of a draft, and of the ticket that ended it, is kept. */
const momentsStay = {
  updates: Object.fromEntries(
    ['offered_at', 'decided_at', 'withheld_cause', 'reported_id'].map((column) => [
      column,
      sql`coalesce(${sql.ref(`excluded.${column}`)}, ${sql.ref(`draft.${column}`)})`,
    ]),
  ),
}

/** The id of a draft, unique among those of all customers: its number, and whose it is. */
export const draftRowId = (customerId: string, number: number): string => `${number}~${customerId}`

function rowsOf(steps: readonly Step<DraftEvent, Drafts>[]): readonly object[] {
  const rows = new Map<string, object>()
  for (const { id: customerId, envelope, after } of steps) {
    const { event } = envelope
    if (!('number' in event)) continue
    const draft = after.drafts.find(({ number }) => number === event.number)
    if (!draft) continue
    const id = draftRowId(customerId, draft.number)
    rows.set(id, { ...rows.get(id), ...momentsOf(event), id, customer_id: customerId, ...columnsOf(draft) })
  }
  return [...rows.values()]
}

/** Removes text from the rows of drafts that are so old that the state of their customer has them no more. */
async function redactOld(tx: Transaction<unknown>, steps: readonly Step<DraftEvent, Drafts>[]): Promise<void> {
  for (const { id: customerId, envelope, after } of steps) {
    const { event } = envelope
    if (event.type !== 'DraftRedacted' || after.drafts.some(({ number }) => number === event.number)) continue
    const { number, subject, body } = event
    const remainder = JSON.stringify({ subject, body })
    await sql`
      update draft set state = (state::jsonb || ${remainder}::jsonb)::json
      where id = ${draftRowId(customerId, number)}`.execute(tx)
  }
}

const columnsOf = (draft: Draft): object => ({
  status: draft.status,
  rule: draft.suspicion.rule,
  fingerprint: draft.suspicion.fingerprint,
  suspected_at: draft.suspectedAt,
  ticket_id: draft.ticket?.id,
  outcome: draft.ticket?.outcome,
  state: draft,
})

function momentsOf(event: DraftEvent): object {
  switch (event.type) {
    case 'DraftOffered':
      return { offered_at: event.at }
    case 'DraftWithheld':
      return { decided_at: event.at, withheld_cause: event.cause }
    case 'DraftReported':
      return { decided_at: event.at, reported_id: event.ticketId }
    case 'DraftOpened':
    case 'DraftDismissed':
    case 'DraftLapsed':
      return { decided_at: event.at }
    default:
      return {}
  }
}
