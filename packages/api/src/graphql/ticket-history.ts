import type { Desk, EventEnvelope, EventStore, Instant, MessageOriginal, TicketEvent } from '@guichet/domain'
import {
  importIdOf,
  LruCache,
  pageLimitAfter,
  parseStream,
  readHistory,
  redactionsIn,
  streamName,
  unlessDeleted,
  withoutRedacted,
} from '@guichet/domain'
import type { MergedHistory, MessageRow } from '@guichet/projections'
import { historyUntil, presentHistory } from '@guichet/projections'
import { isCustomer } from '../auth/principal.ts'
import { ticketIdSchema } from './builder.ts'
import type { ReadingBudget } from './reading-budget.ts'
import type { ApiContext, HistoryCache, CachedHistory, Ownership, TicketHistory } from './services.ts'

type Reading = Pick<ApiContext, 'services' | 'budget'>

/** A history with more characters of messages, or more events, is long. */
const longer = { characters: 256 * 1024, events: 1_000 } as const

/** The length up to which a text is always stored in memory, in characters. */
const short = 200

/** The events whose text was left out, with its length and the place of the event that has it. */
const leftOut = new WeakMap<
  EventEnvelope,
  { readonly length: number; readonly from: Pick<EventEnvelope, 'stream' | 'version'> }
>()

const nothing: CachedHistory = { history: [], characters: 0, bytes: 0 }

/** The memory of an event besides its data: 600 to 900 bytes as measured. */
const bytesPerEvent = 1_000

/** Creates a cache with a limit in bytes; no history takes more than a quarter of it. */
export function createHistoryCache(bytes = 32 * 1024 * 1024): HistoryCache {
  const histories = new LruCache<string, CachedHistory>({ maxWeight: bytes, weigh: (entry) => entry.bytes })
  return {
    get: (ticketId) => histories.get(ticketId),
    set: (ticketId, entry) => {
      if (entry.bytes < bytes / 4) histories.set(ticketId, entry)
    },
  }
}

/**
 * Reads the stored history of a ticket, page by page; once its texts exceed the budget, without the long ones. If a long history is
 * cached, only its new events are read.
 * @throws GraphQLError `too_complex`, `read_timeout` from the reading budget of the operation.
 */
export async function readTicketHistory({ services, budget }: Reading, ticketId: string): Promise<TicketHistory> {
  const { histories, store } = services
  const cached = histories.get(ticketId)
  if (cached) budget.events(cached.history)
  let read = cached ?? nothing
  let isCounted = isLong(read.characters, read.history.length)
  for (;;) {
    const { entry, ended } = await readOn({ store, budget }, ticketId, read, isCounted)
    read = entry
    if (ended) break
    isCounted = true
    await budget.large()
    const other = histories.get(ticketId)
    if (!other || other.history.length <= read.history.length) continue
    budget.events(other.history.slice(read.history.length))
    read = other
  }
  if (read !== cached && isLong(read.characters, read.history.length)) histories.set(ticketId, read)
  return withoutRemoved(presentHistory(read.history))
}

/** A history without the content that was removed from it; of a text that was left out, what is left is read later. */
function withoutRemoved(history: TicketHistory): TicketHistory {
  const result = withoutRedacted(history)
  if (result === history) return history
  const last = redactionsIn(history)
  for (const [index, envelope] of result.entries()) {
    const { event } = envelope
    const from = 'messageId' in event && event.messageId !== undefined ? last.get(event.messageId) : undefined
    const without = from && leftOut.get(from)
    if (without && envelope !== history[index] && 'body' in event) leftOut.set(envelope, without)
  }
  return result
}

const isLong = (characters: number, events: number): boolean => characters > longer.characters || events > longer.events

/**
 * Extends a known history to its end, or until it proves to be long: then the operation needs a place before it continues to read, and
 * holds none of the texts while it waits.
 */
async function readOn(
  { store, budget }: { readonly store: EventStore; readonly budget: ReadingBudget },
  ticketId: string,
  from: CachedHistory,
  mayBeLong: boolean,
): Promise<{ readonly entry: CachedHistory; readonly ended: boolean }> {
  const added: EventEnvelope<TicketEvent>[] = []
  let { characters, bytes } = from
  for (let limit = pageLimitAfter([]); ;) {
    const requested = limit
    const count = await budget.page(async () => {
      const next = from.history.length + added.length + 1
      const page = await readHistory(store, 'ticket', ticketId, next, requested)
      budget.events(page)
      limit = pageLimitAfter(page)
      for (const envelope of page) {
        const length = lengthOf(envelope.event)
        characters += length
        const isLeftOut = length > short && !budget.keeps(length)
        added.push(isLeftOut ? withoutBody(envelope, length) : envelope)
        bytes += bytesPerEvent + JSON.stringify(envelope.event).length - (isLeftOut ? length : 0)
      }
      return page.length
    })
    const ended = count < requested
    if (!ended && (mayBeLong || !isLong(characters, from.history.length + added.length))) continue
    return { entry: added.length === 0 ? from : { history: [...from.history, ...added], characters, bytes }, ended }
  }
}

function withoutBody(envelope: EventEnvelope<TicketEvent>, length: number): EventEnvelope<TicketEvent> {
  const short = { ...envelope, event: { ...envelope.event, body: '', original: undefined } as TicketEvent }
  leftOut.set(short, { length, from: { stream: envelope.stream, version: envelope.version } })
  return short
}

