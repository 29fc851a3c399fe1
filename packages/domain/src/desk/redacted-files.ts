import { filesOfChat } from '../chat/transcript.ts'
import { parseStream } from '../kernel/event.ts'
import { ticketsNaming } from './naming-tickets.ts'
import type { StreamDesk } from './port.ts'

type ReadingDesk = Pick<StreamDesk, 'read' | 'store'>

/** A removal of content: of a message of a chat, or of attachments of a ticket. */
type Removal =
  | { readonly type: 'ChatMessageRedacted'; readonly messageId: string }
  | { readonly type: 'TicketMessageRedacted'; readonly attachmentIds: readonly string[] }

/**
 * The files that a removal has taken from a conversation, and that nothing else of it names: neither its chat, nor the
 * ticket that was made of it, nor those that it was merged into or that were split off it.
 */
export async function filesToDelete(desk: ReadingDesk, stream: string, removal: Removal): Promise<readonly string[]> {
  const removed =
    removal.type === 'TicketMessageRedacted'
      ? removal.attachmentIds
      : (await filesOfChat(desk.store, parseStream(stream).id))
          .filter(({ messageId }) => messageId === removal.messageId)
          .map((use) => use.fileId)
  const unnamed: string[] = []
  for (const fileId of removed) {
    const { state } = await desk.read('file', fileId)
    if (state.status === 'absent' || state.status === 'deleted') continue
    if (!(await isNamed(desk, fileId, state.owner))) unnamed.push(fileId)
  }
  return unnamed
}

/** Whether a message that was not removed names a file of a conversation. */
async function isNamed(desk: ReadingDesk, fileId: string, owner: string): Promise<boolean> {
  const { category, id } = parseStream(owner)
  if (category === 'chat') {
    const uses = await filesOfChat(desk.store, id)
    if (uses.some((use) => use.fileId === fileId && !use.removed)) return true
  }
  for await (const _ of ticketsNaming(desk, fileId, owner)) return true
  return false
}
