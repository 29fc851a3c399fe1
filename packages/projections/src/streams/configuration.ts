import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import type {
  ConfigurationEvent,
  ConfigurationVersion,
  DomainEvent,
  Instant,
  TermsTimeline,
  TermsVersion,
} from '@guichet/domain'
import { termsOf } from '@guichet/domain'
import type { RecordedEvent } from '../runner/projection.ts'

/** Provides the terms of the applied configuration to a read model whose rows depend on them. */
export type TimelineKeeper = {
  createTables(tx: Transaction<unknown>): Promise<void>
  /** The terms after a batch, and those before it if the batch has changed them. */
  follow(
    tx: Transaction<unknown>,
    events: readonly RecordedEvent[],
  ): Promise<{ readonly timeline: TermsTimeline; readonly changed?: { readonly previous: TermsTimeline } }>
}

/** How many timelines are kept in memory: a batch uses one or two. */
const maxTimelines = 4

/**
 * Keeps the applied versions in a table of the read model's own, so that they match its checkpoint.
 * @param table unique among the tables of the read model.
 * @param base the terms until a configuration has been applied.
 */
export function timelineKeeper(table: string, base: Omit<TermsVersion, 'from'>): TimelineKeeper {
  const name = sql.table(table)
  const timelines = new Map<number, TermsTimeline>([[0, termsOf([], base)]])

  const read = async (tx: Transaction<unknown>, latest: number): Promise<TermsTimeline> => {
    const { rows } = await sql<{ version: ConfigurationVersion }>`
      select version from ${name} where number <= ${latest} order by number`.execute(tx)
    const timeline = termsOf(
      rows.map(({ version }) => version),
      base,
    )
    const [oldest] = timelines.keys()
    if (timelines.size === maxTimelines && oldest !== undefined) timelines.delete(oldest)
    timelines.set(latest, timeline)
    return timeline
  }

  return {
    createTables: async (tx) => {
      await sql`create table ${name} (number integer primary key, version json not null)`.execute(tx)
    },
    follow: async (tx, events) => {
      const applied = versionsIn(events)
      for (const version of applied) {
        await sql`insert into ${name} (number, version) values (${version.number}, ${JSON.stringify(version)}::json)`.execute(
          tx,
        )
      }
      const { rows } = await sql<{ latest: number }>`
        select coalesce(max(number), 0) as latest from ${name}`.execute(tx)
      const latest = rows[0]?.latest ?? 0
      const known = async (number: number) => timelines.get(number) ?? (await read(tx, number))
      const timeline = await known(latest)
      return applied.length === 0
        ? { timeline }
        : { timeline, changed: { previous: await known(latest - applied.length) } }
    },
  }
}

const versionsIn = (events: readonly RecordedEvent[]): readonly ConfigurationVersion[] =>
  events.flatMap(({ event }) => {
    if (event.type !== 'ConfigurationApplied') return []
    const { number, configuration, publicHolidays, effectiveFrom } = event
    return [{ number, configuration, publicHolidays, effectiveFrom }]
  })

/**
 * Splits a batch so that events that change terms come first in each part, and the other events of a part are all under
 * the terms after those changes. What is derived part by part is then the same however history is cut into batches.
 * @param changes whether an event changes terms: applied configurations by default.
 */
export function splitAtChanges(
  events: readonly RecordedEvent[],
  changes: (recorded: RecordedEvent) => boolean = appliesConfiguration,
): readonly (readonly RecordedEvent[])[] {
  const does = events.map((recorded) => changes(recorded))
  const cuts = does.flatMap((each, place) => (each && place > 0 && !does[place - 1] ? [place] : []))
  return cuts.length === 0 ? [events] : [0, ...cuts].map((from, number) => events.slice(from, cuts[number]))
}

/** Whether an event is a new version of the configuration. */
export const appliesConfiguration = ({ event }: RecordedEvent): boolean => event.type === 'ConfigurationApplied'

/** The past, present and future terms of tickets, as known at an instant: by the configurations applied until then. */
export type KnownTerms = (at: Instant) => TermsTimeline

/**
 * The terms that were known at each instant.
 * @param history the configuration's events in order; may contain others.
 * @param base the terms until a configuration has been applied.
 */
export function knownTerms(
  history: readonly { readonly event: DomainEvent }[],
  base: Omit<TermsVersion, 'from'>,
): KnownTerms {
  const applied = history.flatMap(({ event }) => (isApplied(event) ? event : []))
  const timelines = new Map<number, TermsTimeline>()
  return (instant) => {
    const count = applied.findLastIndex(({ at }) => at <= instant) + 1
    const timeline = timelines.get(count) ?? termsOf(applied.slice(0, count), base)
    timelines.set(count, timeline)
    return timeline
  }
}

const isApplied = (event: DomainEvent): event is ConfigurationEvent => event.type === 'ConfigurationApplied'
