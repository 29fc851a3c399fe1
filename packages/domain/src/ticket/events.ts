import { z } from 'zod'
import type { EventCatalogue, EventData, EventOf } from '../kernel/event.ts'
import { catalogueOf } from '../kernel/event.ts'
import { storedInstantSchema } from '../kernel/time.ts'
import { priorities } from '../kernel/values.ts'
import { supportLevels } from '../level.ts'
import { storedCrewSchema } from '../shift/plan.ts'
import { calendarOwners, slaTargets } from '../sla/settings.ts'
import { termsChanges } from '../sla/terms.ts'
import { briefingSchema, channels, classifiedSchema, closeReasons, relations, ticketStatuses } from './vocabulary.ts'

/**
 * History is parsed more leniently than commands: limits may tighten over the years, what happened stays readable.
 */
const text = z.string()
const at = storedInstantSchema
const person = z.object({ id: text, name: text.optional(), email: text.optional() })
const message = { messageId: text, body: text }
const fired = { dueAt: at, cycle: z.int().nonnegative() }
const priority = z.enum(priorities)
const supportLevel = z.literal(supportLevels)

const stretches = z.array(z.object({ from: at, to: at })).optional()
/** Since when the customer waits for an answer to a message, and when the clocks have not counted since. `responsePauses`: what of that the time to an answer has not counted; older events have that alone, as `pauses`. */
const waited = { waitingSince: at, pauses: stretches, responsePauses: stretches }

/** A target of an SLA policy: which time it ran, since when, and when it was due. */
const target = { target: z.enum(slaTargets), cycle: z.int().positive(), dueAt: at }
/** The change before which a deadline would have fallen due, and did not. */
const notBefore = z.object({ at, change: z.enum(termsChanges) }).optional()
/** What a target followed from, so that its due instant can be explained years later. */
const promise = {
  ...target,
  since: at,
  policy: text,
  calendar: text.optional(),
  /** Whose calendar it is, unless it is the policy's own. */
  calendarOf: z.object({ kind: z.enum(calendarOwners), name: text }).optional(),
  notBefore,
  /** Its time does not stand still while the desk waits for the customer. */
  runsWhileWaiting: z.literal(true).optional(),
  policyVersion: text,
}
/** The business time in milliseconds that a target's clock had used when it was met, or was due, and what it had left; older events do not say. */
const spent = { timeUsed: z.number().nonnegative().optional(), timeLeft: z.number().nonnegative().optional() }

