import type { Desk } from '@guichet/domain'
import { instant, latest } from '@guichet/domain'
import { activityInfo } from '@temporalio/activity'
import { DeadlinesRefused, fireDue } from '../../clock/fire-due.ts'
import type { OnError } from '../../supervision/on-error.ts'
import { standingOf } from '../standing.ts'
import type { ClockActivities } from '../workflow/stream-change.ts'
import type { Failures } from './failures.ts'

export type ActivityParts = {
  readonly desk: Desk
  readonly failures: Failures
  /** Those of some streams whose clocks stand still. */
  readonly held: (streams: readonly string[]) => Promise<ReadonlySet<string>>
  /** Whether the server knows the search attributes. */
  readonly labelled: () => boolean
  readonly onError: OnError
}

/**
 * What the clocks do. The instant a clock has waited for has come even where this machine's clock is behind, by no more than the
 * desk takes for a difference of clocks. What fails is noted and thrown: Temporal tries again, with growing pauses, for ever.
 */
export function clockActivities({ desk, failures, held, labelled, onError }: ActivityParts): ClockActivities {
  return {
    fireDue: async ({ stream, dueAt }) => {
      try {
        const isHeld = (await held([stream])).has(stream)
        if (!isHeld) {
          const { refused } = await fireDue(desk, stream, latest(instant(new Date()), instant(dueAt)))
          if (refused.length > 0) throw new DeadlinesRefused(refused)
        }
        await failures.forget(stream)
        return await standingOf(desk, stream, { held: isHeld, labelled: labelled() })
      } catch (error) {
        onError(error, `the clock of ${stream}`)
        const message = error instanceof Error ? error.message : String(error)
        await failures.note(stream, message, activityInfo().attempt).catch(() => undefined)
        throw error
      }
    },
  }
}
