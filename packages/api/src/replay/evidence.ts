import type { Briefing, TicketEvent } from '@guichet/domain'
import { candidateLines } from './offer-in-words.ts'

/** What speaks for what the desk did by itself, in lines: who else could have been offered a ticket, what else it could be about. */
export function evidenceOf(event: TicketEvent): readonly string[] {
  if (event.type === 'TicketRouted') return candidateLines(event)
  if (event.type === 'TicketClassified') {
    const likeliest = event.alternatives.map(({ category, confidence }) => `${category} ${confidence.toFixed(2)}`)
    const reasons = event.reasons.map(({ evidence, weight }) => `${evidence} ${weight.toFixed(2)}`)
    return [
      ...(likeliest.length > 0 ? [`likeliest: ${likeliest.join(', ')}`] : []),
      ...(reasons.length > 0 ? [`spoke for it: ${reasons.join(', ')}`] : []),
    ]
  }
  if (event.type === 'TicketEscalated' || event.type === 'TicketHandedOver') return briefingLines(event.briefing)
  return []
}

/** What a briefing tells besides what the replay does: what whoever comes next was told had been tried, and what stood open. */
function briefingLines(briefing: Briefing | undefined): readonly string[] {
  if (briefing === undefined) return []
  const { tried, triedBefore, targets, related } = briefing
  const before = triedBefore > 0 ? [`tried: ${triedBefore} before`] : []
  return [
    ...before,
    ...tried.map(
      ({ kind, by, line }) => `tried: ${kind} of ${by.name ?? by.id}${line === '' ? ', without words' : `: ${line}`}`,
    ),
    ...targets.map(
      ({ target, state, dueAt }) =>
        `${target.replace('_', ' ')}: ${state}${dueAt === undefined ? '' : `, due at ${dueAt}`}`,
    ),
    ...(related.length > 0
      ? [`related: ${related.map(({ ticketId, relation }) => `${relation} ${ticketId}`).join(', ')}`]
      : []),
  ]
}
