import fc from 'fast-check'
import { days, later } from '../../kernel/instant.ts'
import { monday } from '../../testing/ticket-events.ts'
import type { TicketCommandInput } from '../commands.ts'
import { priorities, relations } from '../vocabulary.ts'

const pick = fc.constantFrom('a', 'b', 'c')
const person = fc.constantFrom('camille', 'alex', 'sacha').map((id) => ({ id }))
const body = fc.constantFrom('Bonjour', 'Bonjour [Prénom]', 'voir [1]', '[X jours]')
const message = { body, messageId: fc.option(pick, { nil: undefined }) }
const of = <T extends string, R>(type: T, model: { [K in keyof R]: fc.Arbitrary<R[K]> }) =>
  fc.record<R>(model).map((rest) => ({ type, ...rest }))

/** Any command of a ticket, with few ids, so that they meet. */
export const commands: fc.Arbitrary<TicketCommandInput> = fc.oneof(
  of('open', { subject: pick, body, customer: fc.constant({ id: 'camille', name: 'Camille Durand' }) }),
  ...(['start', 'waitForCustomer', 'resolve', 'confirm', 'reopen', 'markSpam', 'unassign'] as const).map((type) =>
    fc.constant({ type }),
  ),
  of('agentReply', {
    ...message,
    then: fc.constantFrom(undefined, 'in_progress' as const, 'waiting_customer' as const, 'resolved' as const),
  }),
  of('customerReply', message),
  of('addNote', message),
  of('relayUpdate', { incidentId: pick, postedAt: fc.nat(days(40)).map((after) => later(monday, after)) }),
  of('close', { reason: fc.constantFrom('solved' as const, 'other' as const) }),
  of('changePriority', { priority: fc.constantFrom(...priorities) }),
  of('assign', { assignee: person }),
  of('tag', { tag: pick }),
  of('untag', { tag: pick }),
  of('rename', { subject: pick }),
  of('categorize', { category: pick }),
  of('classify', {
    category: fc.option(pick, { nil: undefined }),
    priority: fc.option(fc.constantFrom(...priorities), { nil: undefined }),
    tags: fc.array(pick, { maxLength: 2 }),
    confidence: fc.constant(0.9),
    classifier: fc.constant('model'),
    version: pick,
  }),
  of('attach', {
    attachmentId: pick,
    messageId: fc.option(pick, { nil: undefined }),
    name: pick,
    mediaType: fc.constant('text/plain'),
    bytes: fc.nat(100),
  }),
  of('addWatcher', { watcher: person }),
  of('removeWatcher', { watcherId: pick }),
  of('absorb', { source: pick, sourceCustomerId: fc.constant('camille') }),
  of('revertAbsorption', { source: pick, reason: pick }),
  of('completeAbsorption', {
    source: pick,
    waitingSince: fc.option(fc.constantFrom(monday, later(monday, -days(1)), later(monday, days(30))), {
      nil: undefined,
    }),
  }),
  of('mergeInto', { target: pick }),
  of('declineMerge', { target: pick, merge: pick, reason: pick }),
  of('link', { to: pick, relation: fc.constantFrom(...relations) }),
  of('unlink', { to: pick, relation: fc.constantFrom(...relations) }),
  of('escalate', { team: pick, reason: pick }),
  of('escalate', {
    team: fc.option(pick, { nil: undefined }),
    level: fc.constantFrom(2 as const, 3 as const),
    reason: pick,
  }),
  of('deescalate', { level: fc.constantFrom(1 as const, 2 as const), reason: pick }),
  of('handOverToProduct', {}),
  of('changePlan', { plan: fc.constantFrom('premium', null) }),
  of('pauseClocks', { reason: pick }),
  of('resumeClocks', {}),
)
