import { chatActor } from '../kernel/actor.ts'
import { readInPages } from '../kernel/event-store.ts'
import type { EventEnvelope } from '../kernel/event.ts'
import { streamName } from '../kernel/event.ts'
import { throwIfTransient } from '../kernel/refusal.ts'
import { cutTo } from '../kernel/values.ts'
import type { TicketEvent } from '../ticket/events.ts'
import { withoutRedacted } from '../ticket/redaction.ts'
import { limits } from '../ticket/vocabulary.ts'
import type { Desk } from './port.ts'

/**
 * Takes the subjects that were removed from a ticket out of its messages, such as reminders, which quote them: what is
 * left of the subject stands in their place. A subject of fewer than four letters and digits is left where it is quoted.
 * Each message is changed by an append of its own; a repeat changes nothing.
 * @throws Error when the ticket changes too fast, so that its sender tries again.
 */
export async function removeFormerSubjects(desk: Pick<Desk, 'engine' | 'store'>, ticketId: string): Promise<void> {
  const history: EventEnvelope<TicketEvent>[] = []
  for await (const page of readInPages(desk.store, streamName('ticket', ticketId)))
    history.push(...(page as readonly EventEnvelope<TicketEvent>[]))
  const quoted = quotationsIn(history.map(({ event }) => event))
  if (!quoted) return
  let expectedVersion = history.at(-1)?.version ?? 0
  for (const { event } of withoutRedacted(history)) {
    const { messageId, body } = messageIn(event) ?? {}
    if (messageId === undefined || body === undefined) continue
    const remainder = cutTo(
      body.replace(quoted.former, () => quoted.left),
      limits.body,
    )
    if (remainder === body) continue
    const command = { type: 'redactMessage' as const, messageId, remainder, attachmentIds: [] }
    const redacted = await desk.engine.execute('ticket', ticketId, command, { by: chatActor, expectedVersion })
    throwIfTransient(redacted)
    if (redacted.ok) expectedVersion = redacted.value.version
  }
}

function messageIn(event: TicketEvent): { readonly messageId: string; readonly body: string } | undefined {
  if (event.type === 'TicketClosed') return event.message
  if (event.type === 'TicketMessageRedacted' || !('messageId' in event) || !('body' in event)) return undefined
  return event
}

/** The subjects that the last removal has removed, as a pattern that finds them whole, and what it has left. */
function quotationsIn(events: readonly TicketEvent[]): { readonly former: RegExp; readonly left: string } | undefined {
  const last = events.findLastIndex((event) => event.type === 'TicketMessageRedacted' && event.subject !== undefined)
  const removal = events[last]
  if (removal?.type !== 'TicketMessageRedacted' || removal.subject === undefined) return undefined
  const left = removal.subject
  const former = new Set(events.slice(0, last).flatMap(subjectsIn))
  former.delete(left)
  const distinct = [...former].filter((each) => (each.match(/[\p{L}\p{N}]/gu) ?? []).length >= 4)
  if (distinct.length === 0) return undefined
  const longestFirst = distinct.sort((one, other) => other.length - one.length).map(escaped)
  return { left, former: new RegExp(`(?<![\\p{L}\\p{N}])(?:${longestFirst.join('|')})(?![\\p{L}\\p{N}])`, 'gu') }
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')

function subjectsIn(event: TicketEvent): readonly string[] {
  if (event.type === 'TicketOpened') return [event.subject]
  if (event.type === 'TicketRenamed') return [event.from, event.to]
  return event.type === 'TicketMessageRedacted' && event.subject !== undefined ? [event.subject] : []
}
