import type { EventEnvelope, IncidentEvent } from '@guichet/domain'
import { streamName } from '@guichet/domain'
import type { IncidentRow, Page, Slice } from '@guichet/projections'
import type { ApiContext } from '../schema/context.ts'

/** One thing that happened to an incident. */
export type Happening = EventEnvelope<IncidentEvent>

/**
 * A page of what happened to an incident up to the version that is shown; nothing else of its history is read.
 * @throws RangeError when the page begins or ends at what is no version.
 * @throws GraphQLError `too_complex`, `read_timeout` as the budget of the operation does.
 */
export async function readTimeline(
  { services: { store }, budget }: Pick<ApiContext, 'services' | 'budget'>,
  { id, version }: Pick<IncidentRow, 'id' | 'version'>,
  { limit, backward, after, before }: Page,
): Promise<Slice<Happening>> {
  const first = after ? versionOf(after.value) + 1 : 1
  const end = Math.min(before ? versionOf(before.value) : version + 1, version + 1)
  const from = backward ? Math.max(first, end - limit) : first
  const count = Math.max(0, Math.min(limit, end - from))
  const page = await budget.page(
    async () => {
      const read = count === 0 ? [] : await store.readStream(streamName('incident', id), from, count)
      budget.events(read)
      return read as Happening[]
    },
    (read) => budget.texts(read.reduce((sum, { event }) => sum + (textOf(event)?.length ?? 0), 0)),
  )
  return {
    rows: page.map((row) => ({ row, keyset: { value: String(row.version), id: '' } })),
    hasPrevious: from > 1,
    hasNext: from + count <= version,
  }
}

function versionOf(value: string): number {
  if (!/^[1-9]\d{0,14}$/.test(value)) throw new RangeError(`no version: ${value}`)
  return Number(value)
}

/** What was said with an event. */
export function textOf(event: IncidentEvent): string | undefined {
  switch (event.type) {
    case 'IncidentDeclared':
      return event.description
    case 'IncidentTicketRefused':
      return event.reason
    case 'CallbackMade':
      return event.note
    case 'WarRoomOpened':
      return event.place
    case 'TechnicianDispatched':
      return event.site
    case 'IncidentUpdatePosted':
      return event.message
    case 'IncidentResolved':
      return event.summary
    case 'IncidentReopened':
      return event.reason
    case 'PostMortemWritten':
      return event.body
    default:
      return undefined
  }
}
