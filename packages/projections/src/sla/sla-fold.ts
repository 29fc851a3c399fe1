import type { Instant, SlaTarget, TargetDue, Ticket, TicketEvent, TicketEventOf, TicketState } from '@guichet/domain'
import { evolveTicket, neverRouted, noAttempts, slaTargets } from '@guichet/domain'
import type { FoldedBatch, Step, StreamFolding } from '../streams/stream-folding.ts'
import { createStreamFolding } from '../streams/stream-folding.ts'
import { pausedSpans } from './paused-spans.ts'
import type { PausedSpan } from './target-row.ts'

/** What a target was promised by. */
export type Promised = Pick<
  TicketEventOf<'TargetMet'>,
  'dueAt' | 'policy' | 'calendar' | 'calendarOf' | 'notBefore' | 'policyVersion' | 'runsWhileWaiting'
>

/**
 * What the clock of a target does not know of itself: when the desk was warned, by what policy it was missed, and, once it
 * has ended, when it stood still.
 */
export type Mark = {
  readonly cycle: number
  readonly warnedAt?: Instant | undefined
  readonly missed?: Promised | undefined
  readonly pauses?: readonly PausedSpan[] | undefined
  /** When it stood still by somebody's order. */
  readonly ordered?: readonly PausedSpan[] | undefined
}

/** A ticket's clocks, and the last mark on each of its targets. */
export type SlaClocks = {
  readonly ticket: TicketState
  readonly marks: { readonly [T in SlaTarget]?: Mark | undefined }
  /** Right after a ticket was handed over by what meets its targets: the team that met them. */
  readonly metWith?: { readonly team?: string | undefined } | undefined
}

export type SlaStep = Step<TicketEvent, SlaClocks>
export type FoldedSla = FoldedBatch<TicketEvent, SlaClocks>

/** Folds tickets with the domain's own fold, and keeps what their targets need of it. */
export function createSlaFolding(): StreamFolding<TicketEvent, SlaClocks> {
  return createStreamFolding<TicketEvent, SlaClocks>({
    category: 'ticket',
    initial: { ticket: { status: 'absent' }, marks: {} },
    evolve: ({ ticket, marks, metWith }, { event }) => {
      const after = kept(evolveTicket(ticket, event))
      const ended = { ticket: after, marks: endedMarks(marked(marks, event), ticket, after, event.at) }
      const team = whoMet(metWith, ticket, event)
      return team ? { ...ended, metWith: team } : ended
    },
  })
}

/** A wish is handed over by the very command that meets targets, and they are recorded after it. */
function whoMet(metWith: SlaClocks['metWith'], before: TicketState, { type }: TicketEvent): SlaClocks['metWith'] {
  if (type === 'FeatureRequestNoted' && before.status !== 'absent') {
    return before.team === undefined ? {} : { team: before.team }
  }
  return type === 'TicketTagged' || type === 'TargetMet' ? metWith : undefined
}

function marked(marks: SlaClocks['marks'], event: TicketEvent): SlaClocks['marks'] {
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
  marks: SlaClocks['marks'],
  before: TicketState,
  after: TicketState,
  at: Instant,
): SlaClocks['marks'] {
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

/** In one order of keys, whether it comes from a fold or from a row; what no clock asks for is blank. */
function kept(state: TicketState): TicketState {
  if (state.status === 'absent') return state
  const { status, priority, category, plan, team, level, assignee, reopenings, clocks } = state
  return { ...blank, status, priority, category, plan, team, level, assignee, reopenings, clocks }
}

const start = new Date(0).toISOString() as Instant

const blank: Ticket = {
  status: 'new',
  priority: 'normal',
  category: undefined,
  plan: undefined,
  team: undefined,
  assignee: undefined,
  chosenAt: undefined,
  reopenings: 0,
  clocks: {
    targets: {},
    ended: {},
    answered: false,
    questions: 0,
    updates: 0,
    waiting: [],
    termsSince: start,
    termsChange: 'opening',
    pauses: [],
    ordered: [],
    paused: undefined,
  },
  subject: '',
  customer: { id: '' },
  channel: 'web',
  language: '',
  escalation: undefined,
  level: 1,
  escalations: [],
  attempts: noAttempts,
  featureRequested: false,
  tags: [],
  watchers: [],
  links: [],
  attachments: [],
  messages: {},
  openedAt: start,
  updatedAt: start,
  firstRespondedAt: undefined,
  resolutions: 0,
  lastResolvedAt: undefined,
  waits: 0,
  waitingSince: undefined,
  chasedAt: [],
  closed: undefined,
  spells: 0,
  lastAgentActivityAt: start,
  stagnationReported: false,
  silences: 0,
  updateCountedFrom: start,
  updateAwaitedFrom: start,
  updateOverdue: false,
  mergedInto: undefined,
  mergedWaitingSince: undefined,
  declinedMerges: {},
  absorbed: [],
  absorbing: [],
  splits: [],
  priorityGiven: false,
  classified: false,
  routing: neverRouted,
}

/** What a ticket's clocks are kept as: what `blank` adds again when they are read. */
export function packed({ ticket, marks, metWith }: SlaClocks): object {
  if (ticket.status === 'absent') return { marks }
  const { status, priority, category, plan, team, level, assignee, reopenings, clocks } = ticket
  return {
    ticket: { status, priority, category, plan, team, level, assignee, reopenings, clocks },
    marks,
    ...(metWith && { metWith }),
  }
}

/** The clocks that were kept. */
export function unpacked({
  ticket,
  ...known
}: Omit<SlaClocks, 'ticket'> & { readonly ticket?: Partial<Ticket> }): SlaClocks {
  return { ticket: ticket ? { ...blank, ...ticket } : { status: 'absent' }, ...known }
}
