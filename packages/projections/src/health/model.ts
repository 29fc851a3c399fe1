import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import type {
  ChatEvent,
  DraftEvent,
  Drafts,
  HealthSignal,
  HealthTerm,
  Instant,
  TicketEvent,
  TicketState,
} from '@guichet/domain'
import { closeResults } from '@guichet/domain'
import type { ChatFacts, ChatFolding } from '../chats/chat-facts.ts'
import { draftRowId } from '../drafts/model.ts'
import type { ResponseState } from '../response-times/model.ts'
import type { Projection } from '../runner/projection.ts'
import type { Step, StreamFolding } from '../streams/stream-folding.ts'
import { movedBy } from '../streams/stream-folding.ts'
import { forgetsWithdrawn } from '../streams/withdrawals.ts'
import { tablesOf, writtenTable } from '../written-table.ts'

/** What of a ticket its cases follow from. */
type TicketPart = { readonly ticket: TicketState; readonly responses: ResponseState | undefined }

/**
 * The dated cases that the health of customers follows from: a row each. No row depends on the settings or on the
 * present moment, so that scores change as time passes, and at another instant or by other weights are a query too.
 */
export function healthProjection(
  tickets: StreamFolding<TicketEvent, TicketPart>,
  drafts: StreamFolding<DraftEvent, Drafts>,
  chats: ChatFolding,
): Projection {
  return forgetsWithdrawn(
    {
      name: 'health',
      version: 2,
      ...tablesOf(table),
      project: async (events, context) => {
        const chatSteps = await chats.steps(events, context)
        const ticketSteps = await tickets.steps(events, context)
        const rows = [
          ...ticketSteps.flatMap(rowsOfTicket),
          ...(await drafts.steps(events, context)).flatMap(rowsOfDraft),
          ...chatSteps.flatMap(rowsOfChat),
        ]
        const byKey = new Map(rows.map((row) => [`${row.source} ${row.term} ${row.number}`, row]))
        await table.replace(context.tx, [...byKey.values()])
        await endLeftOut(context.tx, ticketSteps)
        await moveRatings(context.tx, chatSteps)
      },
    },
    (ids, { tx }) => removeTickets(tx, ids),
  )
}

/** `number` tells the cases of one source apart: it is the version of the event that each began with. */
const table = writtenTable(
  'health_signal',
  `source text collate "C" not null,
  term text not null,
  number integer not null,
  customer_id text collate "C" not null,
  at timestamptz not null,
  until timestamptz,
  rating smallint,
  primary key (source, term, number)`,
  {
    fillfactor: 90,
    indexes: [
      'index on health_signal (at)',
      'index on health_signal (customer_id, at)',
      "index on health_signal (until) where term = 'waits'",
    ],
  },
)

type SignalRow = HealthSignal & { readonly number: number; readonly customer_id: string }

/** The cases that an event of a ticket begins or ends. */
function rowsOfTicket({ id, envelope, before, after }: Step<TicketEvent, TicketPart>): readonly SignalRow[] {
  const { ticket, responses } = after
  if (ticket.status === 'absent' || !responses) return []
  const { event, version } = envelope
  const rowOf = (term: HealthTerm, number: number, at: Instant, until?: Instant): SignalRow => ({
    source: id,
    term,
    number,
    customer_id: ticket.customer.id,
    at,
    until,
  })
  const until = isLeftOut(ticket) ? event.at : undefined
  const opening =
    event.type === 'TicketOpened' || isLeftOut(before.ticket) !== isLeftOut(ticket)
      ? [rowOf('tickets', 0, responses.openedAt, until)]
      : []
  const [earlier, present] = [waitOf(before.responses), waitOf(responses)]
  const isSameWait = earlier?.version === present?.version
  return [
    ...opening,
    ...(earlier && !isSameWait ? [rowOf('waits', earlier.version, earlier.since, event.at)] : []),
    ...(present && !isSameWait ? [rowOf('waits', present.version, present.since)] : []),
    ...(event.type === 'TicketReopened' ? [rowOf('reopenings', version, event.at)] : []),
    ...(event.type === 'TargetBreached' ? [rowOf('breaches', version, event.dueAt, until)] : []),
  ]
}

/**
 * Whether nothing about a ticket counts, also where it was resolved before: it is spam, invalid, a duplicate, or merged
 * into another one.
 */
const isLeftOut = (ticket: TicketState): boolean =>
  ticket.status === 'closed' && ticket.closed !== undefined && closeResults[ticket.closed.reason] === 'left_out'

