import type { Actor } from '../kernel/actor.ts'
import type { EventData } from '../kernel/event.ts'
import type { Instant } from '../kernel/time.ts'
import type { DraftEvent, draftEvents, TicketOutcome, WithheldCause } from './draft-catalogue.ts'

/** What has become of a draft; one that is `in_review` waits for its review. */
export const draftStatuses = ['in_review', 'offered', 'withheld', 'opened', 'dismissed', 'reported', 'lapsed'] as const

/** The status of a draft. */
export type DraftStatus = (typeof draftStatuses)[number]

/** A ticket that is already written, about trouble that its customer probably has. `silentFor` are milliseconds. */
export type Draft = EventData<typeof draftEvents, 'TroubleSuspected'> & {
  readonly status: DraftStatus
  readonly suspectedAt: Instant
  /** When its customer was offered it; undefined for one that they never saw. */
  readonly offeredAt?: Instant | undefined
  readonly ticket?: DraftTicket | undefined
}

/** The ticket that a draft was opened as. */
type DraftTicket = {
  readonly id: string
  /** Whether it is neither resolved nor closed, nor refused; of a merged one, whether the other one is. */
  readonly isOpen: boolean
  /** What has become of it, once it is over. */
  readonly outcome?: TicketOutcome | undefined
  /** The code with which the desk has refused it. */
  readonly refusal?: string | undefined
}

/** Until when trouble with a fingerprint is not suspected again. */
type Silence = { readonly fingerprint: string; readonly until: Instant }

/** The drafts of a customer. */
export type Drafts = {
  /** Whether the customer wants none. */
  readonly isOff: boolean
  /** Who has switched them off; undefined while they are on. */
  readonly switchedOffBy: Actor | undefined
  /** Those that matter still, and the last fifty others, the latest last. */
  readonly drafts: readonly Draft[]
  /** How many there have been. */
  readonly count: number
  readonly silences: readonly Silence[]
  /** When the last draft was suspected or offered: there is one a day at most. */
  readonly draftedAt: Instant | undefined
  /** When the last event happened; undefined before the first one. */
  readonly updatedAt: Instant | undefined
}

/** The drafts of a customer before the first one. */
export const noDrafts: Drafts = {
  isOff: false,
  switchedOffBy: undefined,
  drafts: [],
  count: 0,
  silences: [],
  draftedAt: undefined,
  updatedAt: undefined,
}

/** Why a draft is withheld: what is in the holdout is withheld when it is suspected. Undefined for other drafts. */
export function withheldCauseOf({ status, isHoldout }: Pick<Draft, 'status' | 'isHoldout'>): WithheldCause | undefined {
  if (status !== 'withheld') return undefined
  return isHoldout ? 'holdout' : 'review'
}

/** Whether a draft may still be opened, now or after its review. */
export const isPendingDraft = ({ status }: Draft): boolean => status === 'in_review' || status === 'offered'

/** Whether the trouble of a draft is not suspected again yet: it may still be opened, or its ticket is open. */
const isUnderWay = (draft: Draft): boolean => isPendingDraft(draft) || draft.ticket?.isOpen === true

/**
 * The trouble that is not suspected at a moment: that of drafts that are under way, and what is silent, since it was
 * suspected not long ago. With rising errors all that they were made of is excluded.
 */
export function excludedFingerprints(
  { drafts, silences }: Pick<Drafts, 'drafts' | 'silences'>,
  at: Instant,
): ReadonlySet<string> {
  const silent = new Set(silences.filter(({ until }) => until > at).map(({ fingerprint }) => fingerprint))
  const lastRising = drafts.findLast(({ suspicion }) => suspicion.rule === 'rising')
  const isExcluding = (draft: Draft): boolean =>
    isUnderWay(draft) || (draft === lastRising && silent.has(draft.suspicion.fingerprint))
  return new Set([...silent, ...drafts.filter(isExcluding).flatMap(troublesOf)])
}

