import type { Desk, Instant, SuspicionFacts } from '@guichet/domain'
import { accountOf, days, later, survivingCustomer, ticketStatuses, unlessDeleted } from '@guichet/domain'
import type { ReadModels, TicketRow } from '@guichet/projections'

/** A person, whatever ids they have had. Their plan is their own, or else that of their organisation. */
export type AnalysedPerson = Pick<SuspicionFacts, 'plan'> & {
  /** The id of the customer who survives all merges: their drafts are recorded under it. */
  readonly id: string
  /** That id, and those of all who were merged into them: activities and drafts may have any of them. */
  readonly ids: readonly string[]
  /** The language that they prefer; undefined where nobody knows. */
  readonly language: string | undefined
  /** Their time zone; undefined where nobody knows. */
  readonly timeZone: string | undefined
}

/** A ticket of a person, and whether it was opened from a draft. */
export type PersonTicket = SuspicionFacts['tickets'][number] & { readonly id: string; readonly isFromDraft: boolean }

/** Reads people for analyses. */
export type PersonReader = {
  /**
   * Who has an id; undefined for somebody whose record was deleted from the event store, and for a blocked customer,
   * who can open no ticket.
   */
  identify(personId: string): Promise<AnalysedPerson | undefined>
  /** The tickets of their last thirty days, and older ones that are still open. */
  ticketsOf(person: Pick<AnalysedPerson, 'id'>, at: Instant): Promise<readonly PersonTicket[]>
  /** The other members of their organisation, some hundreds at most. */
  colleaguesOf(person: Pick<AnalysedPerson, 'id' | 'ids'>): Promise<readonly string[]>
  /** Whether the tickets are shown that were opened before now: it is waited for, but not for long. */
  isCurrent(): Promise<boolean>
}

/** The read models that people are read from. */
type PersonModels = {
  readonly customers: Pick<ReadModels['customers'], 'withMerged' | 'organisationOf' | 'membersOf'>
  readonly tickets: Pick<ReadModels['tickets'], 'list' | 'byIds'>
}

const ticketTime = days(30)
const mostTickets = 100
const mostColleagues = 500

/**
 * Reads people from their records, and from read models, which may be behind: that a ticket of a draft is open, the
 * stream of the drafts says itself.
 */
export const personReader = (
  desk: Pick<Desk, 'readRecent'>,
  { customers, tickets }: PersonModels,
  isCurrent: PersonReader['isCurrent'],
): PersonReader => ({
  isCurrent,

  identify: async (personId) => {
    const survivor = await unlessDeleted(survivingCustomer({ read: desk.readRecent }, personId), () => undefined)
    if (!survivor) return undefined
    const { id, state } = survivor
    const record = state.status === 'absent' ? undefined : state
    if (record?.blocked) return undefined
    const account = record && (await unlessDeleted(accountOf({ read: desk.readRecent }, record, true), () => undefined))
    return {
      id,
      ids: [...new Set([id, personId, ...(await customers.withMerged(id))])],
      plan: account ? account.plan : record?.details.plan,
      language: record?.details.language,
      timeZone: record?.details.timeZone,
    }
  },

  ticketsOf: async ({ id }, at) => {
    const page = await tickets.list(
      { person: [id], or: [{ openedAt: { from: later(at, -ticketTime) } }, { status: openStatuses }] },
      { by: 'openedAt', direction: 'desc' },
      { limit: mostTickets },
      'all',
    )
    const rows = page.rows.map(({ row }) => row)
    const survivors = await survivingTickets(tickets, rows)
    return rows.map((row, index) => ({
      id: row.id,
      openedAt: row.openedAt,
      isOpen: isOpen(survivors[index] ?? row),
      isFromDraft: row.draft !== undefined,
    }))
  },

  colleaguesOf: async ({ id, ids }) => {
    const organisationId = await customers.organisationOf(id)
    const members = organisationId === undefined ? [] : await customers.membersOf(organisationId, mostColleagues)
    return members.filter((member) => !ids.includes(member))
  },
})

const openStatuses = ticketStatuses.filter((status) => status !== 'resolved' && status !== 'closed')

const isOpen = ({ status }: TicketRow): boolean => (openStatuses as readonly string[]).includes(status)

/** The tickets that survive all merges of some, in their order: a ticket that was merged is closed itself. */
async function survivingTickets(
  { byIds }: Pick<PersonModels['tickets'], 'byIds'>,
  tickets: readonly TicketRow[],
): Promise<readonly TicketRow[]> {
  const merged = tickets.flatMap(({ mergedInto }) => mergedInto ?? [])
  if (merged.length === 0) return tickets
  const targets = (await byIds([...new Set(merged)])).filter((row) => row !== undefined)
  const survivors = new Map((await survivingTickets({ byIds }, targets)).map((row, index) => [targets[index]?.id, row]))
  return tickets.map((row) => survivors.get(row.mergedInto) ?? row)
}