const bodyOf = (event: TicketEvent): string | undefined => ('body' in event ? event.body : undefined)

const originalOf = (event: TicketEvent): MessageOriginal | undefined =>
  event.type === 'AgentReplied' ? event.original : undefined

/** The length of the texts of an event, in characters. */
const lengthOf = (event: TicketEvent): number => (bodyOf(event)?.length ?? 0) + (originalOf(event)?.body.length ?? 0)

/** The histories of a ticket and of all that were merged into it, also by their ids. */
type WithMerged = { readonly whole: MergedHistory; readonly histories: ReadonlyMap<string, TicketHistory> }

/**
 * Reads the histories of the tickets that were merged into a ticket, up to an instant, if one is given. One whose stream
 * was deleted is left out.
 * @throws GraphQLError `too_complex`, `read_timeout` from the reading budget of the operation.
 */
export async function historiesWithMerged(
  { loaders }: Pick<ApiContext, 'loaders'>,
  ticketId: string,
  history: TicketHistory,
  asOf: Instant | undefined,
): Promise<WithMerged> {
  const histories = new Map([[ticketId, history]])
  const withMerged = async (id: string, ownHistory: TicketHistory): Promise<MergedHistory> => {
    const sources = new Set(
      ownHistory.flatMap(({ event }) => (event.type === 'AbsorptionCompleted' ? [event.source] : [])),
    )
    const added = [...sources].filter((source) => !histories.has(source))
    const loaded = await Promise.all(added.map((source) => unlessDeleted(loaders.history.load(source), () => [])))
    const merged = new Map<string, MergedHistory>()
    for (const [index, present] of loaded.entries()) {
      const source = added[index] ?? ''
      if (histories.has(source)) continue
      if (!present.some(({ event }) => event.type === 'TicketMerged' && event.into === id)) continue
      const history = asOf === undefined ? present : historyUntil(present, asOf)
      histories.set(source, history)
      merged.set(source, await withMerged(source, history))
    }
    return { history: ownHistory, merged }
  }
  return { whole: await withMerged(ticketId, history), histories }
}

/** Adds the texts to the events of a history that are shown. */
export async function withTexts(reading: Reading, history: TicketHistory): Promise<TicketHistory> {
  const without = history.filter((envelope) => leftOut.has(envelope))
  if (without.length === 0) return history
  await reading.budget.texts(without.reduce((sum, envelope) => sum + (leftOut.get(envelope)?.length ?? 0), 0))
  return Promise.all(history.map(async (envelope) => (leftOut.has(envelope) ? asStored(reading, envelope) : envelope)))
}

/** Adds the texts to the messages of a history that are shown. */
export async function withBodies(
  reading: Reading,
  history: TicketHistory,
  messages: readonly MessageRow[],
): Promise<readonly MessageRow[]> {
  const first = history[0]?.version ?? 1
  const envelopes = messages.flatMap(({ version }) => history[version - first] ?? [])
  const full = new Map((await withTexts(reading, envelopes)).map(({ version, event }) => [version, event]))
  return messages.map((message) => {
    const event = full.get(message.version)
    if (!event || message.body) return message
    return { ...message, body: bodyOf(event) ?? '', original: originalOf(event) }
  })
}

async function asStored(
  { services: { store } }: Reading,
  envelope: EventEnvelope<TicketEvent>,
): Promise<EventEnvelope<TicketEvent>> {
  const { stream, version } = leftOut.get(envelope)?.from ?? envelope
  const [stored] = await readHistory(store, 'ticket', parseStream(stream).id, version, 1)
  if (!stored) throw new Error(`${stream} has lost its event ${version}`)
  const texts = { body: bodyOf(stored.event) ?? '', original: originalOf(stored.event) }
  return { ...envelope, event: { ...envelope.event, ...texts } as TicketEvent }
}

const cachedOwners = 100_000

/** Caches the owners of tickets, enough for a busy desk; an owner that is not cached is read from the history. */
export function createOwnership(desk: Pick<Desk, 'read'>, store: Pick<EventStore, 'readStream'>): Ownership {
  const owners = new LruCache<string, string>({ maxEntries: cachedOwners })
  const ownerOf = async (ticketId: string): Promise<string | undefined> => {
    if (!ticketIdSchema.safeParse(ticketId).success) return undefined
    const { state } = await desk.read('ticket', ticketId)
    if (state.status === 'absent') return undefined
    const isImported = state.withdrawals !== undefined || (await cameWithImport(store, ticketId))
    if (!isImported) owners.set(ticketId, state.customer.id)
    return state.customer.id
  }
  return {
    exists: (ticketId) => owners.has(ticketId) || ownerOf(ticketId).then((owner) => owner !== undefined),
    maySee: (principal, ticketId) => {
      if (!isCustomer(principal)) return true
      const customerId = owners.get(ticketId)
      if (customerId !== undefined) return customerId === principal.id
      return ownerOf(ticketId).then((owner) => owner === principal.id)
    },
  }
}

async function cameWithImport(store: Pick<EventStore, 'readStream'>, ticketId: string): Promise<boolean> {
  const [opened] = await store.readStream(streamName('ticket', ticketId), 1, 1)
  return importIdOf(opened?.correlationId ?? '') !== undefined
}