const schemas = {
  TicketOpened: z.object({
    subject: text,
    ...message,
    customer: person.extend({ firstName: text.optional() }),
    channel: z.enum(channels),
    priority,
    /** Whether somebody has said so; without it, any but `normal` counts as said. */
    priorityGiven: z.boolean().optional(),
    language: text,
    category: text.optional(),
    plan: text.optional(),
    /** The message of another ticket that this one was split off with. */
    splitFrom: z.object({ ticketId: text, messageId: text, ...waited }).optional(),
    tags: z.array(text),
    policyVersion: text,
  }),
  TicketStarted: z.object({ reason: z.enum(['manual', 'agent_reply', 'wait', 'resolve']) }),
  /** `then`: the status that the same command goes on to bring about. */
  AgentReplied: z.object({
    ...message,
    template: text.optional(),
    then: z.enum(['waiting_customer', 'resolved']).optional(),
  }),
  CustomerReplied: z.object(message),
  /** The customer was told how an incident stands whose urgent ticket this is: news of the desk, though nothing was said on the ticket. */
  UpdateRelayed: z.object({ incidentId: text }),
  InternalNoteAdded: z.object(message),
  CustomerWaitStarted: z.object({}),
  CustomerWaitEnded: z.object({ reason: z.enum(['customer_reply', 'agent_reply', 'manual', 'merge']) }),
  ChaseSent: z.object({ step: z.int().positive(), ...fired, ...message, language: text, policyVersion: text }),
  TicketResolved: z.object({ summary: text.optional() }),
  TicketReopened: z.object({
    from: z.enum(ticketStatuses),
    reason: z.enum(['customer_reply', 'manual']),
    note: text.optional(),
  }),
  TicketClosed: z.object({
    from: z.enum(ticketStatuses),
    reason: z.enum(closeReasons),
    note: text.optional(),
    dueAt: at.optional(),
    message: z.object({ ...message, language: text }).optional(),
    policyVersion: text.optional(),
  }),
  PriorityChanged: z.object({ from: priority, to: priority, reason: text.optional() }),
  /** `round`: of the routing that led to it; without one somebody has chosen. */
  TicketAssigned: z.object({
    assignee: person,
    from: person.optional(),
    reason: text.optional(),
    round: z.int().positive().optional(),
  }),
  TicketUnassigned: z.object({ from: person, reason: text.optional() }),
  TicketTagged: z.object({ tag: text }),
  TicketUntagged: z.object({ tag: text }),
  TicketRenamed: z.object({ from: text, to: text }),
  TicketCategorized: z.object({ from: text.optional(), to: text, reason: text.optional() }),
  TicketClassified: classifiedSchema,
  AttachmentAdded: z.object({
    attachmentId: text,
    messageId: text.optional(),
    name: text,
    mediaType: text,
    bytes: z.int().nonnegative(),
    visibility: z.enum(['public', 'internal']),
  }),
  WatcherAdded: z.object({ watcher: person }),
  WatcherRemoved: z.object({ watcher: person }),
  /** `waitingSince`: since when the customer waits for an answer, if they do. */
  TicketMerged: z.object({ into: text, waitingSince: at.optional() }),
  /** `merge`: the command id of the merge that will not take effect any more. */
  MergeDeclined: z.object({ into: text, merge: text, reason: text }),
  TicketAbsorbed: z.object({ source: text }),
  /** `waitingSince`: since when the customer waits for an answer to what they asked on the other ticket, if they do. */
  AbsorptionCompleted: z.object({ source: text, waitingSince: at.optional() }),
  AbsorptionReverted: z.object({ source: text, reason: text }),
  /** A message goes on as a ticket of its own. */
  TicketSplit: z.object({ messageId: text, into: text, subject: text, ...waited }),
  TicketLinked: z.object({ to: text, relation: z.enum(relations) }),
  TicketUnlinked: z.object({ to: text, relation: z.enum(relations) }),
  PlanChanged: z.object({ from: text.optional(), to: text.optional(), reason: text.optional() }),
  /** Somebody has stopped the clocks of the ticket's targets. */
  ClocksPaused: z.object({ reason: text }),
  ClocksResumed: z.object({ reason: text.optional() }),
  TargetMet: z.object({ ...promise, ...spent }),
  /** `share`: how much of the target's time had passed. */
  TargetWarned: z.object({ ...promise, share: z.number() }),
  /**
   * The target was missed at `dueAt`, whenever that is recorded; `over`: what recorded it also ended the clock; `imported`: that was before
   * the import of the ticket was complete.
   */
  TargetBreached: z.object({
    ...promise,
    ...spent,
    over: z.literal(true).optional(),
    imported: z.literal(true).optional(),
  }),
  /**
   * `missed`: the target whose breach the clock has escalated; `dueAt`: when the escalation was due, `breachedAt`: when the target was. A ticket that was handed up a level has `level` above `fromLevel`, and
   * `expectedBy`, when that level is to answer by. What was escalated before there were levels has none, and no briefing. Without a
   * `team` it went to a level alone, of a desk that names no team for it.
   */
  TicketEscalated: z.object({
    team: text.optional(),
    from: text.optional(),
    reason: text,
    level: supportLevel.optional(),
    fromLevel: supportLevel.optional(),
    expectedBy: at.optional(),
    briefing: briefingSchema.optional(),
    missed: z.object({ ...target, breachedAt: at.optional(), policyVersion: text }).optional(),
  }),
  /** Handed back down to a level; `team` is that level's, where it has one. */
  TicketDeescalated: z.object({
    level: supportLevel,
    fromLevel: supportLevel,
    team: text.optional(),
    from: text.optional(),
    reason: text,
  }),
  /** The message thanked the customer for their wish, which the team has now. */
  FeatureRequestNoted: z.object({ team: text, messageId: text }),
  StagnationDetected: z.object({ since: at, ...fired, policyVersion: text, notBefore }),
  /** `awaitedSince`: since when whoever has the ticket now has had time, if somebody else was told of the same silence before. */
  UpdateOverdue: z.object({ since: at, awaitedSince: at.optional(), ...fired, policyVersion: text, notBefore }),
  /**
   * The ticket is offered to an agent. `candidates` is a table as `candidateTable` writes it; `excluded` counts by reason. `equals`: the
   * first of those who share the best score, whoever was given work longest ago first; without a `lastGivenAt` they never were.
   */
  TicketRouted: z.object({
    round: z.int().positive(),
    agent: person,
    agentVersion: z.int().nonnegative(),
    strategy: text,
    candidates: text,
    equals: z.array(z.object({ agentId: text, lastGivenAt: at.optional() })).optional(),
    /** How many more there were than the table holds. */
    candidatesLeftOut: z.int().positive().optional(),
    excluded: z.record(text, z.int().nonnegative()),
    policyVersion: text,
  }),
  /** The agent could not take it. `agentVersion`: of the agent's stream, when it could not. */
  RoutingDeclined: z.object({
    round: z.int().positive(),
    agent: person,
    agentVersion: z.int().nonnegative(),
    reason: text,
  }),
  /** Nobody can take it now; said when a ticket begins to wait for an agent, and again when the reason is another. */
  TicketQueued: z.object({ reason: text, policyVersion: text }),
  /** The crew of its agent is not on shift any more since `dueAt`: those who take over are offered it first. */
  TicketHandedOver: z.object({
    from: person,
    crew: storedCrewSchema,
    to: storedCrewSchema,
    reason: z.literal('end_of_shift'),
    dueAt: at,
    briefing: briefingSchema,
  }),
  /** The import that the ticket came in with was taken back: there is no such ticket any more, unless it is opened anew. */
  TicketImportWithdrawn: z.object({ importId: text }),
} as const

type Schemas = typeof schemas
export type TicketEventType = keyof Schemas
export type TicketEventData<T extends TicketEventType> = EventData<Schemas, T>
export type TicketEventOf<T extends TicketEventType> = EventOf<Schemas, T>
/** Everything that can happen to a ticket. */
export type TicketEvent = EventOf<Schemas>

/** The ticket's part of the event catalogue. */
export const ticketEvents: EventCatalogue = catalogueOf(schemas)

/** Whether an event is an answer to the customer: a reply by a person of the desk. An automatic one satisfies nothing. */
export function answersTheCustomer(event: TicketEvent): boolean {
  return event.type === 'AgentReplied' && event.by.kind === 'agent'
}

/** Whether the customer has heard from the desk by an event: by an answer, or by the update of an incident. */
export const informsTheCustomer = (event: TicketEvent): boolean =>
  answersTheCustomer(event) || event.type === 'UpdateRelayed'
