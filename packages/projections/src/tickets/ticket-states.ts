import type { TicketEvent, TicketState } from '@guichet/domain'
import { evolveTicket, neverRouted, noAttempts } from '@guichet/domain'
import type { FoldedBatch, Step, StreamFolding } from '../streams/stream-folding.ts'
import { createStreamFolding } from '../streams/stream-folding.ts'

export type TicketStep = Step<TicketEvent, TicketState>
export type FoldedTickets = FoldedBatch<TicketEvent, TicketState>
export type TicketFolding = StreamFolding<TicketEvent, TicketState>

/**
 * Folds tickets with the domain's own fold, for every read model that needs a ticket's state. What grows with the
 * conversation and no read model asks for (ids of messages and attachments, links) is not kept, so that a state stays
 * small however long the conversation gets.
 */
export function createTicketFolding(): TicketFolding {
  return createStreamFolding<TicketEvent, TicketState>({
    category: 'ticket',
    initial: { status: 'absent' },
    evolve: (state, { event }) => kept(evolveTicket(state, event)),
  })
}

/** In one order of keys, whether it comes from a fold or from a row: equal states are equal JSON. */
function kept(state: TicketState): TicketState {
  if (state.status === 'absent') return state
  return {
    status: state.status,
    subject: state.subject,
    customer: state.customer,
    channel: state.channel,
    language: state.language,
    priority: state.priority,
    category: state.category,
    priorityGiven: false,
    classified: false,
    plan: state.plan,
    assignee: state.assignee,
    chosenAt: undefined,
    team: state.team,
    escalation: undefined,
    level: state.level,
    escalations: [],
    attempts: noAttempts,
    featureRequested: false,
    tags: state.tags,
    watchers: state.watchers,
    links: [],
    attachments: [],
    messages: {},
    openedAt: state.openedAt,
    updatedAt: state.updatedAt,
    firstRespondedAt: state.firstRespondedAt,
    resolutions: state.resolutions,
    lastResolvedAt: state.lastResolvedAt,
    reopenings: state.reopenings,
    waits: state.waits,
    waitingSince: state.waitingSince,
    chasedAt: state.chasedAt,
    closed: state.closed,
    spells: state.spells,
    lastAgentActivityAt: state.lastAgentActivityAt,
    stagnationReported: state.stagnationReported,
    silences: state.silences,
    updateCountedFrom: state.updateCountedFrom,
    updateAwaitedFrom: state.updateAwaitedFrom,
    updateOverdue: state.updateOverdue,
    clocks: state.clocks,
    mergedInto: state.mergedInto,
    mergedWaitingSince: undefined,
    declinedMerges: {},
    absorbed: [],
    absorbing: [],
    splits: [],
    routing: neverRouted,
  }
}
