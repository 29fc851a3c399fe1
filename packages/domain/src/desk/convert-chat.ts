import type { ChatEvent } from '../chat/events.ts'
import type { Chat, ChatConversion, ChatState } from '../chat/state.ts'
import type { RemovedContent } from '../chat/transcript.ts'
import { chatTranscript, removedFromChat } from '../chat/transcript.ts'
import { chatActor, engineCommandId } from '../kernel/actor.ts'
import { readInPages } from '../kernel/event-store.ts'
import type { EventEnvelope, Position } from '../kernel/event.ts'
import { streamName } from '../kernel/event.ts'
import { accept, throwIfTransient } from '../kernel/refusal.ts'
import type { TicketEvent } from '../ticket/events.ts'
import { withoutRedacted } from '../ticket/redaction.ts'
import { limits } from '../ticket/vocabulary.ts'
import type { Desk, IdentifiedSender, Outcome } from './port.ts'

type ConvertingDesk = Pick<Desk, 'engine' | 'read' | 'store'>

/** Turns a chat into a ticket with its transcript; a repeat, or the reaction after a crash, completes it. */
export async function convertChat(
  desk: ConvertingDesk & Pick<Desk, 'execute'>,
  id: string,
  subject: string,
  sender: IdentifiedSender,
): Promise<Outcome<ChatEvent, ChatState>> {
  const converted = await desk.execute('chat', id, { type: 'convert', subject }, sender)
  if (!converted.ok) return converted
  const position = await settleConversion(desk, id)
  const { state, version } = await desk.read('chat', id)
  return accept({ ...converted.value, version, state, position: position ?? converted.value.position })
}

/**
 * Carries out the steps after a conversion was requested: opens the ticket, and records its link, or the reason why
 * there is none. Any number of processes may do so at once, and die: the ticket is opened once, since all attempts open
 * it under one id, and a ticket that exists is linked, whatever became of an earlier attempt. Returns the position of
 * the last event.
 */
export async function settleConversion(desk: ConvertingDesk, id: string): Promise<Position | undefined> {
  const { state } = await desk.read('chat', id)
  if (state.status === 'absent' || state.conversion?.state !== 'pending') return undefined
  const { conversion } = state
  const { ticketId, attempt } = conversion
  const refused = (await isTicketOf(desk, ticketId, id)) ? undefined : await openTicket(desk, id, state, conversion)
  const noted = await desk.engine.execute(
    'chat',
    id,
    refused === undefined ? { type: 'linkTicket', ticketId } : { type: 'declineTicket', attempt, reason: refused },
    { by: chatActor, commandId: stepId(id, attempt, refused === undefined ? 'link' : 'decline') },
  )
  throwIfTransient(noted)
  return noted.ok ? noted.value.position : undefined
}

const stepId = (chatId: string, attempt: number, name: string): string =>
  engineCommandId('chat', chatId, 'convert', String(attempt), name)

/** Whether a ticket was made of a chat. */
async function isTicketOf(desk: Pick<Desk, 'read'>, ticketId: string, chatId: string): Promise<boolean> {
  const { state } = await desk.read('ticket', ticketId)
  return state.status !== 'absent' && state.chatId === chatId
}

/** Each file once, where it was used first: a ticket attaches a file to one message. What the customer is shown comes first. */
function inFirstUse(
  parts: readonly { readonly messageId: string; readonly fileIds: readonly string[] }[],
): readonly { readonly messageId: string; readonly fileId: string }[] {
  const uses = parts.flatMap(({ messageId, fileIds }) => fileIds.map((fileId) => ({ messageId, fileId })))
  const seen = new Set<string>()
  return uses.filter(({ fileId }) => !seen.has(fileId) && seen.add(fileId))
}

/** Opens the ticket of a chat; returns the code of the refusal if there is none then. */
async function openTicket(
  desk: ConvertingDesk,
  chatId: string,
  { customer, language, priority, category, plan }: Chat,
  { ticketId, subject, by, attempt }: ChatConversion,
): Promise<string | undefined> {
  const { shown, internal } = await chatTranscript(desk.store, chatId)
  const [beginning, ...continued] = shown.map((part, n) => ({ ...part, messageId: `transcript-${n + 1}` }))
  const notes = internal.map((part, n) => ({ ...part, messageId: `transcript-note-${n + 1}` }))
  if (!beginning) throw new Error(`the transcript of the chat ${chatId} is empty`)
  const files = inFirstUse([beginning, ...continued, ...notes]).slice(0, limits.attachments)
  const open = {
    type: 'open' as const,
    subject,
    messageId: beginning.messageId,
    body: beginning.text,
    customer,
    channel: 'chat' as const,
    language,
    priority,
    chatId,
    ...(category !== undefined && { category }),
    ...(plan !== undefined && { plan }),
  }
  const opened = await desk.engine.executeTogether(
    'ticket',
    ticketId,
    [
      { command: open },
      ...continued.map(({ messageId, text: body }) => ({
        command: { type: 'customerReply' as const, messageId, body },
        by: chatActor,
      })),
      ...notes.map(({ messageId, text: body }) => ({ command: { type: 'addNote' as const, messageId, body } })),
      ...files.map((file) => ({ command: { type: 'attach' as const, ...file }, by: chatActor })),
    ],
    { by, commandId: stepId(chatId, attempt, 'open') },
  )
  throwIfTransient(opened)
  return opened.ok || (await isTicketOf(desk, ticketId, chatId)) ? undefined : opened.refusal.code
}

/**
 * Removes from the ticket of a chat what was removed from the chat, and from the tickets that were split off it. A
 * repeat changes nothing.
 * @throws Error when a ticket changes too fast, so that its sender tries again.
 */
export async function carryRedactions(desk: ConvertingDesk, chatId: string): Promise<void> {
  const { state } = await desk.read('chat', chatId)
  if (state.status === 'absent' || state.conversion?.state !== 'linked') return
  const gone = await removedFromChat(desk.store, chatId)
  if (gone) await redactTicket(desk, state.conversion.ticketId, gone)
}

async function redactTicket(desk: ConvertingDesk, ticketId: string, gone: RemovedContent): Promise<void> {
  const history: EventEnvelope<TicketEvent>[] = []
  for await (const page of readInPages(desk.store, streamName('ticket', ticketId)))
    history.push(...(page as readonly EventEnvelope<TicketEvent>[]))
  const { state } = await desk.read('ticket', ticketId)
  if (state.status === 'absent') return
  const steps = withoutRedacted(history).flatMap(({ event }) => {
    if (!('messageId' in event) || !('body' in event) || event.type === 'TicketMessageRedacted') return []
    const { messageId, body } = event
    const remainder = gone.removeFrom(body)
    const attachmentIds = state.attachments.flatMap((each) =>
      each.messageId === messageId && !each.redacted && gone.fileIds.has(each.id) ? [each.id] : [],
    )
    if (remainder === body && attachmentIds.length === 0) return []
    return [{ command: { type: 'redactMessage' as const, messageId, remainder, attachmentIds } }]
  })
  if (steps.length > 0) {
    const sender = { by: chatActor, expectedVersion: history.at(-1)?.version ?? 0 }
    throwIfTransient(await desk.engine.executeTogether('ticket', ticketId, steps, sender))
  }
  for (const { into } of state.splits) await redactTicket(desk, into, gone)
}
