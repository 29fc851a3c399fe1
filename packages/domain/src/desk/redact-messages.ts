import type { EventEnvelope } from '../kernel/event.ts'
import { limits } from '../kernel/limits.ts'
import { throwIfTransient } from '../kernel/refusal.ts'
import { cutTo } from '../kernel/values.ts'
import type { TicketEvent } from '../ticket/events.ts'
import { withoutRedacted } from '../ticket/redaction.ts'
import { walkHistory } from '../history.ts'
import type { Sender, StreamDesk } from './port.ts'

/** The whole history of a ticket, as it is stored. */
export async function historyOf(
  { store }: Pick<StreamDesk, 'store'>,
  ticketId: string,
): Promise<readonly EventEnvelope<TicketEvent>[]> {
  const history: EventEnvelope<TicketEvent>[] = []
  for await (const envelope of walkHistory(store, 'ticket', ticketId)) history.push(envelope)
  return history
}

/** A message of a ticket, with what is left of its text by now. */
type Message = { readonly messageId: string; readonly body: string }

/** What is removed from a message: `remainder` is left of its text, and these of its attachments go. */
type Removal = { readonly remainder: string; readonly attachmentIds: readonly string[] }

/**
 * Removes from each message of a ticket what `removalFrom` says, by an append of its own. A remainder is cut to the
 * length of a message; one that equals the text, without attachments, changes nothing.
 * @throws Error when the ticket changes after `history` was read, so that its sender tries again.
 */
export async function redactMessages(
  { engine }: Pick<StreamDesk, 'engine'>,
  ticketId: string,
  history: readonly EventEnvelope<TicketEvent>[],
  removalFrom: (message: Message) => Removal,
  sender: Omit<Sender, 'commandId' | 'expectedVersion'> & { readonly reason?: string | undefined },
): Promise<void> {
  const { reason, ...from } = sender
  let expectedVersion = history.at(-1)?.version ?? 0
  for (const { event } of withoutRedacted(history)) {
    const message = messageIn(event)
    if (!message) continue
    const { messageId, body } = message
    const removal = removalFrom(message)
    const remainder = cutTo(removal.remainder, limits.body)
    const attachmentIds = [...removal.attachmentIds]
    if (remainder === body && attachmentIds.length === 0) continue
    const command = { type: 'redactMessage' as const, messageId, remainder, attachmentIds, reason }
    const redacted = await engine.execute('ticket', ticketId, command, { ...from, expectedVersion })
    throwIfTransient(redacted)
    if (redacted.ok) expectedVersion = redacted.value.version
  }
}

function messageIn(event: TicketEvent): Message | undefined {
  if (event.type === 'TicketClosed') return event.message
  if (event.type === 'TicketMessageRedacted' || !('messageId' in event) || !('body' in event)) return undefined
  return event
}
