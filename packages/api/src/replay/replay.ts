import type { Briefing, Desk, EventEnvelope, Instant, TicketEvent, TicketEventType, TicketState } from '@guichet/domain'
import { evolveTicket, fold, instant, streamName } from '@guichet/domain'
import type { SlaTargetRow } from '@guichet/projections'
import { historyUntil, targetsAt } from '@guichet/projections'
import type { TermsHistory } from '../desk-configuration/versions.ts'
import { termsHistory } from '../desk-configuration/versions.ts'
import { ruleOf, whyAlerted, whyDue } from '../promises.ts'
import type { Entry } from './describe-event.ts'
import { candidateLines, describeEvent } from './describe-event.ts'

/** One event of a ticket, with when and by which command it was stored. */
type ReplayEntry = Entry<TicketEventType> & {
  readonly recordedAt: Instant
  readonly commandId: string
  readonly correlationId: string
}

/** A target that runs, with the time that its policy promises, in milliseconds, and why it is due when it is. */
export type RunningTarget = SlaTargetRow & { readonly promisedMs: number | undefined; readonly why: string }

/** A ticket's history and where it had led to. */
export type Replay = {
  readonly ticketId: string
  readonly asOf: Instant | undefined
  readonly entries: readonly ReplayEntry[]
  /** The ticket after the last entry; `absent` when nothing had happened by then. */
  readonly state: TicketState
  /** The SLA targets that run then, and why each is due when it is. */
  readonly targets: readonly RunningTarget[]
}

/**
 * Tells the history of a ticket; with an instant, its longest beginning in which nothing happened after it.
 * @returns undefined when no such ticket has ever been opened.
 */
export async function replayTicket(
  desk: Desk,
  ticketId: string,
  asOf?: Instant,
  now: Instant = instant(new Date()),
): Promise<Replay | undefined> {
  const all = (await desk.store.readStream(streamName('ticket', ticketId))) as readonly EventEnvelope<TicketEvent>[]
  if (all.length === 0) return undefined
  const until = asOf === undefined ? all : historyUntil(all, asOf)
  const terms = termsHistory(desk)
  const { targets, pauses } = targetsAt(until, await terms.known(), asOf ?? now)
  const entries = await Promise.all(
    until.map(async (envelope) =>
      toEntry(envelope, await promiseIn(envelope.event, pauses.get(envelope.version) ?? [], terms)),
    ),
  )
  const state = fold(
    { initial: { status: 'absent' }, evolve: evolveTicket },
    until.map(({ event }) => event),
  )
  return { ticketId, asOf, entries, state, targets: await runningOf(targets, terms) }
}

/** Why what an event tells of was due when it was. */
async function promiseIn(
  event: TicketEvent,
  pauses: SlaTargetRow['pauses'],
  terms: TermsHistory,
): Promise<string | undefined> {
  if (event.type === 'StagnationDetected' || event.type === 'UpdateOverdue')
    return whyAlerted(event, await terms.alertsOf(event.policyVersion))
  if (!('policy' in event)) return undefined
  const breachedAt = event.type === 'TargetBreached' ? event.dueAt : undefined
  return whyDue({ ...event, pauses, breachedAt }, await ruleOf(event, terms))
}

const runningOf = (targets: readonly SlaTargetRow[], terms: TermsHistory): Promise<readonly RunningTarget[]> =>
  Promise.all(
    targets
      .filter(({ open }) => open)
      .map(async (target) => {
        const rule = await ruleOf(target, terms)
        return {
          ...target,
          promisedMs: typeof rule?.time === 'number' ? rule.time : undefined,
          why: whyDue(target, rule),
        }
      }),
  )

function toEntry(
  { event, version, recordedAt, commandId, correlationId }: EventEnvelope<TicketEvent>,
  promise: string | undefined,
): ReplayEntry {
  const { type, at, by, ...data } = event
  const told = describeEvent(event, promise)
  return { version, at, recordedAt, type, by, commandId, correlationId, ...told, data, shows: evidenceOf(event) }
}

/** What speaks for what the desk did by itself, in lines: who else could have been offered a ticket, what else it could be about. */
function evidenceOf(event: TicketEvent): readonly string[] {
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
