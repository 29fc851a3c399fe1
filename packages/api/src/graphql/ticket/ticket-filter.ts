import type { InputObjectRef } from '@pothos/core'
import { z } from 'zod'
import type { Instant } from '@guichet/domain'
import { limits, line, personId, ticketStatuses } from '@guichet/domain'
import type { TicketFilter } from '@guichet/projections'
import { ticketInstants, wordsOfSearch } from '@guichet/projections'
import type { Principal } from '../../auth/principal.ts'
import { isCustomer } from '../../auth/principal.ts'
import { edgeError } from '../../errors.ts'
import type { SchemaParts, SchemaTypes } from '../builder.ts'
import { addTimeRange, list, readFilter, termsFields, termsFilterSchema, timeRangeSchema } from '../filter.ts'
import type { SlaFilters } from './sla-filter.ts'
import { addSlaFilters, slaTargetFilterSchema } from './sla-filter.ts'
import { addVocabulary } from '../vocabulary.ts'

const deepest = 5
const mostConditions = 50
/** The longest search, in characters. */
const longestSearch = 300

/** The words that a list is searched for. */
export const searchSchema = line(longestSearch).optional()

const recordOf = <K extends string, V>(keys: readonly K[], value: V) =>
  Object.fromEntries(keys.map((key) => [key, value])) as Record<K, V>

const conditions = termsFilterSchema.extend({
  status: list(z.enum(ticketStatuses)),
  assigneeId: list(personId.nullable()),
  tag: list(line(limits.tag)),
  customerId: list(personId),
  ...recordOf(ticketInstants, timeRangeSchema),
  unread: z.boolean().optional(),
  proactive: z.boolean().optional(),
  sla: slaTargetFilterSchema.optional(),
  search: searchSchema,
})

type FilterInput = z.infer<typeof conditions> & {
  readonly and?: readonly FilterInput[] | undefined
  readonly or?: readonly FilterInput[] | undefined
  readonly not?: FilterInput | undefined
}

const filterSchema: z.ZodType<FilterInput> = conditions.extend({
  get and() {
    return z.array(filterSchema).max(mostConditions).optional()
  },
  get or() {
    return z.array(filterSchema).min(1).max(mostConditions).optional()
  },
  get not() {
    return filterSchema.optional()
  },
})

/** Instants of a ticket that are internal: no customer is shown them, filters or sorts by them. */
export const internalInstants = ['customerWaitingSince', 'unreadSince', 'idleSince'] as const

/** Conditions that would reveal internal data to customers. */
const internal = [
  'tag',
  'team',
  'level',
  'plan',
  'centre',
  'assigneeId',
  'customerId',
  'sla',
  'unread',
  'proactive',
  ...internalInstants,
] as const

/** Whose tickets a customer sees. */
type VisibleTickets = { readonly memberOf: string } | { readonly customerId: readonly string[] }

/**
 * Reads a filter; throws `malformed_input` naming the field. Customers may not filter by internal data.
 * @param now the instant at which conditions on SLA targets hold.
 * @param sees whose tickets a customer sees: those of the members of an organisation, or of these customers; their own alone unless given.
 */
export function toTicketFilter(
  input: unknown,
  principal: Principal,
  now: Instant,
  sees?: VisibleTickets,
): TicketFilter {
  const filter = readFilter(filterSchema, input)
  const all = flatten(filter, 1)
  if (all.length > mostConditions) throw edgeError('malformed_input', `filter: more than ${mostConditions} conditions`)
  if (!isCustomer(principal)) return conditionsOf(filter, now)
  const seen = sees ?? { customerId: [principal.id] }
  const isInternal = (field: (typeof internal)[number]): boolean => !('memberOf' in seen) || field !== 'customerId'
  const forbidden = internal.filter(isInternal).find((field) => all.some((each) => each[field] != null))
  if (forbidden) throw edgeError('forbidden', `filter.${forbidden}: customers may not filter by it`)
  return { and: [conditionsOf(filter, now), seen] }
}

function flatten(filter: FilterInput, depth: number): readonly FilterInput[] {
  if (depth > deepest) throw edgeError('malformed_input', `filter: nested more than ${deepest} deep`)
  const nested = [...(filter.and ?? []), ...(filter.or ?? []), ...(filter.not ? [filter.not] : [])]
  return [filter, ...nested.flatMap((each) => flatten(each, depth + 1))]
}

/** The cost of each condition of a filter, and of each word of its search. */
const conditionCost = 5
const wordCost = 100

/** Returns the cost of a filter: its conditions and the words of its search, down to the greatest depth allowed. */
export function costOfFilter(input: unknown, depth = 1): number {
  if (typeof input !== 'object' || input === null || depth > deepest) return 0
  const { and, or, not, search, ...others } = input as Readonly<Record<string, unknown>>
  const words = typeof search === 'string' ? wordsOfSearch(search.slice(0, longestSearch)).length : 0
  const nested: readonly unknown[] = [and, or, not].flat()
  return (
    conditionCost * Object.keys(others).length +
    wordCost * words +
    nested.reduce<number>((sum, each) => sum + costOfFilter(each, depth + 1), 0)
  )
}

