import type { ClockLabels, Desk, Standing, StreamName } from '@guichet/domain'
import { parseStream, shiftId, streamName } from '@guichet/domain'
import type { StreamChange, StreamLabels } from './workflow/stream-change.ts'

type Now = { readonly held: boolean; readonly labelled: boolean }

/** What stands on a stream as stored now; nothing while it is held. */
export async function standingOf(desk: Desk, stream: StreamName, now: Now): Promise<Omit<StreamChange, 'order'>> {
  return asChange(stream, await desk.standing(stream), now)
}

/** What stands on a stream, as its clock is told. */
export function asChange(
  stream: StreamName,
  { version, deadlines, labels }: Standing,
  { held, labelled }: Now,
): Omit<StreamChange, 'order'> {
  return {
    stream,
    version,
    deadlines: held ? [] : deadlines,
    ...(labelled && labels && { labels: streamLabels(labels, held) }),
  }
}

const streamLabels = (
  { status, priority, category, late, outstanding, sla, slaSince, breachAt }: ClockLabels,
  held: boolean,
): StreamLabels => ({
  ...(status !== undefined && { status }),
  ...(priority !== undefined && { priority }),
  ...(category !== undefined && { category }),
  breached: late,
  ...(outstanding && !held && { outstanding }),
  ...(sla !== undefined && { sla }),
  ...(slaSince !== undefined && { slaSince }),
  ...(breachAt !== undefined && { breachAt }),
})

/** The stream of a clock, by the clock's name. */
export function streamOf(clock: string): StreamName {
  const [category = '', id = ''] = clock.split(/-clock\/(.*)/s)
  return category === shifts ? streamName(shifts, shiftId) : streamName(category, id)
}

/**
 * What the clock of a stream is called in Temporal: `ticket-clock/<id>` for a ticket. The stream of the shifts has the same name in every
 * database, so that its clock is told apart by the task queue.
 */
export function clockId(stream: StreamName, taskQueue = ''): string {
  const { category, id } = parseStream(stream)
  return `${category}-clock/${category === shifts ? taskQueue : id}`
}

const shifts = 'shift'
