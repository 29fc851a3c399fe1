import { z } from 'zod'
import { instantSchema } from '../kernel/instant.ts'
import { personId } from '../kernel/person-id.ts'
import { line } from '../kernel/text.ts'

export { priorities } from '../kernel/priority.ts'
export type { Priority } from '../kernel/priority.ts'
export { personId } from '../kernel/person-id.ts'
export { line, printable, text } from '../kernel/text.ts'

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