/** A customer in a filter means the person, under all ids that were merged. */
function conditionsOf({ and, or, not, sla, customerId, ...conditions }: FilterInput, now: Instant): TicketFilter {
  return {
    ...conditions,
    ...(customerId && { person: customerId }),
    ...(and && { and: and.map((each) => conditionsOf(each, now)) }),
    ...(or && { or: or.map((each) => conditionsOf(each, now)) }),
    ...(not && { not: conditionsOf(not, now) }),
    ...(sla && { sla: { target: sla, now } }),
  }
}

/** The filter as GraphQL passes it; `toTicketFilter` reads it. */
type TicketFilterInput = {
  and?: TicketFilterInput[] | null | undefined
  or?: TicketFilterInput[] | null | undefined
  not?: TicketFilterInput | null | undefined
  search?: string | null | undefined
}

/** The input types of filters. */
type FilterInputs = {
  readonly filter: InputObjectRef<SchemaTypes, TicketFilterInput>
  readonly sla: SlaFilters
}

/** Adds the inputs `TicketFilter`, `SlaFilter`, `SlaTargetFilter` and `TimeRange`. */
export function addFilterInputs({ builder, use }: SchemaParts): FilterInputs {
  const vocabulary = use(addVocabulary)
  const timeRange = use(addTimeRange)
  const sla = use(addSlaFilters)
  const filter = builder.inputRef<TicketFilterInput>('TicketFilter').implement({
    description: 'A filter of tickets. All conditions given must hold; a list of values matches any of them.',
    fields: (t) => ({
      and: t.field({ type: [filter] }),
      or: t.field({ type: [filter] }),
      not: t.field({ type: filter }),
      ...termsFields(t, vocabulary),
      status: t.field({ type: [vocabulary.status] }),
      assigneeId: t.field({
        type: t.listRef('ID', { required: false }),
        description: 'The ids of assignees; null matches tickets without an assignee.',
      }),
      tag: t.stringList(),
      customerId: t.idList({
        description: 'The ids of customers: the tickets of the person, also under the ids that they were merged with.',
      }),
      openedAt: t.field({ type: timeRange }),
      updatedAt: t.field({ type: timeRange }),
      lastReplyAt: t.field({
        type: timeRange,
        description:
          'When customer or desk last wrote, so that `to` finds the tickets on which nobody has replied since. Notes, reminders and automatic messages are no replies.',
      }),
      lastCustomerReplyAt: t.field({
        type: timeRange,
        description: 'When the customer last wrote; the message that opened the ticket counts.',
      }),
      lastAgentReplyAt: t.field({
        type: timeRange,
        description: 'When a person of the desk last replied. A ticket without such a reply is in no range.',
      }),
      waitingSince: t.field({
        type: timeRange,
        description:
          'Since when the desk has been waiting for the customer; reminders do not change it. Only tickets in `WAITING_CUSTOMER` are in a range.',
      }),
      customerWaitingSince: t.field({
        type: timeRange,
        description:
          'Since when the customer has been waiting for an answer: their oldest unanswered message. Only tickets in `NEW` or `IN_PROGRESS` with such a message are in a range.',
      }),
      unreadSince: t.field({
        type: timeRange,
        description: 'The oldest unread message. Only tickets with unread messages are in a range.',
      }),
      unread: t.boolean({
        description:
          'Whether the customer has written since an agent last did something on the ticket, and the ticket has not been closed since.',
      }),
      proactive: t.boolean({
        description: 'Whether it was opened from a draft that the desk had written: see `Ticket.draft`.',
      }),
      idleSince: t.field({
        type: timeRange,
        description:
          'Since when no agent has worked on a ticket in progress, from which its stagnation is counted. Only tickets in `IN_PROGRESS` are in a range.',
      }),
      resolvedAt: t.field({
        type: timeRange,
        description:
          'When it was resolved, unless it was reopened since. A closed ticket keeps it if it was resolved before.',
      }),
      sla: t.field({
        type: sla.targetFilter,
        description:
          'Matches tickets with an SLA target that meets all these conditions, such as one that is due within the hour.',
      }),
      search: t.string({
        description:
          'Words in subject, messages, e-mail or user name, all of which must match. Accents and case are ignored. A word of four letters or more matches with one wrong letter (replaced, missing, doubled or swapped with its neighbour); a word of eight letters or more, or of five with the same beginning, matches with two. Wrong letters are not allowed if a subject or a customer contains the exact word. Shorter words and numbers match exactly. The last word also matches as a prefix, from four letters on and unless a subject or a customer contains the exact word; so does an address at the end of the search, such as marie.dup. Articles and other stop words, and single characters, count only if there are no other words. Chinese, Japanese and Korean match by any two or more characters next to each other. A number of a ticket, such as #1042, finds that ticket, before those with the other words. For customers, the words to compare with are those of their own tickets.',
      }),
    }),
  })
  return { filter, sla }
}
