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

/** What a target was promised by. */
export type Promised = Pick<
  TicketEventOf<'TargetMet'>,
  'dueAt' | 'policy' | 'calendar' | 'calendarOf' | 'notBefore' | 'policyVersion' | 'runsWhileWaiting'
>

/**
 * What the clock of a target does not know of itself: when the desk was warned, by what policy it was missed, and, once it
 * has ended, when it stood still.
 */
type Mark = {
  readonly cycle: number
  readonly warnedAt?: Instant | undefined
  readonly missed?: Promised | undefined
  readonly pauses?: readonly PausedSpan[] | undefined
  /** When it stood still by somebody's order. */
  readonly ordered?: readonly PausedSpan[] | undefined
}

/** The last mark on each target of a ticket. */
export type TargetMarks = {
  readonly marks: { readonly [T in SlaTarget]?: Mark | undefined }
  /** Right after a ticket was handed over by what meets its targets: the team that met them. */
  readonly metWith?: { readonly team?: string | undefined } | undefined
}

/** A ticket with the marks on its targets. */
export type SlaClocks = TargetMarks & {
  readonly ticket: TicketState
  /** The import that its last event came in with. */
  readonly importedBy?: string | undefined
}

export type SlaStep = Step<TicketEvent, SlaClocks>

/** Of a ticket that has not been opened. */
export const noMarks: TargetMarks = { marks: {} }

/** The marks after an event that a ticket was something before, and something else after. */
export function evolveMarks(
  known: TargetMarks,
  event: TicketEvent,
  before: TicketState,
  after: TicketState,
): TargetMarks {
  const marks = endedMarks(marked(known.marks, event), before, after, event.at)
  const metWith = whoMet(known.metWith, before, event)
  if (marks === known.marks && metWith === known.metWith) return known
  return metWith ? { marks, metWith } : { marks }
}

/** A wish is handed over by the very command that meets targets, and they are recorded after it. */
function whoMet(metWith: TargetMarks['metWith'], before: TicketState, { type }: TicketEvent): TargetMarks['metWith'] {
  if (type === 'FeatureRequestNoted' && before.status !== 'absent') {
    return before.team === undefined ? {} : { team: before.team }
  }
  return type === 'TicketTagged' || type === 'TargetMet' ? metWith : undefined
}

function marked(marks: TargetMarks['marks'], event: TicketEvent): TargetMarks['marks'] {
  if (event.type !== 'TargetWarned' && event.type !== 'TargetBreached') return marks
  const { target, cycle } = event
  const known = marks[target]?.cycle === cycle ? marks[target] : { cycle }
  return {
    ...marks,
    [target]: event.type === 'TargetWarned' ? { ...known, warnedAt: event.at } : { ...known, missed: promised(event) },
  }
}

/** Marks when the clocks stood still that an event has ended: the ticket forgets it with them. */
function endedMarks(
  marks: TargetMarks['marks'],
  before: TicketState,
  after: TicketState,
  at: Instant,
): TargetMarks['marks'] {
  if (before.status === 'absent' || after.status === 'absent' || before.clocks.pauses.length === 0) return marks
  const { clocks } = before
  return slaTargets.reduce((known, target) => {
    const clock = clocks.targets[target]
    if (!clock || after.clocks.targets[target]?.cycle === clock.cycle) return known
    const pauses = pausedSpans(clocks.pauses, clock.from, at)
    if (!pauses) return known
    const ordered = pausedSpans(clocks.ordered, clock.from, at)
    const mark = known[target]?.cycle === clock.cycle ? known[target] : { cycle: clock.cycle }
    return { ...known, [target]: { ...mark, pauses, ...(ordered && { ordered }) } }
  }, marks)
}

/** What an event says that a target was promised by. */
export const promised = ({
  dueAt,
  policy,
  calendar,
  calendarOf,
  notBefore,
  runsWhileWaiting,
  policyVersion,
}: Promised): Promised => ({
  dueAt,
  policy,
  ...(calendar !== undefined && { calendar }),
  ...(calendarOf && { calendarOf: { kind: calendarOf.kind, name: calendarOf.name } }),
  ...(notBefore && { notBefore: { at: notBefore.at, change: notBefore.change } }),
  ...(runsWhileWaiting && { runsWhileWaiting }),
  policyVersion,
})

/** By what a target is promised that is not over. */
export const promiseOf = ({ sla, notBefore, policy: { version } }: TargetDue): Omit<Promised, 'dueAt'> => ({
  policy: sla.policy.name,
  ...(sla.calendar !== undefined && { calendar: sla.calendar }),
  ...(sla.calendarOf && { calendarOf: sla.calendarOf }),
  ...(notBefore && { notBefore }),
  policyVersion: version,
})

/** Who a ticket is with. */
export const assigneeOf = ({ ticket }: SlaClocks): string | undefined =>
  ticket.status === 'absent' ? undefined : ticket.assignee?.id

/** The centres of agents, by the agents' ids. */
export type Centres = ReadonlyMap<string, string>

/** Whether an event says where an agent works. */
export const namesCentre = ({ event }: RecordedEvent): boolean =>
  event.type === 'AgentRegistered' || (event.type === 'AgentProfileChanged' && event.centre !== undefined)

/** Keeps what events say of where agents work. @returns the agents who work elsewhere than before. */
export async function followCentres(
  tx: Transaction<unknown>,
  events: readonly RecordedEvent[],
): Promise<readonly string[]> {
  const said = new Map(
    events.flatMap((recorded): [string, string | null][] => {
      const { event, stream } = recorded
      if (event.type !== 'AgentRegistered' && event.type !== 'AgentProfileChanged') return []
      return namesCentre(recorded) ? [[parseStream(stream).id, event.centre ?? null]] : []
    }),
  )
  if (said.size === 0) return []
  const agents = [...said].map(([id, centre]) => ({ id, centre }))
  const { rows } = await sql<{ id: string }>`
    insert into sla_agent as kept (id, centre)
    select id, centre from json_to_recordset(${JSON.stringify(agents)}::json) as r (id text, centre text)
    on conflict (id) do update set centre = excluded.centre where kept.centre is distinct from excluded.centre
    returning id`.execute(tx)
  return rows.map(({ id }) => id)
}

/** Where these agents work; those who work at no centre, and those whom nobody has registered, are left out. */
export async function centresOf(tx: Transaction<unknown>, agents: Iterable<string | undefined>): Promise<Centres> {
  const ids = [...new Set(agents)].filter((id) => id !== undefined)
  if (ids.length === 0) return new Map()
  const { rows } = await sql<{ id: string; centre: string }>`
    select id, centre from sla_agent where id = any(${ids}::text[]) and centre is not null`.execute(tx)
  return new Map(rows.map(({ id, centre }) => [id, centre]))
}

/**
 * When a target's clock stood still, from its beginning on, of the pauses that concern it; undefined where it never did.
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
