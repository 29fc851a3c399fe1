import type { Desk, DraftEvent, Drafts, EventEnvelope, Instant } from '@guichet/domain'
import {
  describeDraftEvent,
  draftAggregate,
  evolveDrafts,
  fold,
  readHistory,
  unlessDeleted,
  withoutRedactedDrafts,
} from '@guichet/domain'
import { historyUntil } from '@guichet/projections'
import { printEntries, printFacts } from './print-replay.ts'
import type { Entry } from './replay.ts'

/** The history of a customer's drafts: what was suspected, by which facts, and what became of it. */
type DraftReplay = {
  readonly customerId: string
  readonly asOf: Instant | undefined
  readonly entries: readonly Entry<DraftEvent['type']>[]
  /** After the last entry, with the silences that last at the instant, or now. */
  readonly state: Drafts
}

const prefix = 'draft-'

/** The customer whose drafts an operator names by their stream; undefined for another name. */
export const draftCustomerOf = (id: string): string | undefined =>
  id.startsWith(prefix) ? id.slice(prefix.length) : undefined

/**
 * Replays the history of a customer's drafts; with an instant, its longest beginning without later events. Text that
 * has been removed since is not in it, whatever the instant.
 * @returns undefined if the customer never had any, or if they are erased.
 */
export async function replayDrafts(desk: Desk, customerId: string, asOf?: Instant): Promise<DraftReplay | undefined> {
  const stored: readonly EventEnvelope<DraftEvent>[] = await unlessDeleted(
    readHistory(desk.store, 'draft', customerId),
    () => [],
  )
  if (stored.length === 0) return undefined
  const all = withoutRedactedDrafts(stored)
  const until = asOf === undefined ? all : historyUntil(all, asOf)
  const state = fold<DraftEvent, Drafts>(
    { initial: draftAggregate.initial, evolve: evolveDrafts },
    until.map(({ event }) => event),
  )
  const moment = asOf ?? desk.now()
  const silences = state.silences.filter((silence) => silence.until > moment)
  return { customerId, asOf, entries: until.map(entryOf), state: { ...state, silences } }
}

function entryOf({ event, version }: EventEnvelope<DraftEvent>): Entry<DraftEvent['type']> {
  const { type, at, by, ...data } = event
  const { shows = [], ...said } = describeDraftEvent(event)
  return { version, at, type, by, ...said, data, shows }
}

/** Formats the history of a customer's drafts as lines for people, times in UTC. */
export function printDrafts({ customerId, asOf, entries, state }: DraftReplay): readonly string[] {
  const until = asOf === undefined ? '' : ` as of ${asOf}`
  if (entries.length === 0) return [`drafts of ${customerId}${until}: nothing had happened yet`]
  return [
    `drafts of ${customerId}${until}`,
    '',
    ...printEntries(entries),
    '',
    ...printFacts([
      ['customer', customerId],
      ['drafts', state.isOff ? `${state.count} (switched off)` : String(state.count)],
      ...state.drafts.map(({ number, status }) => [`draft ${number}`, status] as const),
      ...state.silences.map(({ fingerprint, until: end }) => ['silent', `${fingerprint} until ${end}`] as const),
    ]),
  ]
}
