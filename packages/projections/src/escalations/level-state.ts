import type { Actor, EventEnvelope, Instant, Person, SupportLevel, TicketEvent } from '@guichet/domain'

/** How a ticket's time at a level ended: `closed` is an end that says nothing of the level, such as spam. */
export type SpellEnding = 'solved' | 'escalated' | 'handed_down' | 'closed'

/** A ticket's time at one level, from when it came there. */
export type Spell = {
  readonly number: number
  readonly level: SupportLevel
  readonly beganAt: Instant
  /** When a person at the desk first replied at that level. */
  readonly respondedAt?: Instant | undefined
  readonly endedAt?: Instant | undefined
  readonly ending?: SpellEnding | undefined
}

/** An escalation and what became of it. */
export type Call = {
  readonly number: number
  readonly at: Instant
  readonly by: Actor
  readonly fromLevel: SupportLevel
  readonly level: SupportLevel
  /** The team that was called; none where the desk names none for the level, and the ticket was with none. */
  readonly team: string | undefined
  readonly reason: string
  readonly expectedBy?: Instant | undefined
  /** Since when it has waited for somebody, or had waited when it was taken: later than `at` where it had to wait again. */
  readonly waitingSince: Instant
  /** Who had the ticket when another team was called, and has it still: their replies are no answer, unless they are of that team. */
  readonly keptBy?: string | undefined
  readonly takenAt?: Instant | undefined
  readonly takenBy?: Person | undefined
  readonly endedAt?: Instant | undefined
  /** Whether it ended with the ticket: then it goes on when that is reopened. */
  readonly endedWithTicket?: boolean | undefined
}

/** Where a ticket stands between the levels, and what the last event ended of it. */
export type LevelState = {
  readonly spell: Spell
  /** The id of the agent who has the ticket. */
  readonly assignee?: string | undefined
  readonly ended?: Spell | undefined
  readonly call?: Call | undefined
  readonly endedCall?: Call | undefined
}

/** The levels of a ticket after one more event; a reopened ticket goes on at its level as if it had not been solved. */
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
        call && call.by.id !== id ? taken(call, event.at, { id, ...(name !== undefined && { name }) }) : call
      if (!first && takes === call) return state
      return { ...state, call: takes, spell: first ? { ...spell, respondedAt: event.at } : spell }
    }
    case 'TicketAssigned':
      return { ...state, assignee: event.assignee.id, call: call && taken(call, event.at, event.assignee) }
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

const taken = (call: Call, takenAt: Instant, takenBy: Person): Call =>
  call.endedAt === undefined && call.takenAt === undefined && takenBy.id !== call.keptBy
    ? { ...call, takenAt, takenBy, keptBy: undefined }
    : call

/** Who has the ticket since a team was called, if they took that call. */
const takenBefore = (call: Call | undefined, team: string | undefined, assignee: string | undefined) =>
  call?.team === team && call?.endedAt === undefined && call?.takenBy?.id === assignee ? call?.takenBy : undefined

/** Nobody has the ticket any more: whoever takes it next, answers. */
function waitingAgain(call: Call, since: Instant): Call {
  if (call.endedAt !== undefined) return call
  const waitingSince = call.takenAt === undefined ? call.waitingSince : since
  return { ...call, waitingSince, keptBy: undefined, takenAt: undefined, takenBy: undefined }
}

/** The call of a ticket that is reopened: it has whom it had, if they still have the ticket, else it waits from now on. */
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
