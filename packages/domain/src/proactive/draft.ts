import type { DefinedAggregate } from '../kernel/aggregate.ts'
import { defineAggregate } from '../kernel/aggregate.ts'
import type { CommandInput } from '../kernel/command.ts'
import type { CommandMetadata } from '../kernel/decider.ts'
import { earliestFirst } from '../kernel/decider.ts'
import { eventsFrom } from '../kernel/event.ts'
import { hash128 } from '../kernel/fingerprint.ts'
import { accept, deny, refusal } from '../kernel/refusal.ts'
import type { Instant } from '../kernel/time.ts'
import { days, later } from '../kernel/time.ts'
import { personId } from '../kernel/values.ts'
import type { AnalyserName } from './analyser.ts'
import type { DraftCommands, DraftEvent, DraftEvents } from './draft-catalogue.ts'
import { draftCommands, draftEvents } from './draft-catalogue.ts'
import type { Draft, Drafts } from './draft-state.ts'
import { evolveDrafts, excludedFingerprints, isPendingDraft, noDrafts } from './draft-state.ts'
import type { DraftText } from './draft-text.ts'
import type { ProactiveSettings } from './settings.ts'
import type { Suspicion } from './suspicion.ts'

const draftEvent = eventsFrom<DraftEvents>()

/**
 * Drafts of tickets that are offered to a customer: the streams `draft-<customer id>`. Customers send commands to
 * their own stream alone, and to those of customers who were merged into them.
 *
 * No trouble is suspected while a ticket about it is open. The stream knows of that itself: `open` records the id of
 * the ticket, and a reaction to the ticket sends `settle` and `reopen`. A field of `suspect` that its sender has read
 * before would be out of date whenever the draft is opened in between, and a repeat of the command would have another
 * value. A notice that is late errs on the side of silence: the ticket counts as open until it comes, and the silence
 * of the settings begins anew with it.
 */
