import type { EventEnvelope, EventStore, TicketEvent } from '@guichet/domain'
import { readInPages, streamName } from '@guichet/domain'
import type { MessageRow } from '@guichet/projections'
import { LRUCache } from 'lru-cache'
import type { ApiContext } from '../schema/context.ts'
import type { ReadingBudget } from '../schema/reading-budget.ts'

/** The history of a ticket, in which long texts may be left out: `withTexts` and `withBodies` put them back where they are shown. */
export type TicketHistory = readonly EventEnvelope<TicketEvent>[]

type Reading = Pick<ApiContext, 'services' | 'budget'>

/** How many characters of messages a history keeps, which of them are short enough to be kept in any case, and from how many events on it is long. */
const kept = { characters: 256 * 1024, short: 200, events: 1_000 } as const

/** The events whose text was left out, with the length that it has. */
const leftOut = new WeakMap<EventEnvelope, number>()

/** A history that was read lately, without its long texts, and how many characters they all have. */
type Known = { readonly history: TicketHistory; readonly characters: number }

/** Long histories that were read lately: what is appended comes behind them, so that what is known of them stays true. */
export type HistoryCache = Pick<LRUCache<string, Known>, 'get' | 'set'>

/** What an event without its long text takes in memory: measured, 1,000 to 1,300 bytes. */
const bytesPerEvent = 1_500

/** A cache of up to so many bytes. */
export const createHistoryCache = (bytes = 32 * 1024 * 1024): HistoryCache =>
  new LRUCache<string, Known>({
    maxSize: bytes,
    sizeCalculation: ({ history, characters }) =>
      history.length * bytesPerEvent + 2 * Math.min(characters, kept.characters),
  })

/**
 * The history of one ticket as stored, page by page; once its texts are many it goes on without the long ones. Of a long one that was
 * read lately only what is new is read.
 * @throws GraphQLError `too_complex`, `read_timeout` as the budget of the operation does.
 */
export async function readHistory({ services, budget }: Reading, ticketId: string): Promise<TicketHistory> {
  const { histories, store } = services
  let known = histories.get(ticketId)
  if (!known) {
    const read = await readOn({ store, budget }, ticketId, { history: [], characters: 0 }, () => {
      known = histories.get(ticketId)
      return known !== undefined
    })
    if (!known) return remember(histories, ticketId, read)
  }
  budget.events(known.history)
  return remember(histories, ticketId, await readOn({ store, budget }, ticketId, known))
}

function remember(histories: HistoryCache, ticketId: string, read: Known): TicketHistory {
  if (isLong(read)) histories.set(ticketId, read)
  return read.history
}

const isLong = ({ history, characters }: Known): boolean => characters > kept.characters || history.length > kept.events

/** What is known and what follows it; `enough` is asked once its turn has come, and ends a long reading. */
async function readOn(
  { store, budget }: { readonly store: EventStore; readonly budget: ReadingBudget },
  ticketId: string,
  known: Known,
  enough: () => boolean = () => false,
): Promise<Known> {
  const history = [...known.history]
  let { characters } = known
  let large = known.history.length > 0
  for await (const page of readInPages(store, streamName('ticket', ticketId), history.length + 1)) {
    budget.events(page)
    for (const envelope of page as TicketHistory) {
      const { length } = bodyOf(envelope.event) ?? ''
      characters += length
      history.push(length > kept.short && characters > kept.characters ? withoutBody(envelope, length) : envelope)
    }
    if (large || !isLong({ history, characters })) continue
    large = true
    await budget.large()
    if (enough()) break
  }
  return { history, characters }
}

function withoutBody(envelope: EventEnvelope<TicketEvent>, length: number): EventEnvelope<TicketEvent> {
  const short = { ...envelope, event: { ...envelope.event, body: '' } as TicketEvent }
  leftOut.set(short, length)
  return short
}

const bodyOf = (event: TicketEvent): string | undefined => ('body' in event ? event.body : undefined)

/** Events of a history as they are shown: with their texts. */
export async function withTexts(reading: Reading, shown: TicketHistory): Promise<TicketHistory> {
  const without = shown.filter((envelope) => leftOut.has(envelope))
  if (without.length === 0) return shown
  await reading.budget.texts(without.reduce((sum, envelope) => sum + (leftOut.get(envelope) ?? 0), 0))
  return Promise.all(shown.map(async (envelope) => (leftOut.has(envelope) ? asStored(reading, envelope) : envelope)))
}

/** Messages out of a history as they are shown: with their texts. */
export async function withBodies(
  reading: Reading,
  history: TicketHistory,
  messages: readonly MessageRow[],
): Promise<readonly MessageRow[]> {
  const envelopes = messages.flatMap(({ version }) => history[version - 1] ?? [])
  const full = new Map((await withTexts(reading, envelopes)).map(({ version, event }) => [version, event]))
  return messages.map((message) => {
    const event = full.get(message.version)
    return { ...message, body: message.body || ((event && bodyOf(event)) ?? '') }
  })
}

async function asStored(
  { services: { store } }: Reading,
  { stream, version }: EventEnvelope,
): Promise<EventEnvelope<TicketEvent>> {
  const [envelope] = await store.readStream(stream, version, 1)
  if (!envelope) throw new Error(`${stream} has lost its event ${version}`)
  return envelope as EventEnvelope<TicketEvent>
}
