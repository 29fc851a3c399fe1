import type { RecordedEvent } from '../runner/projection.ts'

/**
 * A batch cut so that what changes terms comes first in each part: the others of a part are all under the terms after those
 * changes. What is derived part by part is the same however history is cut into batches.
 * @param changes what changes terms: applied configurations, unless given.
 */
export function apart(
  events: readonly RecordedEvent[],
  changes: (recorded: RecordedEvent) => boolean = appliesConfiguration,
): readonly (readonly RecordedEvent[])[] {
  const does = events.map((recorded) => changes(recorded))
  const cuts = does.flatMap((each, place) => (each && place > 0 && !does[place - 1] ? [place] : []))
  return cuts.length === 0 ? [events] : [0, ...cuts].map((from, number) => events.slice(from, cuts[number]))
}

/** Whether an event is a new version of the configuration. */
export const appliesConfiguration = ({ event }: RecordedEvent): boolean => event.type === 'ConfigurationApplied'
