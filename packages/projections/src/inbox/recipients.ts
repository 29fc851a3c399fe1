import type { Recipient, RecipientEvent } from '@guichet/domain'
import { importIdOf, momentOf, parseStream, recipientAggregate, toldOfIncident } from '@guichet/domain'
import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import type { IncidentStep } from '../incidents/incident-states.ts'
import type { RecordedEvent } from '../runner/projection.ts'
import type { TicketStep } from '../tickets/write-tickets.ts'
import type { WrittenTable } from '../writing/written-table.ts'
import { writtenTable } from '../writing/written-table.ts'

export type Recipients = Map<string, Recipient>

/** The recipient's event that a recorded event is, with the user's id. */
export function recipientEventOf(
  recorded: RecordedEvent,
): { readonly id: string; readonly event: RecipientEvent } | undefined {
  const { category, id } = parseStream(recorded.stream)
  return category === 'recipient' ? { id, event: recorded.event as RecipientEvent } : undefined
}

/** Reads how the users that a batch may notify, or whose preferences it changes, wanted to be told before it. */
export async function loadRecipients(
  tx: Transaction<unknown>,
  events: readonly RecordedEvent[],
  steps: readonly TicketStep[],
  incidentSteps: readonly IncidentStep[] = [],
): Promise<Recipients> {
  const ids = new Set([
    ...events.flatMap((recorded) => recipientEventOf(recorded)?.id ?? []),
    ...steps.flatMap(involved),
    ...incidentSteps.flatMap(
      ({ envelope, after }) => toldOfIncident(envelope, after)?.people.map(({ id }) => id) ?? [],
    ),
  ])
  if (ids.size === 0) return new Map()
  const { rows } = await sql<{ id: string; preference: Recipient['preference']; language: string | null }>`
    select id, preference, language from recipient where id = any(${[...ids]}::text[])`.execute(tx)
  return new Map(rows.map(({ id, preference, language }) => [id, { preference, language: language ?? undefined }]))
}

/** Whoever might be told of an event. */
function involved({ envelope, after }: TicketStep): readonly string[] {
  if (after.status === 'absent' || momentOf(envelope.event) === undefined) return []
  if (importIdOf(envelope.correlationId) !== undefined) return []
  const { customer, watchers, assignee } = after
  return [customer, ...watchers, ...(assignee ? [assignee] : [])].map(({ id }) => id)
}

/** What a user wants after one more event of theirs. */
export function evolveRecipients(recipients: Recipients, id: string, event: RecipientEvent): void {
  recipients.set(id, recipientAggregate.evolve(recipients.get(id) ?? recipientAggregate.initial, event))
}

export const recipientTable: WrittenTable = writtenTable('recipient', 'id text', 'preference text, language text')

/** Recipients as `recipientTable` writes them. */
export const recipientRows = (recipients: readonly (readonly [string, Recipient])[]): readonly object[] =>
  recipients.map(([id, { preference, language }]) => ({ id, preference, language }))
