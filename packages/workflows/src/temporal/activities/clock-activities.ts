import type { Desk, Standing, StreamName } from '@guichet/domain'
import { instant, latest } from '@guichet/domain'
import { activityInfo } from '@temporalio/activity'
import { DeadlinesRefused, fireDue } from '../../clock/fire-due.ts'
import type { OnError } from '../../supervision/on-error.ts'
import { clockState } from '../clock-state.ts'
import { isClocked } from '../workflow/clock-state.ts'
import type { ClockActivities } from '../workflow/deadline-clock.ts'
import type { Failures } from './failures.ts'
import type { FinishedClocks } from './finished-clocks.ts'

export type ActivityParts = {
  readonly desk: Desk
  readonly failures: Failures
  readonly finished: FinishedClocks
  /** Whether the server knows the search attributes. */
  readonly labelled: () => boolean
  readonly onError: OnError
}

/** Where the machine that starts clocks is ahead, it would start one at once again and again. */
const longestPauseMs = 30_000

/**
 * What the clocks do. The instant a clock has waited for has come even where this machine's clock is behind, by no more than the
 * desk takes for a difference of clocks; before that only what is due by this machine's clock takes effect, and the next clock is started
 * after a pause. The configuration is looked for first, since whoever started the clock may have known a newer
 * one. What fails is noted and thrown: Temporal tries again, with growing pauses, for ever. The first try, within a workflow's own
 * task, is followed by another one at once, which is the one to report.
 */
export function clockActivities({ desk, failures, finished, labelled, onError }: ActivityParts): ClockActivities {
  return {
    fireDue: async ({ stream, dueAt }) => {
      const { attempt, isLocal } = activityInfo()
      try {
        const [{ held, failed }] = await Promise.all([failures.known(stream), desk.heedConfiguration()])
        const early = dueAt !== undefined && desk.isInTheFuture(instant(dueAt))
        const standing = held ? await desk.standing(stream) : await fired(desk, stream, early ? undefined : dueAt)
        if (failed) await failures.forget(stream)
        const state = clockState(stream, standing, { held, labelled: labelled() })
        if (!isClocked(state)) {
          await finished.end(stream)
          return state
        }
        const pauseMs = early ? Math.max(0, Math.min(Date.parse(dueAt) - Date.now(), longestPauseMs)) : 0
        await finished.renew(stream, state.deadlines[0]?.dueAt, pauseMs)
        return undefined
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

async function fired(desk: Desk, stream: StreamName, dueAt: string | undefined): Promise<Standing> {
  const now = instant(new Date())
  const { refused, standing } = await fireDue(desk, stream, dueAt === undefined ? now : latest(now, instant(dueAt)))
  if (refused.length > 0) throw new DeadlinesRefused(refused)
  return standing
}
