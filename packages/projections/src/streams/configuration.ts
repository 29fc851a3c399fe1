import type {
  ConfigurationEvent,
  ConfigurationVersion,
  DomainEvent,
  Instant,
  TermsTimeline,
  TermsVersion,
} from '@guichet/domain'
import { configurationId, LruCache, termsOf } from '@guichet/domain'
import type { ProjectionContext, RecordedEvent } from '../runner/projection.ts'
import type { Step } from './stream-folding.ts'
import { createStreamFolding, within } from './stream-folding.ts'

/** Provides the terms of the applied configurations to the read models whose rows depend on them. */
export type TermsKeeper = {
  /**
   * Splits a batch where terms change (`splitAtChanges`), and adds to each part its terms.
   */
  split(
    events: readonly RecordedEvent[],
    context: ProjectionContext,
    changes?: (recorded: RecordedEvent) => boolean,
  ): Promise<readonly TermsPart[]>
  /** The terms after a whole batch. */
  after(events: readonly RecordedEvent[], context: ProjectionContext): Promise<Terms>
}

/** The terms after some events, and those before them if they have changed any. */
type Terms = { readonly timeline: TermsTimeline; readonly changed?: { readonly previous: TermsTimeline } }

/** Consecutive events of a batch under the same terms. */
export type TermsPart = Terms & { readonly events: readonly RecordedEvent[] }

type Versions = readonly ConfigurationVersion[]

/** How many timelines are kept in memory: a batch uses one or two. */
const maxTimelines = 4

/**
 * Folds the configurations from their stream, as of each batch, for all read models.
 * @param base the terms until a configuration has been applied.
 */
export function createTermsKeeper(base: Omit<TermsVersion, 'from'>): TermsKeeper {
  const folding = createStreamFolding<ConfigurationEvent, Versions>({
    category: 'configuration',
    initial: [],
    needed: true,
    evolve: (versions, { event }) => [...versions, event],
  })
  const timelines = new LruCache<number, TermsTimeline>({ maxEntries: maxTimelines })
  const timelineOf = (versions: Versions): TermsTimeline => {
    const timeline = timelines.get(versions.length) ?? termsOf(versions, base)
    timelines.set(versions.length, timeline)
    return timeline
  }
  const termsAfter = (steps: readonly Step<ConfigurationEvent, Versions>[], versions: Versions): Terms => {
    const [first, last] = [steps[0], steps.at(-1)]
    const changed = first && { previous: timelineOf(first.before) }
    return { timeline: timelineOf(last?.after ?? versions), ...(changed && { changed }) }
  }
  const fold = async (events: readonly RecordedEvent[], context: ProjectionContext) => {
    const steps = await folding.steps(events, context)
    const states = await folding.statesAfter([configurationId], events, context)
    return { steps, before: steps[0]?.before ?? states.get(configurationId) ?? [] }
  }
  return {
    split: async (events, context, changes) => {
      const { steps, before } = await fold(events, context)
      let versions = before
      return splitAtChanges(events, changes).map((part) => {
        const partSteps = within(part, steps)
        versions = partSteps.at(-1)?.after ?? versions
        return { events: part, ...termsAfter(partSteps, versions) }
      })
    },
    after: async (events, context) => {
      const { steps, before } = await fold(events, context)
      return termsAfter(steps, before)
    },
  }
}

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
  const cuts = does.flatMap((each, index) => (each && index > 0 && !does[index - 1] ? [index] : []))
  return cuts.length === 0 ? [events] : [0, ...cuts].map((from, number) => events.slice(from, cuts[number]))
}

/** Whether an event is a new version of the configuration. */
export const appliesConfiguration = ({ event }: RecordedEvent): boolean => event.type === 'ConfigurationApplied'

/** The past, present and future terms of tickets, as known at an instant: by the configurations applied until then. */
export type TermsTimelineAt = (at: Instant) => TermsTimeline

/**
 * The terms that were known at each instant.
 * @param history the configuration's events in order; may contain others.
 * @param base the terms until a configuration has been applied.
 */
export function termsTimelineAt(
  history: readonly { readonly event: DomainEvent }[],
  base: Omit<TermsVersion, 'from'>,
): TermsTimelineAt {
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
