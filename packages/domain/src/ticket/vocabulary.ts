import { z } from 'zod'
import { hash128 } from '../kernel/fingerprint.ts'
import { instantSchema, storedInstantSchema } from '../kernel/time.ts'
import { line, personId, printable, priorities } from '../kernel/values.ts'
import { openSlaStates, slaTargets } from '../sla/settings.ts'

/** The five statuses of a ticket (003, « Les 5 Statuts de Ticket »). */
export const ticketStatuses = ['new', 'in_progress', 'waiting_customer', 'resolved', 'closed'] as const

export type TicketStatus = (typeof ticketStatuses)[number]

/** The priority of a ticket of which nobody has said how pressing it is. */
export const defaultPriority = 'normal'

/** Who takes wishes on where nobody else is named. */
export const productTeam = 'product'

/** How a ticket reached the desk. */
export const channels = ['web', 'email', 'chat', 'phone', 'api', 'other'] as const

export type Channel = (typeof channels)[number]

/** Why a ticket was closed. `spam` and `merged` end it without a word to the customer. */
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

export type CloseReason = (typeof closeReasons)[number]

/** Reasons a person may close with; the others belong to the clock, to `confirm`, `markSpam` and `merge`. */
export const manualCloseReasons = [
  'no_reply',
  'solved',
  'invalid',
  'duplicate',
  'other',
] as const satisfies readonly CloseReason[]

/** What one ticket is to another that it is linked to. */
export const relations = ['related', 'duplicates', 'causes', 'caused_by', 'blocks', 'blocked_by'] as const

export type Relation = (typeof relations)[number]

/** The limits of what a ticket holds; what exceeds them is refused at the edge. */
export const limits = {
  id: 128,
  subject: 300,
  body: 65_536,
  name: 200,
  email: 320,
  tag: 64,
  reason: 2_000,
  values: 100,
  tags: 50,
  alternatives: 3,
  reasons: 8,
  watchers: 100,
  links: 200,
  /** Of the tickets that are merged into one. */
  merged: 1_000,
  /** Of the clocks of a ticket that are told apart. */
  pauses: 200,
  attachments: 500,
  attachmentBytes: 25 * 1024 * 1024,
  /** In characters: some 30,000 candidates. */
  candidates: 1_000_000,
  /** Of the candidates who share the best score, those of whom is told when they were given work. */
  equals: 5,
} as const

const idPattern = /^[\p{L}\p{N}][\p{L}\p{N} ._:@/#+-]*$/u

/** Whether a text may be an id, as `id` checks it. */
export const isId = (text: string): boolean => text.length <= limits.id && idPattern.test(text)

/** An id of the desk's making: letters, digits, spaces and `.` `_` `:` `@` `/` `#` `+` `-`. */
export const id = z
  .string()
  .min(1)
  .max(limits.id)
  .regex(idPattern, 'must start with a letter or digit and hold only letters, digits, spaces and . _ : @ / # + -')

const derivedMessageId = /^[em]-[0-9a-f]{32}$/

/** Whether a message's id can only be one that the desk has derived itself. */
export const isDerivedMessageId = (text: string): boolean => derivedMessageId.test(text)

/** The id that a sender gives a message: any but those that the desk derives itself. */
export const newMessageId = id.refine(
  (text) => !isDerivedMessageId(text),
  'must not be `m-` or `e-` and 32 hexadecimal digits',
)

/** What a sender says that placeholders stand for, by their labels. */
export const givenValues = z
  .record(line(limits.name), printable(limits.body))
  .refine((given) => Object.keys(given).length <= limits.values, `must be at most ${limits.values}`)

/** A BCP 47 language tag, such as `fr` or `pt-BR`. */
export const language = z
  .string()
  .max(35)
  .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'must be a language tag such as fr or pt-BR')

const email = z.email().max(limits.email)

/** Whether a text may be the e-mail address of a person. */
export const isEmail = (text: string): boolean => email.safeParse(text).success

/** A person as it comes from outside. */
export const personSchema = z.object({
  id: personId,
  name: line(limits.name).optional(),
  email: email.optional(),
})

/** Somebody a ticket names: its customer, a watcher, an assignee. */
export type Person = z.infer<typeof personSchema>

/** The customer of a ticket, whose first name letters begin with when it is given. */
export const customerSchema = personSchema.extend({ firstName: line(limits.name).optional() })

