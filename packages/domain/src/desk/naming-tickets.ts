import { parseStream } from '../kernel/event.ts'
import type { AttachmentRecord } from '../ticket/messages.ts'
import type { StreamDesk } from './port.ts'

/** A ticket with a message that names a file, and the attachment. */
type NamingTicket = {
  readonly attached: AttachmentRecord
  /** The ticket, the one that it was merged into, the one that that was merged into, and so on: all of them show it. */
  readonly shownIn: readonly string[]
}

/**
 * The tickets that name a file of a conversation in a message from which it was not removed: the file's own ticket, or
 * the one that its chat became, those that it was merged into, and those that were split off any of them.
 * @param owner the stream that the file belongs to.
 */
export async function* ticketsNaming(
  desk: Pick<StreamDesk, 'read'>,
  fileId: string,
  owner: string,
): AsyncGenerator<NamingTicket> {
  const seen = new Set<string>()
  const tickets = await ticketsOf(desk, owner)
  for (let ticketId = tickets.pop(); ticketId !== undefined; ticketId = tickets.pop()) {
    if (seen.has(ticketId)) continue
    seen.add(ticketId)
    const { state } = await desk.read('ticket', ticketId)
    if (state.status === 'absent') continue
    const attached = state.attachments.find((each) => each.id === fileId && !each.redacted)
    if (attached) yield { attached, shownIn: await survivorsOfTicket(desk, ticketId) }
    tickets.push(...state.splits.map(({ into }) => into), ...(state.mergedInto === undefined ? [] : [state.mergedInto]))
  }
}

async function ticketsOf(desk: Pick<StreamDesk, 'read'>, owner: string): Promise<string[]> {
  const { category, id } = parseStream(owner)
  if (category === 'ticket') return [id]
  if (category !== 'chat') return []
  const { state } = await desk.read('chat', id)
  return state.status !== 'absent' && state.conversion ? [state.conversion.ticketId] : []
}

/** A ticket, the one that it was merged into, the one that that was merged into, and so on. */
export async function survivorsOfTicket(desk: Pick<StreamDesk, 'read'>, ticketId: string): Promise<readonly string[]> {
  const ids = [ticketId]
  for (const id of ids) {
    const { state } = await desk.read('ticket', id)
    const into = state.status === 'absent' ? undefined : state.mergedInto
    if (into !== undefined && !ids.includes(into)) ids.push(into)
  }
  return ids
}
