import type { Desk, DraftsOfPerson, Sender, StreamCategories, Ticket, TicketOutcome } from '@guichet/domain'
import {
  closeResults,
  draftsOfPerson,
  engineCommandId,
  importIdOf,
  isPendingDraft,
  parseStream,
  proactiveActor,
  survivorOf,
  throwIfTransient,
  unlessDeleted,
} from '@guichet/domain'
import type { ReadPersonIds } from '../reaction/person-ids.ts'
import type { Reaction } from '../reaction/reaction.ts'
import { reaction } from '../reaction/reaction.ts'
import { isReadModelBehind } from '../reaction/read-model-behind.ts'

/**
 * Says in the stream of a customer's drafts when the ticket of one is over, or open again: by the state of the ticket,
 * so that a late event does no harm. A ticket that was merged is over when the one that it was merged into is: the
 * events of that one are followed too.
 */
export const followDraftTickets: Reaction = reaction({
  name: 'follow_draft_tickets',
  on: ['TicketResolved', 'TicketClosed', 'TicketMerged', 'TicketReopened'],
  react: async ({ event: { at }, stream, id, correlationId }, desk) => {
    if (importIdOf(correlationId) !== undefined) return
    for (const { ticketId, customerId } of await ticketsOfDrafts(desk, parseStream(stream).id)) {
      const outcome = await outcomeOf(desk, ticketId)
      const commandId = engineCommandId('proactive', 'ticket', id, ticketId)
      const command = outcome === undefined ? ({ type: 'reopen', ticketId } as const) : settling(ticketId, outcome)
      await sendToDrafts(desk, customerId, command, { at, commandId, correlationId, causationId: id })
    }
  },
})

/**
 * Ends the drafts of a customer for whom a ticket is opened after the trouble began: it is probably about the same, and
 * that trouble is not suspected while it is open. One that was opened from a draft says nothing about the others.
 */
export const endReportedDrafts = (personIds: ReadPersonIds): Reaction =>
  reaction({
    name: 'end_reported_drafts',
    on: ['TicketOpened'],
    isOutage: isReadModelBehind,
    react: async ({ event: { at: openedAt, customer, draft }, stream, id, position, correlationId }, desk) => {
      if (draft || importIdOf(correlationId) !== undefined) return
      const { id: ticketId } = parseStream(stream)
      const idsOf = (survivor: string): Promise<readonly string[]> => personIds(desk, survivor, position)
      for (const [customerId, { drafts }] of await draftsOfCustomer(desk, customer.id, idsOf)) {
        if (!drafts.some(isPendingDraft)) continue
        const commandId = engineCommandId('proactive', 'reported', id, customerId)
        const report = { type: 'report', ticketId, openedAt } as const
        await sendToDrafts(desk, customerId, report, { at: openedAt, commandId, correlationId, causationId: id })
      }
    },
  })

/**
 * Removes from a draft what is removed from its ticket: of the first message, and the subject. A ticket that was split
 * off has no draft.
 */
export const redactDrafts: Reaction = reaction({
  name: 'redact_drafts',
  on: ['TicketMessageRedacted'],
  react: async ({ event: { at, messageId, subject, body }, stream, id, correlationId }, desk) => {
    const ticket = await readTicket(desk, parseStream(stream).id)
    if (!ticket?.draft) return
    const isFirst = messageId === ticket.firstMessageId
    if (!isFirst && subject === undefined) return
    const { customerId, number } = ticket.draft
    const remainder = { ...(subject !== undefined && { subject }), ...(isFirst && { body }) }
    const commandId = engineCommandId('proactive', 'redaction', id)
    const command = { type: 'redact', number, ...remainder } as const
    await sendToDrafts(desk, customerId, command, { at, commandId, correlationId, causationId: id })
  },
})

/** Sends a command to the drafts of a customer; those of somebody who was erased are deleted with them. */
export async function sendToDrafts(
  desk: Pick<Desk, 'engine'>,
  customerId: string,
  command: StreamCategories['draft']['command'],
  sender: Omit<Sender, 'by'>,
): Promise<void> {
  const sent = desk.engine.execute('draft', customerId, command, { ...sender, by: proactiveActor })
  const result = await unlessDeleted(sent, () => undefined)
  if (result) throwIfTransient(result)
}

/** The drafts of a customer under all of their ids, which `idsOf` reads; none of somebody who was erased. */
async function draftsOfCustomer(
  desk: TicketReader,
  customerId: string,
  idsOf: (survivor: string) => Promise<readonly string[]>,
): Promise<DraftsOfPerson['byId']> {
  const reader = { read: desk.readRecent }
  const survivor = await unlessDeleted(survivorOf(reader, customerId), () => undefined)
  if (survivor === undefined) return new Map()
  return (await draftsOfPerson(reader, await idsOf(survivor))).byId
}

const settling = (ticketId: string, outcome: TicketOutcome) => ({ type: 'settle', ticketId, outcome }) as const

type TicketReader = Pick<Desk, 'readRecent'>

/** A ticket that was opened from a draft, and whose draft it was. */
type DraftTicket = { readonly ticketId: string; readonly customerId: string }

/** A ticket; undefined where there is none, or its stream was deleted. */
const readTicket = (desk: TicketReader, id: string): Promise<Ticket | undefined> =>
  unlessDeleted(
    desk.readRecent('ticket', id).then(({ state }) => (state.status === 'absent' ? undefined : state)),
    () => undefined,
  )

/** Of a ticket and all that were merged into it, those that were opened from drafts. */
async function ticketsOfDrafts(desk: TicketReader, id: string): Promise<readonly DraftTicket[]> {
  const ids = [id]
  const opened: DraftTicket[] = []
  for (const ticketId of ids) {
    const ticket = await readTicket(desk, ticketId)
    if (!ticket) continue
    if (ticket.draft) opened.push({ ticketId, customerId: ticket.draft.customerId })
    ids.push(...[...ticket.absorbed, ...ticket.absorbing].filter((source) => !ids.includes(source)))
  }
  return opened
}

/** What has become of the ticket of a draft; undefined while it, or the one that it was merged into, is open. */
async function outcomeOf(desk: TicketReader, ticketId: string): Promise<TicketOutcome | undefined> {
  const ids = [ticketId]
  for (const id of ids) {
    const ticket = await readTicket(desk, id)
    if (!ticket) break
    const { status, mergedInto } = ticket
    if (mergedInto !== undefined && !ids.includes(mergedInto)) ids.push(mergedInto)
    else if (status !== 'resolved' && status !== 'closed') return undefined
    else if (id === ticketId) return isSolved(ticket) ? 'resolved' : 'closed'
  }
  return ids.length > 1 ? 'merged' : 'closed'
}

/** Whether a ticket that is over was solved, whatever closed it after that, but for those who say that it was none. */
function isSolved({ closed }: Ticket): boolean {
  if (!closed) return true
  const result = closeResults[closed.reason]
  return result === 'solved' || (result === 'closed' && closed.from === 'resolved')
}
