import { z } from 'zod'
import { hash128 } from '../kernel/fingerprint.ts'
import { limits } from '../kernel/limits.ts'
import { instantSchema, storedInstantSchema } from '../kernel/time.ts'
import { id, line, personId, printable, priorities } from '../kernel/values.ts'
import { openSlaStates, slaTargets } from '../sla/settings.ts'

/** The five statuses of a ticket (003, « Les 5 Statuts de Ticket »). */
export const ticketStatuses = ['new', 'in_progress', 'waiting_customer', 'resolved', 'closed'] as const

/** The status of a ticket. */
export type TicketStatus = (typeof ticketStatuses)[number]

/** The priority of a ticket when nobody has set one. */
export const defaultPriority = 'normal'

/** The team that feature requests go to by default. */
export const productTeam = 'product'

/** Why a ticket was closed. `spam` and `merged` close it without a message to the customer. */
export const closeReasons = [
  'no_reply',
  'solved',
  'confirmed',
  'spam',
  'invalid',
  'duplicate',
  'merged',
  'other',
] as const

/** Why a ticket was closed. */
export type CloseReason = (typeof closeReasons)[number]

/**
 * What a reason says of a ticket: it was `solved`, or `closed` without a solution, or it is none of its customer's and
 * `left_out` of whatever counts tickets, also where it was resolved before.
 */
export type CloseResult = 'solved' | 'closed' | 'left_out'

/** What each reason says of a ticket. A total record: of a new reason it has to be decided. */
export const closeResults: Readonly<Record<CloseReason, CloseResult>> = {
  solved: 'solved',
  confirmed: 'solved',
  no_reply: 'closed',
  other: 'closed',
  spam: 'left_out',
  invalid: 'left_out',
  duplicate: 'left_out',
  merged: 'left_out',
}

/** Reasons a person may close with; the others belong to the clock, to `confirm`, `markSpam` and `merge`. */
export const manualCloseReasons = [
  'no_reply',
  'solved',
  'invalid',
  'duplicate',
  'other',
] as const satisfies readonly CloseReason[]

/** The relation of a ticket to another one that it is linked to. */
export const relations = ['related', 'duplicates', 'causes', 'caused_by', 'blocks', 'blocked_by'] as const

/** How one ticket is related to another. */
export type Relation = (typeof relations)[number]

/** The limits of a ticket's contents besides `limits`; the edge refuses what exceeds them. */
export const ticketLimits = {
  values: 100,
  alternatives: 3,
  reasons: 8,
  watchers: 100,
  links: 200,
  /** Of the tickets that are merged into one. */
  merged: 1_000,
  /** The pauses of a ticket's clocks that are recorded separately. */
  pauses: 200,
  attachments: 500,
  attachmentBytes: 25 * 1024 * 1024,
  /** In characters: some 30,000 candidates. */
  candidates: 1_000_000,
  /** The candidates with the best score for whom the time of their last work is recorded. */
  equals: 5,
} as const

/** A sender's values for placeholders, by label. */
export const givenValues = z
  .record(
    line(limits.name).describe('The label of the placeholder, without square brackets.'),
    printable(limits.body).describe('The text that replaces the placeholder.'),
  )
  .refine((values) => Object.keys(values).length <= ticketLimits.values, `must be at most ${ticketLimits.values}`)

/** The version of a ticket policy, which each event that it decided has. */
export const policyVersionSchema = line(100)

/**
 * The candidates for a ticket as a table, the number of further ones, and the first of those with the best score, in
 * order.
 */
export const candidatesShape = {
  candidates: z.string().max(ticketLimits.candidates),
  equals: z
    .array(z.strictObject({ agentId: personId, lastGivenAt: instantSchema.optional() }))
    .max(ticketLimits.equals)
    .optional(),
  candidatesLeftOut: z.int().positive().optional(),
}

const text = z.string()
const at = storedInstantSchema

/** How many escalations and related tickets a briefing contains: the latest. */
export const briefingLimits = { earlier: 10, related: 20 } as const

const by = z.object({ kind: z.enum(['customer', 'agent', 'system']), id: text, name: text.optional() })

