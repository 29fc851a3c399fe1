import type { InputObjectRef } from '@pothos/core'
import { z } from 'zod'
import type { Instant } from '@guichet/domain'
import { limits, line, personId, ticketStatuses } from '@guichet/domain'
import type { TicketFilter } from '@guichet/projections'
import { wordsOfSearch } from '@guichet/projections'
import type { Principal } from '../auth/principal.ts'
import { edgeError } from '../errors.ts'
import type { ApiBuilder, SchemaTypes } from './builder.ts'
import type { TimeRangeRef } from './filter.ts'
import { addTimeRange, list, readFilter, termsFields, termsFilterSchema, timeRangeSchema } from './filter.ts'
import type { SlaFilters } from './sla-filter.ts'
import { addSlaFilters, slaTargetFilterSchema } from './sla-filter.ts'
import type { Vocabulary } from './vocabulary.ts'

const deepest = 5
const mostConditions = 50
/** In characters. */
const longestSearch = 300

const conditions = termsFilterSchema.extend({
  status: list(z.enum(ticketStatuses)),
  assigneeId: list(personId.nullable()),
  tag: list(line(limits.tag)),
  customerId: list(personId),
  openedAt: timeRangeSchema,
  updatedAt: timeRangeSchema,
  sla: slaTargetFilterSchema.optional(),
  search: line(longestSearch).optional(),
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

/** Conditions that would tell a customer what the desk keeps to itself. */
const internal = ['tag', 'team', 'level', 'plan', 'centre', 'assigneeId', 'customerId', 'sla'] as const

/**
 * Reads a filter; throws `malformed_input` naming the field. Customers may ask about nothing that is internal.
 * @param now when the targets of SLA policies are to stand as asked.
 */
export function toTicketFilter(input: unknown, principal: Principal, now: Instant): TicketFilter {
  const filter = readFilter(filterSchema, input)
  const all = flatten(filter, 1)
  if (all.length > mostConditions) throw edgeError('malformed_input', `filter: more than ${mostConditions} conditions`)
  if (principal.role !== 'customer') return asked(filter, now)
  const kept = internal.find((field) => all.some((each) => each[field] != null))
  if (kept) throw edgeError('forbidden', `filter.${kept}: customers may not filter by it`)
  return { and: [asked(filter, now), { customerId: [principal.id] }] }
}

function flatten(filter: FilterInput, depth: number): readonly FilterInput[] {
  if (depth > deepest) throw edgeError('malformed_input', `filter: nested more than ${deepest} deep`)
  const nested = [...(filter.and ?? []), ...(filter.or ?? []), ...(filter.not ? [filter.not] : [])]
  return [filter, ...nested.flatMap((each) => flatten(each, depth + 1))]
}

/** What each condition of a filter costs, and each word that it searches for. */
const conditionCost = 5
const wordCost = 100

/** What the filter of a list costs: its conditions, and the words that it searches for. Looks no deeper than filters may be. */
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

function asked({ and, or, not, sla, ...conditions }: FilterInput, now: Instant): TicketFilter {
  return {
    ...conditions,
    ...(and && { and: and.map((each) => asked(each, now)) }),
    ...(or && { or: or.map((each) => asked(each, now)) }),
    ...(not && { not: asked(not, now) }),
    ...(sla && { sla: { target: sla, now } }),
  }
}

/** The filter as GraphQL hands it over; `toTicketFilter` reads it. */
type TicketFilterInput = {
  and?: TicketFilterInput[] | null | undefined
  or?: TicketFilterInput[] | null | undefined
  not?: TicketFilterInput | null | undefined
  search?: string | null | undefined
}

/** The inputs of lists that are narrowed down. */
export type FilterInputs = {
  readonly filter: InputObjectRef<SchemaTypes, TicketFilterInput>
  readonly timeRange: TimeRangeRef
  readonly sla: SlaFilters
}

/** `TicketFilter`, `SlaFilter`, `SlaTargetFilter` and `TimeRange`, the inputs. */
export function addFilterInputs(builder: ApiBuilder, words: Vocabulary): FilterInputs {
  const timeRange = addTimeRange(builder)
  const sla = addSlaFilters(builder, words, timeRange)
  const filter = builder.inputRef<TicketFilterInput>('TicketFilter').implement({
    description: 'All conditions given must hold; a list holds when one of its values does.',
    fields: (t) => ({
      and: t.field({ type: [filter] }),
      or: t.field({ type: [filter] }),
      not: t.field({ type: filter }),
      ...termsFields(t, words),
      status: t.field({ type: [words.status] }),
      assigneeId: t.field({
        type: t.listRef('ID', { required: false }),
        description: 'null finds tickets that nobody is assigned to.',
      }),
      tag: t.stringList(),
      customerId: t.idList(),
      openedAt: t.field({ type: timeRange }),
      updatedAt: t.field({ type: timeRange }),
      sla: t.field({
        type: sla.targetFilter,
        description:
          'Finds tickets with a target that all of this holds for, such as one that breaches within the hour.',
      }),
      search: t.string({
        description:
          'Words in subject, messages, e-mail or user name, all of which must be found. Accents and case do not matter, nor does one wrong letter (replaced, missing, doubled or swapped with its neighbour) in a word of four letters or more, nor two in a word of eight or more, or of five that begins alike, unless a subject or a customer holds the word as it is written. Shorter words and numbers are found as they are written. The last word is also found by its beginning, from four letters on and unless a subject or a customer holds it as it is written; so is an address that ends the search, such as marie.dup. Articles and the like, and single characters, count only when there are no other words. What a word may stand for, and which words are held as they are written, is taken for customers from what they see of their own tickets.',
      }),
    }),
  })
  return { filter, timeRange, sla }
}
