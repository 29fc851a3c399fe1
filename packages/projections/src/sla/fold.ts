import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import type {
  Instant,
  ServiceClocks,
  SlaTarget,
  TargetDue,
  TicketEvent,
  TicketEventOf,
  TicketState,
} from '@guichet/domain'
import { latest, parseStream, slaTargets } from '@guichet/domain'
import type { RecordedEvent } from '../runner/projection.ts'
import type { Step } from '../streams/stream-folding.ts'
import type { PausedSpan } from './sla-query.ts'

/** The promise of a target: when it is due, by which policy and calendar. */
export type TargetPromise = Pick<
  TicketEventOf<'TargetMet'>,
  'dueAt' | 'policy' | 'calendar' | 'calendarOf' | 'notBefore' | 'policyVersion' | 'runsWhileWaiting'
>

/**
 * What the clock of a target does not store: when the desk was warned, by which policy it was missed, and, once it has
 * ended, when it was paused.
 */
type Mark = {
  readonly cycle: number
  readonly warnedAt?: Instant | undefined
  readonly missed?: TargetPromise | undefined
  readonly pauses?: readonly PausedSpan[] | undefined
  /** When it was paused by a person's order. */
  readonly ordered?: readonly PausedSpan[] | undefined
}

/** The last mark on each target of a ticket. */
export type TargetMarks = {
  readonly marks: { readonly [T in SlaTarget]?: Mark | undefined }
  /**
   * Set between the command that meets targets by handing a ticket over and its `TargetMet` events: the team that met
   * them.
   */
  readonly metWith?: { readonly team?: string | undefined } | undefined
}

/** A ticket with the marks on its targets. */
export type SlaClocks = TargetMarks & {
  readonly ticket: TicketState
  /** The import that its last event belongs to. */
  readonly importedBy?: string | undefined
}

/** An event of a ticket, with its clocks before and after it. */
export type SlaStep = Step<TicketEvent, SlaClocks>

/** The marks of a ticket that has not been opened. */
export const noMarks: TargetMarks = { marks: {} }

/** The marks after an event, given the ticket before and after it. */
export function evolveMarks(
  targetMarks: TargetMarks,
  event: TicketEvent,
  before: TicketState,
  after: TicketState,
): TargetMarks {
  const marks = endedMarks(marked(targetMarks.marks, event), before, after, event.at)
  const metWith = whoMet(targetMarks.metWith, before, event)
  if (marks === targetMarks.marks && metWith === targetMarks.metWith) return targetMarks
  return metWith ? { marks, metWith } : { marks }
}

/**
 * A feature request is handed over by the same command that meets its targets; `TargetMet` is recorded after the
 * hand-over.
 */
function whoMet(metWith: TargetMarks['metWith'], before: TicketState, { type }: TicketEvent): TargetMarks['metWith'] {
  if (type === 'FeatureRequestNoted' && before.status !== 'absent') {
    return before.team === undefined ? {} : { team: before.team }
  }
  return type === 'TicketTagged' || type === 'TargetMet' ? metWith : undefined
}

function marked(marks: TargetMarks['marks'], event: TicketEvent): TargetMarks['marks'] {
  if (event.type !== 'TargetWarned' && event.type !== 'TargetBreached') return marks
  const { target, cycle } = event
  const mark = marks[target]?.cycle === cycle ? marks[target] : { cycle }
  return {
    ...marks,
    [target]: event.type === 'TargetWarned' ? { ...mark, warnedAt: event.at } : { ...mark, missed: promised(event) },
  }
}

/** Stores the pauses of the clocks that an event has ended, since the ticket drops them with the clocks. */
function endedMarks(
  marks: TargetMarks['marks'],
  before: TicketState,
  after: TicketState,
  at: Instant,
): TargetMarks['marks'] {
  if (before.status === 'absent' || after.status === 'absent' || before.clocks.pauses.length === 0) return marks
  const { clocks } = before
  return slaTargets.reduce((marksSoFar, target) => {
    const clock = clocks.targets[target]
    if (!clock || after.clocks.targets[target]?.cycle === clock.cycle) return marksSoFar
    const pauses = pausedSpans(clocks.pauses, clock.from, at)
    if (!pauses) return marksSoFar
    const ordered = pausedSpans(clocks.ordered, clock.from, at)
    const mark = marksSoFar[target]?.cycle === clock.cycle ? marksSoFar[target] : { cycle: clock.cycle }
    return { ...marksSoFar, [target]: { ...mark, pauses, ...(ordered && { ordered }) } }
  }, marks)
}