export const draftAggregate: DefinedAggregate<DraftCommands, DraftEvents, Drafts, ProactiveSettings> = defineAggregate({
  category: 'draft',
  id: personId,
  commands: draftCommands,
  events: draftEvents,
  initial: noDrafts,
  begunBy: [],
  evolve: evolveDrafts,
  first: ({ by, aggregateId, actsFor }: CommandMetadata & { readonly actsFor?: string }) =>
    by.kind === 'customer' && ![by.id, actsFor].includes(aggregateId)
      ? deny(refusal('not_the_customer', { message: 'only the customer whose drafts they are does this', field: 'by' }))
      : undefined,
  rules: {
    suspect: (command, state, settings: ProactiveSettings) => {
      const { aggregateId, at, suspicion, analyser, analyserVersion, subject, body, language } = command
      if (!mayBeSuspected(state, suspicion.fingerprint, at)) return accept([])
      const number = state.count + 1
      const lapsesAt = later(at, settings.lapseAfter)
      const { silentFor } = settings
      const decided = { analyser, ...(analyserVersion !== undefined && { analyserVersion }) }
      const holdout = isHoldout(aggregateId, suspicion.fingerprint, settings.holdout)
      const text = { subject, body, language }
      const suspected = { number, suspicion, ...decided, ...text, lapsesAt, silentFor, isHoldout: holdout }
      const events = [draftEvent('TroubleSuspected', command, suspected)]
      if (holdout) {
        const silentUntil = later(at, silentFor)
        return accept([...events, draftEvent('DraftWithheld', command, { number, silentUntil, cause: 'holdout' })])
      }
      return accept(settings.review ? events : [...events, draftEvent('DraftOffered', command, { number, lapsesAt })])
    },

    approve: (command, state, { lapseAfter }: ProactiveSettings) => {
      const { at, number } = command
      const draft = draftBy(state, number)
      if (!draft) return noSuchDraft()
      if (draft.status === 'offered') return accept([])
      if (draft.status !== 'in_review') return deny(refusal('draft_decided'))
      return accept([draftEvent('DraftOffered', command, { number, lapsesAt: later(at, lapseAfter) })])
    },

    withhold: (command, state) => {
      const { number, reason } = command
      const draft = draftBy(state, number)
      if (!draft) return noSuchDraft()
      if (draft.status === 'withheld') return accept([])
      if (!isPendingDraft(draft)) return deny(refusal('draft_decided'))
      const silentUntil = silenceOf(draft, command)
      const why = { cause: 'review', ...(reason !== undefined && { reason }) } as const
      return accept([draftEvent('DraftWithheld', command, { number, silentUntil, ...why })])
    },

    open: (command, state) => {
      const { number, ticketId, offer, customer, plan, phone } = command
      const draft = visibleDraftBy(state, number)
      if (!draft) return noSuchDraft()
      if (draft.ticket?.id === ticketId) return accept([])
      if (draft.status !== 'offered') return deny(refusal('draft_decided'))
      const { subject = (offer ?? draft).subject, body = (offer ?? draft).body } = command
      const details = {
        ...(offer && { language: offer.language }),
        ...(customer && { customer }),
        ...(plan !== undefined && { plan }),
        ...(phone !== undefined && { phone }),
      }
      const silentUntil = silenceOf(draft, command)
      return accept([draftEvent('DraftOpened', command, { number, silentUntil, ticketId, subject, body, ...details })])
    },

    dismiss: (command, state) => {
      const { number } = command
      const draft = visibleDraftBy(state, number)
      if (!draft) return noSuchDraft()
      if (draft.status === 'dismissed' || draft.status === 'lapsed') return accept([])
      if (draft.status !== 'offered') return deny(refusal('draft_decided'))
      return accept([draftEvent('DraftDismissed', command, { number, silentUntil: silenceOf(draft, command) })])
    },

    settle: (command, { drafts }) => {
      const { ticketId, outcome } = command
      const draft = drafts.find(({ ticket }) => ticket?.id === ticketId)
      if (!draft || draft.ticket?.outcome === outcome) return accept([])
      const why = { outcome, ...(command.refusal !== undefined && { refusal: command.refusal }) }
      const silentUntil = silenceOf(draft, command)
      return accept([draftEvent('DraftSettled', command, { number: draft.number, silentUntil, ...why })])
    },

    reopen: (command, { drafts }) => {
      const draft = drafts.find(({ ticket }) => ticket?.id === command.ticketId)
      return accept(
        draft?.ticket?.isOpen === false ? [draftEvent('DraftReopened', command, { number: draft.number })] : [],
      )
    },

    redact: (command, state) => {
      const { number, subject, body } = command
      const draft = draftBy(state, number)
      const hasChange = (subject ?? draft?.subject) !== draft?.subject || (body ?? draft?.body) !== draft?.body
      // The state has no old drafts any more, but the history and the read model do.
      const isOpened = draft ? draft.ticket !== undefined : number <= state.count
      if (!isOpened || !hasChange) return accept([])
      const remainder = { ...(subject !== undefined && { subject }), ...(body !== undefined && { body }) }
      return accept([draftEvent('DraftRedacted', command, { number, ...remainder })])
    },

    report: (command, { drafts }) => {
      const { ticketId, openedAt } = command
      const reported = drafts.filter((draft) => isPendingDraft(draft) && draft.suspicion.since <= openedAt)
      return accept(reported.map(({ number }) => draftEvent('DraftReported', command, { number, ticketId })))
    },

    switchOff: (command, { isOff, switchedOffBy, drafts }) => {
      const isSettled = command.by.kind !== 'customer' || switchedOffBy?.kind === 'customer'
      if (isOff && isSettled) return accept([])
      const lapses = drafts.filter(isPendingDraft).map((draft) => lapseOf(draft, command))
      return accept([draftEvent('DraftsSwitchedOff', command, {}), ...lapses])
    },

    switchOn: (command, { isOff, switchedOffBy }) => {
      if (!isOff) return accept([])
      if (switchedOffBy?.kind === 'customer' && command.by.kind !== 'customer') {
        const message = 'the customer has switched drafts off, and alone switches them on again'
        return deny(refusal('not_for_this_actor', { message, field: 'by' }))
      }
      return accept([draftEvent('DraftsSwitchedOn', command, {})])
    },

    fire: (command, state) => {
      const draft = draftBy(state, command.cycle)
      return accept(draft && isPendingDraft(draft) ? [lapseOf(draft, command)] : [])
    },
  },
  deadlineKinds: ['draft_lapse'],
  deadlines: ({ drafts }) =>
    drafts
      .filter(isPendingDraft)
      .map(({ number, lapsesAt }) => ({ kind: 'draft_lapse', dueAt: lapsesAt, cycle: number }) as const)
      .sort(earliestFirst),
  labels: ({ drafts, updatedAt }) =>
    updatedAt === undefined
      ? undefined
      : { status: drafts.some(isPendingDraft) ? 'pending' : 'closed', late: false, outstanding: false },
})

