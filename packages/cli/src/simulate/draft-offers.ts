import type { z } from 'zod'
import type { Actor, Drafts, Instant, ProactiveSettings, Suspicion } from '@guichet/domain'
import { draftAggregate, draftText, proactiveActor, suspectCommand } from '@guichet/domain'
import { CommandFault } from '../fault.ts'

/** What became of a suspicion: the drafts of the customer, whether there is a new one, and whether they opened it. */
type Offer = { readonly drafts: Drafts; readonly isNew: boolean; readonly isOpened: boolean }

/**
 * Suspects trouble of a customer, whose decision about the draft follows at once: they open one that has a cause, and
 * dismiss another. There is no new draft while the trouble is silent, nor a second one on a day.
 */
type OfferDraft = (drafts: Drafts, customer: number, suspicion: Suspicion, at: Instant, hasCause: boolean) => Offer

/** The drafts of customers under some settings. */
export function createDraftOffers(settings: ProactiveSettings): OfferDraft {
  const aggregate = draftAggregate.under(() => settings)

  const afterCommand = (
    state: Drafts,
    command: z.input<typeof draftAggregate.schema>,
    aggregateId: string,
    at: Instant,
    by: Actor,
  ): Drafts => {
    const parsed = draftAggregate.schema.parse(command)
    const commandId = `${aggregateId}:${state.count}`
    const decision = aggregate.decide({ ...parsed, commandId, aggregateId, at, by }, state)
    if (!decision.ok) throw new CommandFault('simulation_refused', `a draft is refused: ${decision.refusal.message}`)
    return decision.value.reduce(aggregate.evolve, state)
  }

  return (before, customer, suspicion, at, hasCause) => {
    const id = `customer-${customer}`
    const text = draftText(suspicion, 'en', 'UTC')
    const after = afterCommand(before, suspectCommand(suspicion, 'rules', text), id, at, proactiveActor)
    const draft = after.drafts.at(-1)
    if (after.count === before.count || !draft) return { drafts: after, isNew: false, isOpened: false }
    if (draft.status !== 'offered') return { drafts: after, isNew: true, isOpened: false }
    const { number } = draft
    const command = hasCause
      ? ({ type: 'open', number, ticketId: `${id}-${number}` } as const)
      : ({ type: 'dismiss', number } as const)
    return { drafts: afterCommand(after, command, id, at, { kind: 'customer', id }), isNew: true, isOpened: hasCause }
  }
}
