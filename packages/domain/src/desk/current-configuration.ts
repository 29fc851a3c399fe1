import { termsAfter, termsOf } from '../configuration/terms-of.ts'
import type { TermsTimeline, TermsVersion } from '../configuration/terms.ts'
import type { ConfigurationAggregate, ConfigurationEvent, ConfigurationVersion } from '../configuration/versions.ts'
import { configurationId } from '../configuration/versions.ts'
import type { EventStore } from '../kernel/event-store.ts'
import type { Instant } from '../kernel/time.ts'
import { elapsed } from '../kernel/time.ts'
import { readHistory } from '../history.ts'

/** The configuration of a desk as far as this process knows it. */
type CurrentConfiguration = {
  readonly timeline: TermsTimeline
  /** The versions that are in force or scheduled. */
  readonly versions: readonly ConfigurationVersion[]
  /** Reads the configurations applied meanwhile, unless they were read recently. */
  refresh(): Promise<void>
  /**
   * Takes the events that a command of this process has stored, if any. They are known immediately, together with what
   * other processes applied before; the next refresh reads the store. A failed read is retried by the next refresh:
   * this never rejects.
   */
  sent(stored: StoredConfiguration | undefined): Promise<void>
  /** Reads the configurations applied up to now, however recently they were read. */
  reload(): Promise<void>
}

/** The stream's version after a command, and the events that the command stored. */
type StoredConfiguration = { readonly version: number; readonly events: readonly ConfigurationEvent[] }

type Parts = {
  readonly store: EventStore
  readonly aggregate: ConfigurationAggregate
  readonly base: Omit<TermsVersion, 'from'>
  readonly now: () => Instant
  readonly lookEveryMs: number
}

/** Keeps the configuration known: a change by another process takes effect within `lookEveryMs`. */
export function currentConfiguration({ store, aggregate, base, now, lookEveryMs }: Parts): CurrentConfiguration {
  /** When it was last read; undefined when the result may be out of date. */
  let readAt: Instant | undefined
  let changes = 0
  let looking: Promise<void> | undefined
  let folded = { version: 0, state: aggregate.initial, timeline: termsOf([], base) }

  const after = ({ version, state, timeline }: typeof folded, event: ConfigurationEvent): typeof folded => ({
    version: version + 1,
    state: aggregate.evolve(state, event),
    timeline: termsAfter(timeline, event),
  })

  const look = async (): Promise<void> => {
    const [at, changesBefore] = [now(), changes]
    const before = folded
    const envelopes = await readHistory(store, 'configuration', configurationId, before.version + 1)
    const read = envelopes.reduce((snapshot, { event }) => after(snapshot, event), before)
    if (read.version >= folded.version) folded = read
    readAt = changesBefore === changes ? at : undefined
  }

  /** One read for all concurrent callers. */
  const lookTogether = (): Promise<void> => (looking ??= look().finally(() => (looking = undefined)))

  const reload = async (): Promise<void> => {
    await looking
    await lookTogether()
  }

  return {
    get timeline() {
      return folded.timeline
    },
    get versions() {
      return folded.state.versions
    },
    refresh: async () => {
      if (readAt !== undefined && Math.abs(elapsed(readAt, now())) < lookEveryMs) return
      await lookTogether()
      if (readAt === undefined) await lookTogether()
    },
    sent: async (stored) => {
      changes += 1
      readAt = undefined
      if (!stored || folded.version >= stored.version) return
      if (folded.version + stored.events.length === stored.version) folded = stored.events.reduce(after, folded)
      else await reload().catch(() => undefined)
    },
    reload,
  }
}
