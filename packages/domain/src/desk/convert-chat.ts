import type { ChatEvent } from '../chat/events.ts'
import type { Chat, ChatConversion, ChatState } from '../chat/state.ts'
import type { RemovedContent, TranscriptPart } from '../chat/transcript.ts'
import { removedFromChat, transcriptParts } from '../chat/transcript.ts'
import { filesLeftIn } from '../chat/wording.ts'
import { chatActor, engineCommandId } from '../kernel/actor.ts'
import type { Position } from '../kernel/event.ts'
import { parseStream } from '../kernel/event.ts'
import type { Refusal, RefusalCode } from '../kernel/refusal.ts'
import { accept, throwIfTransient } from '../kernel/refusal.ts'
import { ticketLimits } from '../ticket/vocabulary.ts'
import type { StreamCategories } from './categories.ts'
import { walkHistory } from '../history.ts'
import { survivorsOfTicket } from './naming-tickets.ts'
import type { IdentifiedSender, Outcome, Step, StreamDesk } from './port.ts'
import { completion } from './process.ts'
import { historyOf, redactMessages } from './redact-messages.ts'

type ConvertingDesk = Pick<StreamDesk, 'engine' | 'read' | 'store'>

/** Turns a chat into a ticket with its transcript; a repeat, or the reaction after a crash, completes it. */
export async function convertChat(
  desk: ConvertingDesk & Pick<StreamDesk, 'execute'>,
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
 * Carries out the steps after a conversion was requested: writes the transcript into the ticket, part by part, then
 * records its link, or the reason why there is none. Any number of processes may do so at once, and die: the command id
 * of a part says where in the chat it begins, and its message where it ends, so that each continues behind what is in
 * the ticket. Returns the position of the last event.
 */
export async function settleConversion(desk: ConvertingDesk, id: string): Promise<Position | undefined> {
  const { state } = await desk.read('chat', id)
  if (state.status === 'absent' || state.conversion?.state !== 'pending') return undefined
  const { ticketId, attempt } = state.conversion
  const refused = await writeTranscript(desk, id, state, state.conversion)
  const noted = await desk.engine.execute(
    'chat',
    id,
    refused === undefined ? { type: 'linkTicket', ticketId } : { type: 'declineTicket', attempt, reason: refused },
    { by: chatActor, commandId: stepId(id, String(attempt), refused === undefined ? 'link' : 'decline') },
  )
  throwIfTransient(noted)
  return noted.ok ? noted.value.position : undefined
}

/** Opens the ticket that a chat becomes, in case the sender of the conversion died right after it. */
export const completeConversions = completion({
  name: 'complete_conversions',
  on: ['ChatConversionRequested'],
  inAnyOrder: true,
  complete: async ({ stream }, desk) => {
    await settleConversion(desk, parseStream(stream).id)
  },
})

const stepId = (chatId: string, ...names: readonly string[]): string =>
  engineCommandId('chat', chatId, 'convert', ...names)

/** The command id of the part of the transcript that begins after a version of the chat. */
const partId = (chatId: string, ticketId: string, after: number): string =>
  stepId(chatId, 'transcript', ticketId, String(after))

/** How much of the transcript of a chat is in its ticket, and where the rest is written. */
type Progress = {
  /** Up to which version of the chat; 0 without a ticket. */
  readonly after: number
  /** The ticket, or the one that it was merged into. */
  readonly ticketId: string
  /** The files that it has; undefined if it takes none, as they belong to the chat of another ticket. */
  readonly files: ReadonlySet<string> | undefined
}

/** Writes into the ticket of a chat what it lacks of the transcript; returns the code of the refusal if it takes no more. */
async function writeTranscript(
  desk: ConvertingDesk,
  chatId: string,
  chat: Chat,
  conversion: ChatConversion,
): Promise<string | undefined> {
  let before: Progress | undefined
  for (;;) {
    const progress = await progressOf(desk, chatId, conversion.ticketId)
    if (progress === undefined) return 'ticket_already_open'
    if (progress.after === before?.after && progress.ticketId === before.ticketId)
      throw new Error(`the transcript of the chat ${chatId} makes no progress`)
    before = progress
    const outcome = await writeParts(desk, chatId, chat, conversion, progress)
    if (outcome !== 'overtaken') return outcome
  }
}

/** Writes the parts that are missing, unless another process does, or the ticket is merged meanwhile. */
async function writeParts(
  desk: ConvertingDesk,
  chatId: string,
  chat: Chat,
  conversion: ChatConversion,
  progress: Progress,
): Promise<'overtaken' | RefusalCode | undefined> {
  const { ticketId, by } = conversion
  const fileIds = new Set(progress.files)
  let { after } = progress
  for await (const part of transcriptParts(desk.store, chatId, chat.language, after)) {
    const missing = part.files.filter(({ fileId }) => !fileIds.has(fileId))
    const attached = missing.slice(0, progress.files ? Math.max(0, ticketLimits.attachments - fileIds.size) : 0)
    const left = missing.length - attached.length
    const steps = stepsOf(
      part,
      `${ticketId}-${part.upTo}`,
      attached,
      left === 0 ? undefined : filesLeftIn(chat.language, left),
      after === 0 ? await openingOf(desk, chatId, chat, conversion) : undefined,
    )
    const sender = { by, commandId: partId(chatId, ticketId, after) }
    const written = await desk.engine.executeTogether('ticket', progress.ticketId, steps, sender)
    throwIfTransient(written)
    if (!written.ok) return isOvertaken(written.refusal) ? 'overtaken' : written.refusal.code
    for (const { fileId } of attached) fileIds.add(fileId)
    after = part.upTo
  }
  return undefined
}

/** Whether a part was refused because another process has written it otherwise, or the ticket has been merged. */
const isOvertaken = ({ code, movedTo }: Refusal): boolean =>
  code === 'command_id_reused' || code === 'ticket_already_open' || movedTo !== undefined

/** How the ticket of a chat is opened, except for its first message. What the desk has no more is left out. */
async function openingOf(
  desk: Pick<StreamDesk, 'engine'>,
  chatId: string,
  { customer, language, priority, category, plan }: Chat,
  { subject }: ChatConversion,
) {
  const { policy } = await desk.engine.terms()
  return {
    type: 'open' as const,
    subject,
    customer,
    channel: 'chat' as const,
    language,
    priority,
    chatId,
    ...(isOneOf(policy.categories, category) && { category }),
    ...(isOneOf(policy.plans, plan) && { plan }),
  }
}

/** Whether a desk has a name; one that defines none has any. */
const isOneOf = (
  names: { readonly size: number; has(name: string): boolean } | undefined,
  name: string | undefined,
): boolean => name !== undefined && (!names?.size || names.has(name))

/** The commands that write a part into the ticket, under an id for its message; the first part opens the ticket. */
function stepsOf(
  { forCustomer, forDesk }: TranscriptPart,
  messageId: string,
  files: TranscriptPart['files'],
  filesLeft: string | undefined,
  opening: Awaited<ReturnType<typeof openingOf>> | undefined,
): readonly Step<StreamCategories['ticket']['command']>[] {
  const noteId = `${messageId}-note`
  const note = (id: string, body: string) => ({ command: { type: 'addNote' as const, messageId: id, body } })
  const reply = { type: 'customerReply' as const, messageId, body: forCustomer }
  return [
    ...(opening ? [{ command: { ...opening, messageId, body: forCustomer || opening.chatId } }] : []),
    ...(opening || forCustomer === '' ? [] : [{ command: reply, by: chatActor }]),
    ...(forDesk === '' ? [] : [note(noteId, forDesk)]),
    ...(filesLeft === undefined ? [] : [note(`${messageId}-files`, filesLeft)]),
    ...files.map(({ fileId, internal: noted }) => ({
      command: { type: 'attach' as const, fileId, messageId: noted ? noteId : messageId },
      by: chatActor,
    })),
  ]
}

/** How much of the transcript of a chat a ticket has; undefined for a ticket that was not made of the chat. */
async function progressOf(desk: ConvertingDesk, chatId: string, ticketId: string): Promise<Progress | undefined> {
  const { state } = await desk.read('ticket', ticketId)
  if (state.status === 'absent') return { after: 0, ticketId, files: new Set() }
  if (state.chatId !== chatId) return undefined
  const ends = new Map<string, number>()
  const tickets = await survivorsOfTicket(desk, ticketId)
  for (const each of tickets) {
    for await (const { commandId, event } of walkHistory(desk.store, 'ticket', each)) {
      const end = 'messageId' in event ? endOf(event.messageId, ticketId) : undefined
      if (end !== undefined && !ends.has(commandId)) ends.set(commandId, end)
    }
  }
  const nextOf = (after: number): number | undefined => ends.get(partId(chatId, ticketId, after))
  const first = nextOf(0)
  // Opened with the whole transcript, as it was before there were parts.
  if (first === undefined) return { after: Infinity, ticketId, files: undefined }
  let after = first
  for (let end = nextOf(after); end !== undefined; end = nextOf(end)) after = end
  const survivor = tickets.at(-1) ?? ticketId
  return {
    after,
    ticketId: survivor,
    files: survivor === ticketId ? new Set(state.attachments.map(({ id }) => id)) : undefined,
  }
}

/** The version of the chat that a part reaches, from the id of its message. */
function endOf(messageId: string | undefined, ticketId: string): number | undefined {
  if (!messageId?.startsWith(`${ticketId}-`)) return undefined
  const end = Number.parseInt(messageId.slice(ticketId.length + 1), 10)
  return Number.isNaN(end) ? undefined : end
}

/**
 * Removes from the ticket of a chat what was removed from the chat, and from the tickets that were split off it or that
 * it was merged into, also while the ticket has only a part of the transcript. Each message is changed by an append of
 * its own; a repeat changes nothing.
 * @throws Error when a ticket changes too fast, so that its sender tries again.
 */
export async function carryRedactions(desk: ConvertingDesk, chatId: string): Promise<void> {
  const { state } = await desk.read('chat', chatId)
  if (state.status === 'absent' || !state.conversion) return
  const { ticketId } = state.conversion
  const { state: ticket } = await desk.read('ticket', ticketId)
  if (ticket.status === 'absent' || ticket.chatId !== chatId) return
  const gone = await removedFromChat(desk.store, chatId, state.language)
  if (gone) await redactTicket(desk, ticketId, gone)
}

async function redactTicket(
  desk: ConvertingDesk,
  ticketId: string,
  gone: RemovedContent,
  seen = new Set<string>(),
): Promise<void> {
  if (seen.has(ticketId)) return
  seen.add(ticketId)
  const history = await historyOf(desk, ticketId)
  const { state } = await desk.read('ticket', ticketId)
  if (state.status === 'absent') return
  const { attachments } = state
  await redactMessages(
    desk,
    ticketId,
    history,
    ({ messageId, body }) => ({
      remainder: gone.removeFrom(body),
      attachmentIds: attachments.flatMap((each) =>
        each.messageId === messageId && !each.redacted && gone.fileIds.has(each.id) ? [each.id] : [],
      ),
    }),
    { by: chatActor },
  )
  const others = [
    ...state.splits.map(({ into }) => into),
    ...(state.mergedInto === undefined ? [] : [state.mergedInto]),
  ]
  for (const other of others) await redactTicket(desk, other, gone, seen)
}
