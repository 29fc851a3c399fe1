import type { Desk } from '@guichet/domain'
import type { DraftRow, Slice, TicketRow } from '@guichet/projections'
import { draftRowId, ticketRow } from '@guichet/projections'
import type { PatternModels } from '../proactive/pattern-source.ts'

/** The read models of patterns over the streams of a desk: the drafts of some people, and the listed tickets. */
export function patternModels(
  desk: Pick<Desk, 'read'>,
  people: readonly string[],
  listed: readonly string[] = [],
): PatternModels {
  const ticketOf = async (id: string): Promise<TicketRow | undefined> => {
    const { state, version } = await desk.read('ticket', id)
    return state.status === 'absent' ? undefined : ticketRow(id, version, state, state.updatedAt)
  }
  const draftsOf = async (customerId: string): Promise<readonly DraftRow[]> => {
    const { state } = await desk.read('draft', customerId)
    return state.drafts.map((draft) => ({
      id: draftRowId(customerId, draft.number),
      customerId,
      draft,
      offeredAt: draft.offeredAt,
      decidedAt: undefined,
    }))
  }
  return {
    drafts: { list: async () => pageOf((await Promise.all(people.map(draftsOf))).flat()) },
    tickets: {
      byIds: (ids) => Promise.all(ids.map(ticketOf)),
      list: async ({ person, openedAt: range }) => {
        const tickets = (await Promise.all(listed.map(ticketOf))).filter((ticket) => ticket !== undefined)
        const isMeant = ({ customer, openedAt }: TicketRow): boolean =>
          (person?.includes(customer.id) ?? true) &&
          (range?.from === undefined || openedAt >= range.from) &&
          (range?.to === undefined || openedAt < range.to)
        return pageOf(tickets.filter(isMeant))
      },
    },
  }
}

/** A page that has all rows there are. */
const pageOf = <Row extends { readonly id: string }>(rows: readonly Row[]): Slice<Row> => ({
  rows: rows.map((row) => ({ row, keyset: { value: row.id, id: row.id } })),
  hasNext: false,
  hasPrevious: false,
})