/** The trouble of a draft, and all that rising errors were made of. */
const troublesOf = ({ suspicion: { rule, fingerprint, evidence } }: Draft): readonly string[] => [
  fingerprint,
  ...(rule === 'rising' ? evidence.map((each) => each.fingerprint) : []),
]

const statusAfter = {
  DraftOffered: 'offered',
  DraftWithheld: 'withheld',
  DraftOpened: 'opened',
  DraftDismissed: 'dismissed',
  DraftReported: 'reported',
  DraftLapsed: 'lapsed',
  DraftSettled: 'opened',
  DraftReopened: 'opened',
  DraftRedacted: 'opened',
} as const satisfies Partial<Record<DraftEvent['type'], DraftStatus>>

/** The drafts of a customer after an event. */
export function evolveDrafts(state: Drafts, event: DraftEvent): Drafts {
  const before = { ...state, updatedAt: event.at }
  switch (event.type) {
    case 'DraftsSwitchedOff':
      return { ...before, isOff: true, switchedOffBy: event.by }
    case 'DraftsSwitchedOn':
      return { ...before, isOff: false, switchedOffBy: undefined }
    case 'TroubleSuspected': {
      const { type: _type, at, by: _by, ...suspected } = event
      const draft: Draft = { ...suspected, status: 'in_review', suspectedAt: at }
      const drafts = [...withoutOldest(state.drafts), draft]
      return { ...before, drafts, count: Math.max(state.count, event.number), draftedAt: at }
    }
    default: {
      const draft = state.drafts.find(({ number }) => number === event.number)
      if (!draft) return before
      const drafts = state.drafts.map((each) => (each === draft ? changed(draft, event) : each))
      if (event.type === 'DraftOffered') return { ...before, drafts, draftedAt: event.at }
      if (!('silentUntil' in event)) return { ...before, drafts }
      return { ...before, drafts, silences: silenced(state.silences, draft.suspicion.fingerprint, event) }
    }
  }
}

type DecidingEvent = Extract<DraftEvent, { readonly type: keyof typeof statusAfter }>

function changed(draft: Draft, event: DecidingEvent): Draft {
  const after = { ...draft, status: statusAfter[event.type] }
  switch (event.type) {
    case 'DraftOffered':
      return { ...after, lapsesAt: event.lapsesAt, offeredAt: event.at }
    case 'DraftOpened': {
      const { ticketId, subject, body, language = draft.language } = event
      return { ...after, subject, body, language, ticket: { id: ticketId, isOpen: true } }
    }
    case 'DraftSettled': {
      if (!draft.ticket) return draft
      const { outcome, refusal } = event
      const ticket = { id: draft.ticket.id, isOpen: false, outcome, ...(refusal !== undefined && { refusal }) }
      return { ...after, ticket }
    }
    case 'DraftReopened':
      return draft.ticket ? { ...after, ticket: { id: draft.ticket.id, isOpen: true } } : draft
    case 'DraftRedacted': {
      const { subject = draft.subject, body = draft.body } = event
      return { ...after, subject, body }
    }
    default:
      return after
  }
}

/** How many of the drafts that do not matter any more stay in the state. */
const history = 50

/** The drafts without the oldest of those that do not matter any more, so that a state does not grow for ever. */
function withoutOldest(drafts: readonly Draft[]): readonly Draft[] {
  const past = drafts.filter((draft) => !isUnderWay(draft))
  const oldest = new Set(past.slice(0, Math.max(0, past.length - history + 1)))
  return oldest.size === 0 ? drafts : drafts.filter((draft) => !oldest.has(draft))
}

/** The silences that last, with that of a fingerprint, which replaces an earlier one. */
const silenced = (
  silences: readonly Silence[],
  fingerprint: string,
  { at, silentUntil: until }: { readonly at: Instant; readonly silentUntil: Instant },
): readonly Silence[] => [
  ...silences.filter((silence) => silence.until > at && silence.fingerprint !== fingerprint),
  { fingerprint, until },
]