/**
 * What has happened on a ticket until it is left out counts no longer from then on, and counts again when it is none of
 * those any more. The row of the ticket itself is among `rowsOfTicket`; its waits end with it anyway.
 */
async function endLeftOut(tx: Transaction<unknown>, steps: readonly Step<TicketEvent, TicketPart>[]): Promise<void> {
  const turned = steps.filter(({ before, after }) => isLeftOut(before.ticket) !== isLeftOut(after.ticket))
  if (turned.length === 0) return
  const last = new Map(
    turned.map(({ id, envelope: { event, version }, after }) => [
      id,
      { source: id, version, until: isLeftOut(after.ticket) ? event.at : null },
    ]),
  )
  await sql`
    update health_signal h set until = r.until
    from json_to_recordset(${JSON.stringify([...last.values()])}::json) as r (
      source text, version integer, until timestamptz)
    where h.source = r.source and h.number < r.version and h.term = any(${[...laterTerms]}::text[])`.execute(tx)
}

/** The first message of an open ticket that nobody has answered; of its opening, the version is 0. */
function waitOf(responses: ResponseState | undefined): NonNullable<ResponseState['waiting']> | undefined {
  if (!responses || responses.ending !== undefined) return undefined
  return responses.firstResponse ? responses.waiting : { version: 0, since: responses.openedAt }
}

/**
 * Suspected trouble counts until there is a ticket about it, or somebody says that it is none; again where the desk
 * refuses that ticket. That of the holdout never does: nobody is to act on it.
 */
function rowsOfDraft({ id: customerId, envelope, after }: Step<DraftEvent, Drafts>): readonly SignalRow[] {
  const { event } = envelope
  if (!('number' in event) || !(isCounting(event) || isEnding(event))) return []
  const draft = after.drafts.find(({ number }) => number === event.number)
  if (!draft || draft.isHoldout) return []
  const source = draftRowId(customerId, event.number)
  const until = isEnding(event) ? event.at : undefined
  return [{ source, term: 'suspicions', number: 0, customer_id: customerId, at: draft.suspectedAt, until }]
}

/** Whether suspected trouble counts from an event on. */
const isCounting = (event: DraftEvent): boolean =>
  event.type === 'TroubleSuspected' || (event.type === 'DraftSettled' && event.outcome === 'refused')

/** Whether suspected trouble counts no longer from an event on. */
const isEnding = (event: DraftEvent): boolean =>
  event.type === 'DraftOpened' ||
  event.type === 'DraftDismissed' ||
  event.type === 'DraftReported' ||
  (event.type === 'DraftWithheld' && event.cause === 'review')

/** The last rating of a chat counts. */
function rowsOfChat({ id, envelope, after }: Step<ChatEvent, ChatFacts>): readonly SignalRow[] {
  const { event } = envelope
  if (event.type !== 'ChatRated' || after.state.status === 'absent') return []
  const { at, rating } = event
  return [{ source: id, term: 'ratings', number: 0, customer_id: after.state.customer.id, at, rating }]
}

/**
 * The ratings of visitors follow their chats, which become those of the customer whom they turn out to be. Suspected
 * trouble stays on the visitor's record, which is merged into the customer's: queries follow merges.
 */
async function moveRatings(tx: Transaction<unknown>, steps: readonly Step<ChatEvent, ChatFacts>[]): Promise<void> {
  const moved = movedBy(steps).flatMap(({ id, before, after }) => {
    const [from, to] = [customerOf(before), customerOf(after)]
    return from !== undefined && to !== undefined && from !== to ? [{ source: id, customer_id: to }] : []
  })
  if (moved.length === 0) return
  await sql`
    update health_signal h set customer_id = r.customer_id
    from json_to_recordset(${JSON.stringify(moved)}::json) as r (source text, customer_id text)
    where h.source = r.source and h.term = 'ratings'`.execute(tx)
}

const customerOf = ({ state }: ChatFacts): string | undefined =>
  state.status === 'absent' ? undefined : state.customer.id

/** The terms whose cases begin with an event of an open ticket. */
const laterTerms: readonly HealthTerm[] = ['breaches', 'reopenings']

const ticketTerms: readonly HealthTerm[] = ['tickets', 'waits', ...laterTerms]

async function removeTickets(tx: Transaction<unknown>, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  await sql`
    delete from health_signal
    where source = any(${[...ids]}::text[]) and term = any(${[...ticketTerms]}::text[])`.execute(tx)
}