/** An escalation as a later briefing contains it. */
const pastEscalation = z.object({ at, by, team: text.optional(), level: z.int(), reason: text })

/** An earlier escalation, as a briefing names it: when, by whom, to which team and level, and why. */
export type PastEscalation = Readonly<z.infer<typeof pastEscalation>>

/** The briefing for an expert who has never seen the ticket (000, `prepareBriefing`). */
export const briefingSchema = z.object({
  customerId: text,
  plan: text.optional(),
  subject: text,
  category: text.optional(),
  priority: z.enum(priorities),
  openedAt: at,
  reopenings: z.int().nonnegative(),
  /** What the desk has written, the latest last; `triedBefore` counts the earlier entries that are left out. */
  tried: z.array(z.object({ at, by, kind: z.enum(['reply', 'note']), line: text })),
  triedBefore: z.int().nonnegative(),
  /**
   * The SLA targets that are running. A paused one has no due instant; a breached one keeps the instant that it missed.
   * Old briefings have the state in lower case.
   */
  targets: z.array(
    z.object({
      target: z.enum(slaTargets),
      cycle: z.int().positive(),
      state: z.string().toUpperCase().pipe(z.enum(openSlaStates)),
      dueAt: at.optional(),
    }),
  ),
  /** The ticket that it was split from, linked ones, those merged into it, and those split off from it. */
  related: z.array(z.object({ ticketId: text, relation: text })),
  /** The escalations before this one, the latest last. */
  earlier: z.array(pastEscalation),
})

/** A summary of a ticket for an expert who has not seen it. */
export type Briefing = Readonly<z.infer<typeof briefingSchema>>

const confidence = z.number().min(0).max(1)
const category = line(limits.name)

/** The command `classify`: the result of a classifier for a ticket, with its reasons. */
export const classifySchema = z.strictObject({
  type: z.literal('classify'),
  category: category.optional(),
  tags: z.array(line(limits.tag)).max(limits.tags).default([]),
  priority: z.enum(priorities).optional(),
  confidence,
  classifier: line(limits.name),
  version: line(limits.name),
  alternatives: z.array(z.strictObject({ category, confidence })).max(ticketLimits.alternatives).default([]),
  reasons: z
    .array(z.strictObject({ evidence: line(limits.name), weight: z.number() }))
    .max(ticketLimits.reasons)
    .default([]),
})

/** The event `TicketClassified`: what the ticket took over from the result, and all that explains it. */
export const classifiedSchema = z.object({
  category: text.optional().describe('The category that the ticket got; null if it had one before, or got none.'),
  tags: z.array(text),
  priority: z
    .enum(priorities)
    .optional()
    .describe('The priority that the ticket got; null if somebody had set one before.'),
  confidence: z.number().describe('The confidence, from 0 to 1.'),
  classifier: text.describe('The classifier, such as `rules`, `model`, `service` or `fallback`.'),
  version: text.describe('The version of the classifier.'),
  alternatives: z.array(z.object({ category: text, confidence: z.number() })),
  reasons: z.array(z.object({ evidence: text, weight: z.number() })),
  policyVersion: text.describe('The version of the configuration that decided it.'),
})

const stretches = z.array(z.strictObject({ from: instantSchema, to: instantSchema })).max(ticketLimits.pauses)

/** The message of another ticket from which a ticket is split off. */
export const splitFromSchema = z.strictObject({
  ticketId: id,
  messageId: id,
  /** Since when the customer waits for an answer to it; not later than the opening. */
  waitingSince: instantSchema,
  /** The pauses of the clocks since then. */
  pauses: stretches.optional(),
  /**
   * The pauses since then of the time to an answer, and of targets that run on while the desk waits for the customer;
   * all pauses by default.
   */
  responsePauses: stretches.optional(),
})

/** The id of the ticket that a message is split off into, derived from the id of the split command. */
export const splitTicketId = (source: string, commandId: string): string =>
  `split-${hash128(`${source}\n${commandId}`)}`

/** Whether an id can only belong to a ticket that was split off: nobody else may open a ticket under it. */
export const isSplitTicketId = (ticketId: string): boolean => /^split-[0-9a-f]{32}$/.test(ticketId)