const noSuchDraft = () => deny(refusal('draft_not_found', { field: 'number' }))

const draftBy = ({ drafts }: Drafts, number: number): Draft | undefined =>
  drafts.find((draft) => draft.number === number)

/** A draft that its customer has been offered: of the others they learn nothing. */
function visibleDraftBy(state: Drafts, number: number): Draft | undefined {
  const draft = draftBy(state, number)
  return draft && isVisibleDraft(draft) ? draft : undefined
}

/**
 * Whether customers see a draft at all: one that they were never offered, or that a review has withheld since, does not
 * exist for them.
 */
export const isVisibleDraft = ({ status, offeredAt }: Pick<Draft, 'status' | 'offeredAt'>): boolean =>
  offeredAt !== undefined && status !== 'withheld'

const silenceOf = ({ silentFor }: Draft, { at }: { readonly at: Instant }): Instant => later(at, silentFor)

const lapseOf = (draft: Draft, command: Pick<DraftEvent, 'at' | 'by'>) =>
  draftEvent('DraftLapsed', command, { number: draft.number, silentUntil: silenceOf(draft, command) })

/**
 * Whether trouble may be suspected at a moment: not twice at the same time, nor while it is silent; and one draft a day
 * at most, which is why none is suspected beside one that waits for its review.
 */
const mayBeSuspected = (state: Drafts, fingerprint: string, at: Instant): boolean =>
  mayHaveDraft(state, at) && !excludedFingerprints(state, at).has(fingerprint)

/** Whether any trouble of a customer may be suspected at a moment: none else needs an analysis. */
export const mayHaveDraft = (
  { isOff, drafts, draftedAt }: Pick<Drafts, 'isOff' | 'drafts' | 'draftedAt'>,
  at: Instant,
): boolean =>
  !isOff &&
  !drafts.some(({ status }) => status === 'in_review') &&
  (draftedAt === undefined || later(draftedAt, days(1)) <= at)

/**
 * Whether a case is in the holdout, which measures the effect of the others: the draft of a person about some trouble, or
 * the session of a person who writes. It follows from the two by a hash: who asks again decides the same.
 * @param share the share of cases in the holdout, from 0 to 1.
 */
export const isHoldout = (of: string, about: string, share: number): boolean =>
  parseInt(hash128(`${of}\n${about}`).slice(0, 8), 16) / 2 ** 32 < share

/**
 * The command by which the desk records a suspicion, with the text of its draft.
 * @param analyserVersion the version of the analyser, if it has one.
 */
export const suspectCommand = (
  { pages, versions, reasons, evidence, ...suspicion }: Suspicion,
  analyser: AnalyserName,
  text: DraftText,
  analyserVersion?: string,
): Extract<CommandInput<typeof draftCommands>, { readonly type: 'suspect' }> => ({
  type: 'suspect',
  suspicion: {
    ...suspicion,
    pages: [...pages],
    versions: [...versions],
    reasons: [...reasons],
    evidence: [...evidence],
  },
  analyser,
  ...(analyserVersion !== undefined && { analyserVersion }),
  ...text,
})
