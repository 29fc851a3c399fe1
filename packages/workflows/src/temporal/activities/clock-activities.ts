import type { Desk, Standing, StreamName } from '@guichet/domain'
import { instant, latest } from '@guichet/domain'
import { activityInfo } from '@temporalio/activity'
import { DeadlinesRefused, fireDue } from '../../clock/fire-due.ts'
import type { OnError } from '../../supervision/on-error.ts'
import { asChange } from '../standing.ts'
import type { Told } from '../told.ts'
import type { ClockActivities } from '../workflow/stream-change.ts'
import type { Failures } from './failures.ts'

export type ActivityParts = {
  readonly desk: Desk
  readonly failures: Failures
  /** Whether the server knows the search attributes. */
  readonly labelled: () => boolean
  /** What clocks learn from their looks need not be signalled to them. */
  readonly told: Told
  readonly onError: OnError
}

/**
 * What the clocks do. The instant a clock has waited for has come even where this machine's clock is behind, by no more than the
 * desk takes for a difference of clocks. The configuration is looked for first, since whoever told the clock may have known a newer
 * one. What fails is noted and thrown: Temporal tries again, with growing pauses, for ever. The first try, within a workflow's own
 * task, is followed by another one at once, which is the one to tell of it.
 */
export function clockActivities({ desk, failures, labelled, told, onError }: ActivityParts): ClockActivities {
  return {
    fireDue: async ({ stream, dueAt }) => {
      const { attempt, isLocal } = activityInfo()
      try {
        const [{ held, failed }] = await Promise.all([failures.known(stream), desk.heedConfiguration()])
        const standing = held ? await desk.standing(stream) : await fired(desk, stream, dueAt)
        if (failed) await failures.forget(stream)
        const change = asChange(stream, standing, { held, labelled: labelled() })
        if (isLocal && !held) told.note(change)
        return change
      } catch (error) {
        if (isLocal) throw error
        onError(error, `the clock of ${stream}`)
        const message = error instanceof Error ? error.message : String(error)
        await failures.note(stream, message, attempt).catch(() => undefined)
        throw error
      }
    },
  }
}

async function fired(desk: Desk, stream: StreamName, dueAt: string): Promise<Standing> {
  const { refused, standing } = await fireDue(desk, stream, latest(instant(new Date()), instant(dueAt)))
  if (refused.length > 0) throw new DeadlinesRefused(refused)
  return standing
}
