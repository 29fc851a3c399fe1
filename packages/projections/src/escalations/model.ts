import type { Actor, EventEnvelope, Instant, Person, SupportLevel, TicketEvent } from '@guichet/domain'
import type { Projection } from '../runner/projection.ts'
import type { Step, StreamFolding } from '../streams/stream-folding.ts'
import { forgetsWithdrawn, removeRows } from '../streams/withdrawals.ts'
import { tablesOf, writtenTable } from '../written-table.ts'

type LevelStep = Step<TicketEvent, LevelState | undefined>

/** Every stay of a ticket at a support level, and every escalation with its outcome. */
export function escalationsProjection(levels: StreamFolding<TicketEvent, LevelState | undefined>): Projection {
  return forgetsWithdrawn(
    {
      name: 'escalations',
      version: 4,
      ...tablesOf(spells, escalations),
      project: async (events, context) => {
        const steps = await levels.steps(events, context)
        await Promise.all([
          spells.replace(context.tx, spellRows(steps)),
          escalations.replace(context.tx, escalationRows(steps)),
        ])
      },
    },
    (ids, { tx }) => removeRows(tx, ids, { level_spell: 'ticket_id', escalation: 'ticket_id' }),
  )
}

const spells = writtenTable(
  'level_spell',
  `ticket_id text collate "C" not null,
  number integer not null,
  level smallint not null,
  began_at timestamptz not null,
  responded_at timestamptz,
  ended_at timestamptz,
  ending text,
  primary key (ticket_id, number)`,
  { fillfactor: 70, indexes: ['index on level_spell (began_at)'] },
)

const escalations = writtenTable(
  'escalation',
  `id text collate "C" primary key,
  ticket_id text collate "C" not null,
  level smallint not null,
  at timestamptz not null,
  waiting_since timestamptz not null,
  taken_at timestamptz,
  ended_at timestamptz,
  call jsonb not null`,
  {
    fillfactor: 70,
    indexes: [
      'index on escalation (at, id)',
      'index escalation_open on escalation (at, id) where ended_at is null',
      'index on escalation (level, taken_at) where taken_at is not null',
    ],
  },
)

/** The changed values of a batch's steps, each once, in their last version. */
function lastOf<T extends { readonly number: number }>(
  steps: readonly LevelStep[],
  touched: (state: LevelState) => readonly (T | undefined)[],
): readonly (T & { readonly ticketId: string })[] {
  const changes = new Map<string, T & { readonly ticketId: string }>()
  for (const { id, before, after } of steps) {
    if (after === undefined || after === before) continue
    const written = before === undefined ? [] : touched(before)
    for (const one of touched(after))
      if (one && !written.includes(one)) changes.set(`${id}/${one.number}`, { ...one, ticketId: id })
  }
  return [...changes.values()]
}

const spellRows = (steps: readonly LevelStep[]): readonly object[] =>
  lastOf<Spell>(steps, ({ ended, spell }) => [ended, spell]).map(
    ({ ticketId, number, level, beganAt, respondedAt, endedAt, ending }) => ({
      ticket_id: ticketId,
      number,
      level,
      began_at: beganAt,
      responded_at: respondedAt,
      ended_at: endedAt,
      ending,
    }),
  )

const escalationRows = (steps: readonly LevelStep[]): readonly object[] =>
  lastOf<Call>(steps, ({ endedCall, call }) => [endedCall, call]).map(({ ticketId, ...call }) => ({
    id: `${ticketId}/${call.number}`,
    ticket_id: ticketId,
    level: call.level,
    at: call.at,
    waiting_since: call.waitingSince,
    taken_at: call.takenAt,
    ended_at: call.endedAt,
    call,
  }))

/** How a ticket's stay at a level ended: `closed` is an end without a result for the level, such as spam. */
type SpellEnding = 'solved' | 'escalated' | 'handed_down' | 'closed'

/** A ticket's stay at one level, from its arrival there. */
type Spell = {
  readonly number: number
  readonly level: SupportLevel
  readonly beganAt: Instant
  /** When an agent first replied at that level. */
  readonly respondedAt?: Instant | undefined
  readonly endedAt?: Instant | undefined
  readonly ending?: SpellEnding | undefined
}

/** An escalation and its outcome. */
export type Call = {
  readonly number: number
  readonly at: Instant
  readonly by: Actor
  readonly fromLevel: SupportLevel
  readonly level: SupportLevel
  /** The team that was called; undefined where the desk names none for the level, and the ticket had none. */
  readonly team: string | undefined
  readonly reason: string
  readonly expectedBy?: Instant | undefined
  /** Since when it waits for an agent, or had waited when it was taken: later than `at` if it had to wait again. */
  readonly waitingSince: Instant
  /**
   * The agent who had the ticket when another team was called, and still has it: their replies do not answer the call,
   * unless they are in that team.
   */
  readonly keptBy?: string | undefined
  readonly takenAt?: Instant | undefined
  readonly takenBy?: Person | undefined
  readonly endedAt?: Instant | undefined
  /** Whether it ended with the ticket: it resumes when the ticket is reopened. */
  readonly endedWithTicket?: boolean | undefined
}