/** Picks the promise of a target from an event. */
export const promised = ({
  dueAt,
  policy,
  calendar,
  calendarOf,
  notBefore,
  runsWhileWaiting,
  policyVersion,
}: TargetPromise): TargetPromise => ({
  dueAt,
  policy,
  ...(calendar !== undefined && { calendar }),
  ...(calendarOf && { calendarOf: { kind: calendarOf.kind, name: calendarOf.name } }),
  ...(notBefore && { notBefore: { at: notBefore.at, change: notBefore.change } }),
  ...(runsWhileWaiting && { runsWhileWaiting }),
  policyVersion,
})

/** The promise of an open target, without its due instant. */
export const promiseOf = ({ sla, notBefore, policy: { version } }: TargetDue): Omit<TargetPromise, 'dueAt'> => ({
  policy: sla.policy.name,
  ...(sla.calendar !== undefined && { calendar: sla.calendar }),
  ...(sla.calendarOf && { calendarOf: sla.calendarOf }),
  ...(notBefore && { notBefore }),
  policyVersion: version,
})

/** The agent that a ticket is assigned to. */
export const assigneeOf = ({ ticket }: SlaClocks): string | undefined =>
  ticket.status === 'absent' ? undefined : ticket.assignee?.id

/** The centres of agents, by the agents' ids. */
export type Centres = ReadonlyMap<string, string>

/** Whether an event states the centre of an agent. */
export const namesCentre = ({ event }: RecordedEvent): boolean =>
  event.type === 'AgentRegistered' || (event.type === 'AgentProfileChanged' && event.centre !== undefined)

/** Stores the centres of agents that events state. @returns the agents whose centre has changed. */
export async function followCentres(
  tx: Transaction<unknown>,
  events: readonly RecordedEvent[],
): Promise<readonly string[]> {
  const stated = new Map(
    events.flatMap((recorded): [string, string | null][] => {
      const { event, stream } = recorded
      if (event.type !== 'AgentRegistered' && event.type !== 'AgentProfileChanged') return []
      return namesCentre(recorded) ? [[parseStream(stream).id, event.centre ?? null]] : []
    }),
  )
  if (stated.size === 0) return []
  const agents = [...stated].map(([id, centre]) => ({ id, centre }))
  const { rows } = await sql<{ id: string }>`
    insert into sla_agent as kept (id, centre)
    select id, centre from json_to_recordset(${JSON.stringify(agents)}::json) as r (id text, centre text)
    on conflict (id) do update set centre = excluded.centre where kept.centre is distinct from excluded.centre
    returning id`.execute(tx)
  return rows.map(({ id }) => id)
}

/** The centres of these agents; agents without a centre and unregistered ones are omitted. */
export async function centresOf(tx: Transaction<unknown>, agents: Iterable<string | undefined>): Promise<Centres> {
  const ids = [...new Set(agents)].filter((id) => id !== undefined)
  if (ids.length === 0) return new Map()
  const { rows } = await sql<{ id: string; centre: string }>`
    select id, centre from sla_agent where id = any(${ids}::text[]) and centre is not null`.execute(tx)
  return new Map(rows.map(({ id, centre }) => [id, centre]))
}

/**
 * When a target's clock was paused, from its start on, by the pauses that apply to it; undefined if it never was.
 * @param end when the clock ended, if it has.
 */
export function pausedSpans(
  pauses: ServiceClocks['pauses'],
  since: Instant,
  end?: Instant,
): readonly PausedSpan[] | undefined {
  const spans = pauses.flatMap(({ from, to = end }): PausedSpan[] => {
    if (to === undefined) return [{ from: latest(from, since) }]
    return to > since ? [{ from: latest(from, since), to }] : []
  })
  return spans.length === 0 ? undefined : spans
}
