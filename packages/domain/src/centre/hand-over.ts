import { closesAt, isOpen, nextOpening } from '../calendar/business-time.ts'
import type { Calendar } from '../calendar/spans.ts'
import type { Instant } from '../kernel/instant.ts'
import { firstSharing } from '../shift/plan.ts'
import type { Centre } from './settings.ts'

/** Who is there, and what happens at the next change of shift. */
export type Shift = {
  /** The centres on shift, by priority. */
  readonly onShift: readonly string[]
  /** When the next centre begins or ends; undefined when none ever does. */
  readonly changesAt: Instant | undefined
  /** Where the open conversations of each centre that ends then go: nowhere when nobody is there, so that they wait. */
  readonly handOvers: readonly { readonly from: string; readonly to: string | undefined }[]
}

/**
 * Follow the sun: which centres are on shift at an instant, when that changes next, and which centre takes over whose open
 * conversations then. Of those on shift after the change it is one that shares a language, and of several the one that comes first by
 * priority.
 */
export function handOver(centres: readonly (Centre & { readonly hours: Calendar })[], at: Instant): Shift {
  const byPriority = [...centres].sort((a, b) => a.priority - b.priority)
  const onShift = byPriority.filter(({ hours }) => isOpen(hours, at))
  const [changesAt] = byPriority
    .flatMap(({ hours }) => (isOpen(hours, at) ? closesAt(hours, at) : nextOpening(hours, at)) ?? [])
    .sort()
  const after = byPriority.filter(({ hours }) => changesAt !== undefined && isOpen(hours, changesAt))
  const leaving = changesAt === undefined ? [] : onShift.filter((centre) => !after.includes(centre))
  return {
    onShift: onShift.map(({ id }) => id),
    changesAt,
    handOvers: leaving.map(({ id, languages }) => ({ from: id, to: firstSharing(after, languages)?.id })),
  }
}
