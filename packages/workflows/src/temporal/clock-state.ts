import type { Pool } from 'pg'
import type { ClockLabels, Desk, ClockState, StreamDeleted, StreamName } from '@guichet/domain'
import { parseStream, streamName, unlessDeleted } from '@guichet/domain'
import { noClock } from '../clock.ts'
import { isNamedByPerson, opaqueIdOf } from '../opaque-name.ts'
import type { WorkflowState, StreamLabels } from './workflow/clock-state.ts'

type Now = { readonly held: boolean; readonly labelled: boolean }

/**
 * The clock state of a stream as stored now; empty while it is held, and where it was deleted.
 * @param onDeleted called in that case.
 */
export async function readClockState(
  desk: Desk,
  stream: StreamName,
  now: Now,
  onDeleted?: (deleted: StreamDeleted) => Promise<void>,
): Promise<WorkflowState> {
  const none = async (deleted: StreamDeleted): Promise<ClockState> => {
    await onDeleted?.(deleted)
    return noClock
  }
  const current = await unlessDeleted(desk.clockState(stream), none, stream)
  return clockState(stream, current, now)
}

/** The clock state of a stream in the form with which its clock is started. */
export function clockState(
  stream: StreamName,
  { deadlines, labels }: ClockState,
  { held: isHeld, labelled }: Now,
): WorkflowState {
  return {
    stream,
    deadlines: isHeld ? [] : deadlines.map(({ kind, dueAt, cycle }) => ({ kind, dueAt, cycle })),
    ...(labelled && labels && { labels: streamLabels(labels, isHeld) }),
  }
}

const streamLabels = (
  { status, priority, category, late, outstanding, sla, slaSince, breachAt, missed }: ClockLabels,
  isHeld: boolean,
): StreamLabels => ({
  ...(status !== undefined && { status }),
  ...(priority !== undefined && { priority }),
  ...(category !== undefined && { category }),
  breached: late,
  ...(outstanding && !isHeld && { outstanding }),
  ...(sla !== undefined && { sla }),
  ...(slaSince !== undefined && { slaSince }),
  ...(breachAt !== undefined && { breachAt }),
  ...(missed && { missed }),
})

/** The name of an installation in the ids of its workflows: the first eight digits of its number. */
export const shortOf = (installation: string): string => installation.slice(0, 8)

/**
 * The id of a stream's clock in Temporal: `ticket-clock/<installation>/<id>` for a ticket. Databases that share a
 * namespace may have streams of the same name. Ids of workflows are never encrypted: in place of a person's id stands
 * its hash, and the stream stands in the memo (`memoOf`).
 */
export function clockId(stream: StreamName, installation: string): string {
  const { category } = parseStream(stream)
  return `${category}-clock/${shortOf(installation)}/${opaqueIdOf(stream)}`
}

/** The memo of a stream's clock: the stream, where the clock's id does not say it. */
export const memoOf = (stream: StreamName): { readonly stream: StreamName } | undefined =>
  isNamedByPerson(stream) ? { stream } : undefined

/** The stream of a clock, by the clock's id and its memo. */
export function streamOf(clock: string, memo?: Readonly<Record<string, unknown>>): StreamName {
  if (typeof memo?.['stream'] === 'string') return memo['stream']
  const [, category = '', id = ''] = /^(.*?)-clock\/[^/]*\/(.*)$/s.exec(clock) ?? []
  return streamName(category, id)
}

/** The name of this database in Temporal. */
export type Installation = {
  readonly id: string
  /** The task queue of its own work: processes on another database never poll it. */
  readonly taskQueue: string
}

/**
 * Reads the name that the migration has given to this database.
 * @throws when the row is missing: it was deleted by hand.
 */
export async function readInstallation(pool: Pool): Promise<Installation> {
  const { rows } = await pool.query<{ id: string }>('select id from guichet_workflows.installation')
  const id = rows[0]?.id
  if (id === undefined) throw new Error('guichet_workflows.installation is empty')
  return { id, taskQueue: `guichet-${shortOf(id)}` }
}