export type Customer = z.infer<typeof customerSchema>

/** Who could take a ticket, as a table, how many more could, and the first of those who share the best score, in the order in which they come. */
export const candidatesShape = {
  candidates: z.string().max(limits.candidates),
  equals: z
    .array(z.strictObject({ agentId: id, lastGivenAt: instantSchema.optional() }))
    .max(limits.equals)
    .optional(),
  candidatesLeftOut: z.int().positive().optional(),
}

const text = z.string()
const at = storedInstantSchema

/** How many escalations and related tickets a briefing names: the latest. */
export const briefingLimits = { earlier: 10, related: 20 } as const

const by = z.object({ kind: z.enum(['customer', 'agent', 'system']), id: text, name: text.optional() })

/** An escalation as a later one tells of it. */
const pastEscalation = z.object({ at, by, team: text.optional(), level: z.int(), reason: text })

export type PastEscalation = Readonly<z.infer<typeof pastEscalation>>

/** What an expert is told who has never seen the ticket (000, `prepareBriefing`). */
export const briefingSchema = z.object({
  customerId: text,
  plan: text.optional(),
  subject: text,
  category: text.optional(),
  priority: z.enum(priorities),
  openedAt: at,
  reopenings: z.int().nonnegative(),
  /** What the desk has said, the latest last; `triedBefore` counts what came before the first of these. */
  tried: z.array(z.object({ at, by, kind: z.enum(['reply', 'note']), line: text })),
  triedBefore: z.int().nonnegative(),
  /**
   * The SLA targets that run; a paused one has no due instant, and a breached one keeps the one that it missed. Old briefings name
   * the state in lower case.
   */
  targets: z.array(
    z.object({
      target: z.enum(slaTargets),
      cycle: z.int().positive(),
      state: z.string().toUpperCase().pipe(z.enum(openSlaStates)),
      dueAt: at.optional(),
    }),
  ),
  /** The ticket that it was split off, linked ones, those merged into it, and those that its messages went on as. */
  related: z.array(z.object({ ticketId: text, relation: text })),
  /** The escalations before this one, the latest last. */
  earlier: z.array(pastEscalation),
})

export type Briefing = Readonly<z.infer<typeof briefingSchema>>

const confidence = z.number().min(0).max(1)
const category = line(limits.name)

/** The command `classify`: what a classifier said of a ticket, and why. */
export const classifySchema = z.strictObject({
  type: z.literal('classify'),
  category: category.optional(),
  tags: z.array(line(limits.tag)).max(limits.tags).default([]),
  priority: z.enum(priorities).optional(),
  confidence,
  classifier: line(limits.name),
  version: line(limits.name),
  alternatives: z.array(z.strictObject({ category, confidence })).max(limits.alternatives).default([]),
  reasons: z
    .array(z.strictObject({ evidence: line(limits.name), weight: z.number() }))
    .max(limits.reasons)
    .default([]),
})

/** The event `TicketClassified`: what the ticket got of it, and all that explains it. */
export const classifiedSchema = z.object({
  category: text.optional(),
  tags: z.array(text),
  priority: z.enum(priorities).optional(),
  confidence: z.number(),
  classifier: text,
  version: text,
  alternatives: z.array(z.object({ category: text, confidence: z.number() })),
  reasons: z.array(z.object({ evidence: text, weight: z.number() })),
  policyVersion: text,
})

const stretches = z.array(z.strictObject({ from: instantSchema, to: instantSchema })).max(limits.pauses)

/** The message of another ticket that a ticket is split off with. */
export const splitFromSchema = z.strictObject({
  ticketId: id,
  messageId: id,
  /** Since when the customer waits for an answer to it; not later than the opening. */
  waitingSince: instantSchema,
  /** What the clocks have not counted since then. */
  pauses: stretches.optional(),
  /** What of that the time to an answer has not counted, and targets that run on in a wait for the customer do not; all of it without the list. */
  responsePauses: stretches.optional(),
})

/** The id of the ticket that a message goes on as, by the command that splits it off. */
export const splitTicketId = (source: string, commandId: string): string =>
  `split-${hash128(`${source}\n${commandId}`)}`

/** Whether a ticket of this id can only be one that was split off: nobody else may open it before. */
export const isSplitTicketId = (ticketId: string): boolean => /^split-[0-9a-f]{32}$/.test(ticketId)
