import type { Instant } from '@guichet/domain'
import { inOurWords, line, limits, personId, priorities, ticketStatuses } from '@guichet/domain'
import type { TicketFilter } from '@guichet/projections'
import type { InputObjectRef } from '@pothos/core'
import { z } from 'zod'
import type { Principal } from '../../auth/index.ts'
import { edgeError } from '../../errors/index.ts'
import type { TimeRangeRef } from '../paging/time-range.ts'
import { addTimeRange, timeRangeSchema, toTimeRange } from '../paging/time-range.ts'
import type { ApiBuilder, SchemaTypes } from '../schema/builder.ts'
import type { Vocabulary } from '../schema/vocabulary.ts'
import type { SlaFilters } from '../sla/sla-filter.ts'
import { addSlaFilters, slaTargetFilterSchema, toSlaTargetFilter } from '../sla/sla-filter.ts'

const deepest = 5
const mostConditions = 50

const list = <T extends z.ZodType>(each: T) => z.array(each).min(1).max(100).nullish()

const conditions = z.object({
  status: list(z.enum(ticketStatuses)),
  priority: list(z.enum(priorities)),
  assigneeId: list(personId.nullable()),
  tag: list(line(limits.tag)),
  category: list(line(limits.name)),
  team: list(line(limits.name)),
  customerId: list(personId),
  openedAt: timeRangeSchema,
  updatedAt: timeRangeSchema,
  sla: slaTargetFilterSchema.nullish(),
  search: line(300).nullish(),
})

type FilterInput = z.infer<typeof conditions> & {
  readonly and?: readonly FilterInput[] | null | undefined
  readonly or?: readonly FilterInput[] | null | undefined
  readonly not?: FilterInput | null | undefined
}

const filterSchema: z.ZodType<FilterInput> = conditions.extend({
  get and() {
    return z.array(filterSchema).max(mostConditions).nullish()
  },
  get or() {
    return z.array(filterSchema).min(1).max(mostConditions).nullish()
  },
  get not() {
    return filterSchema.nullish()
  },
})

/** Conditions that would tell a customer what the desk keeps to itself. */
const internal = ['tag', 'team', 'assigneeId', 'customerId', 'sla'] as const

/**
 * Reads a filter; throws `malformed_input` naming the field. Customers may ask about nothing that is internal.
 * @param now when the targets of SLA policies are to stand as asked.
 */
export function toTicketFilter(input: unknown, principal: Principal, now: Instant): TicketFilter {
  const parsed = filterSchema.safeParse(input ?? {}, inOurWords)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw edgeError('malformed_input', `filter.${issue?.path.join('.')}: ${issue?.message}`)
  }
  const all = flatten(parsed.data, 1)
  if (all.length > mostConditions) throw edgeError('malformed_input', `filter: more than ${mostConditions} conditions`)
  if (principal.role !== 'customer') return withoutNulls(parsed.data, now)
  const asked = internal.find((field) => all.some((each) => each[field] != null))
  if (asked) throw edgeError('forbidden', `filter.${asked}: customers may not filter by it`)
  return { and: [withoutNulls(parsed.data, now), { customerId: [principal.id] }] }
}

function flatten(filter: FilterInput, depth: number): readonly FilterInput[] {
  if (depth > deepest) throw edgeError('malformed_input', `filter: nested more than ${deepest} deep`)
  const nested = [...(filter.and ?? []), ...(filter.or ?? []), ...(filter.not ? [filter.not] : [])]
  return [filter, ...nested.flatMap((each) => flatten(each, depth + 1))]
}

function withoutNulls({ and, or, not, openedAt, updatedAt, sla, ...rest }: FilterInput, now: Instant): TicketFilter {
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value != null))
  return {
    ...given,
    ...(and && { and: and.map((each) => withoutNulls(each, now)) }),
    ...(or && { or: or.map((each) => withoutNulls(each, now)) }),
    ...(not && { not: withoutNulls(not, now) }),
    ...(openedAt && { openedAt: toTimeRange(openedAt) }),
    ...(updatedAt && { updatedAt: toTimeRange(updatedAt) }),
    ...(sla && { sla: { target: toSlaTargetFilter(sla), now } }),
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
      status: t.field({ type: [words.status] }),
      priority: t.field({ type: [words.priority] }),
      assigneeId: t.field({
        type: t.listRef('ID', { required: false }),
        description: 'null finds tickets that nobody is assigned to.',
      }),
      tag: t.stringList(),
      category: t.stringList(),
      team: t.stringList(),
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