/** A ticket's current level state, and what its last event has ended. */
export type LevelState = {
  readonly spell: Spell
  /** The id of the agent who has the ticket. */
  readonly assignee?: string | undefined
  readonly ended?: Spell | undefined
  readonly call?: Call | undefined
  readonly endedCall?: Call | undefined
}

/**
 * The levels of a ticket after one more event. A reopened ticket continues at its level as if it had not been solved.
 */
export function evolveLevels(
  state: LevelState | undefined,
  { event }: EventEnvelope<TicketEvent>,
): LevelState | undefined {
  if (event.type === 'TicketOpened') return { spell: { number: 1, level: 1, beganAt: event.at } }
  if (state === undefined) return undefined
  const { spell, call } = state
  switch (event.type) {
    case 'AgentReplied': {
      if (event.by.kind !== 'agent') return state
      const first = spell.respondedAt === undefined && spell.ending === undefined
      const { id, name } = event.by
      const takes =
        call && call.by.id !== id ? takeCall(call, event.at, { id, ...(name !== undefined && { name }) }) : call
      if (!first && takes === call) return state
      return { ...state, call: takes, spell: first ? { ...spell, respondedAt: event.at } : spell }
    }
    case 'TicketAssigned':
      return { ...state, assignee: event.assignee.id, call: call && takeCall(call, event.at, event.assignee) }
    case 'TicketUnassigned':
      return { ...state, assignee: undefined, call: call && waitingAgain(call, event.at) }
    case 'TicketEscalated': {
      const { at, by, team, reason, expectedBy, level = spell.level, fromLevel = level } = event
      const called = { at, by, fromLevel, level, team, reason, expectedBy, waitingSince: at, keptBy: state.assignee }
      const there = level === spell.level ? takenBefore(call, team, state.assignee) : undefined
      const next = {
        number: (call?.number ?? 0) + 1,
        ...called,
        ...(there && { keptBy: undefined, takenAt: at, takenBy: there }),
      }
      const moved = level === spell.level ? state : movedTo(state, level, at, 'escalated')
      return { ...moved, call: next, endedCall: over(call, at) }
    }
    case 'TicketDeescalated':
      return { ...movedTo(state, event.level, event.at, 'handed_down'), call: over(call, event.at) }
    case 'TicketResolved':
      return { ...state, spell: ended(spell, event.at, 'solved'), call: overWithTicket(call, event.at) }
    case 'TicketClosed': {
      const ending = event.reason === 'solved' || event.reason === 'confirmed' ? 'solved' : 'closed'
      return { ...state, spell: ended(spell, event.at, ending), call: overWithTicket(call, event.at) }
    }
    case 'TicketReopened':
      return {
        ...state,
        spell: { ...spell, endedAt: undefined, ending: undefined },
        call: call && reopened(call, event.at, state.assignee),
      }
    default:
      return state
  }
}

const ended = (spell: Spell, endedAt: Instant, ending: SpellEnding): Spell =>
  spell.ending === undefined ? { ...spell, endedAt, ending } : spell

const over = (call: Call | undefined, endedAt: Instant): Call | undefined =>
  call && call.endedAt === undefined ? { ...call, endedAt } : call

const overWithTicket = (call: Call | undefined, endedAt: Instant): Call | undefined =>
  call && call.endedAt === undefined ? { ...call, endedAt, endedWithTicket: true } : call

const takeCall = (call: Call, takenAt: Instant, takenBy: Person): Call =>
  call.endedAt === undefined && call.takenAt === undefined && takenBy.id !== call.keptBy
    ? { ...call, takenAt, takenBy, keptBy: undefined }
    : call

/** Who took the previous open call of the same team, if they still have the ticket. */
const takenBefore = (call: Call | undefined, team: string | undefined, assignee: string | undefined) =>
  call?.team === team && call?.endedAt === undefined && call?.takenBy?.id === assignee ? call?.takenBy : undefined

/** The ticket has no agent any more: the next agent who takes it answers. */
function waitingAgain(call: Call, since: Instant): Call {
  if (call.endedAt !== undefined) return call
  const waitingSince = call.takenAt === undefined ? call.waitingSince : since
  return { ...call, waitingSince, keptBy: undefined, takenAt: undefined, takenBy: undefined }
}

/** The call of a reopened ticket: it keeps its agent if that agent still has the ticket, else it waits from now on. */
function reopened(call: Call, at: Instant, assignee: string | undefined): Call {
  if (!call.endedWithTicket) return call
  const open = { ...call, endedAt: undefined, endedWithTicket: undefined }
  const answered = open.takenAt !== undefined && assignee !== undefined
  return answered ? open : { ...open, waitingSince: at, takenAt: undefined, takenBy: undefined }
}

function movedTo(state: LevelState, level: SupportLevel, at: Instant, ending: SpellEnding): LevelState {
  const { spell } = state
  return { ...state, ended: ended(spell, at, ending), spell: { number: spell.number + 1, level, beganAt: at } }
}
