import type { Instant, TicketEvent, TicketStatus } from '@guichet/domain'
import { ticketStatuses } from '@guichet/domain'
import { quarterOf } from '../days/days.ts'
import type { DailyStep } from './daily-state.ts'

/** What is counted. */
export const happenings = [
  'opened',
  'agent_replies',
  'customer_replies',
  'resolved',
  'reopened',
  'closed',
  'closed_unanswered',
  'spam',
  'chases',
  'stagnations',
] as const
export type Happening = (typeof happenings)[number]

/** By how much a time changes the number of tickets in each status, as a column. */
export type StatusColumn = `now_${TicketStatus}`

/** What a batch adds to a quarter of an hour, which is named by its beginning. */
export type QuarterCounts = { readonly quarter: Instant } & Partial<Record<Happening | StatusColumn, number>>

/**
 * What a batch adds to each quarter of an hour that it touches. Each event counts at its own instant: history that comes in late
 * lands on its days, and the ends of all later days follow, because they are sums.
 */
export function countByQuarter(steps: readonly DailyStep[]): readonly QuarterCounts[] {
  const quarters = new Map<Instant, { quarter: Instant } & Partial<Record<Happening | StatusColumn, number>>>()
  for (const { envelope, before, after } of steps) {
    const quarter = quarterOf(envelope.event.at)
    const counts = quarters.get(quarter) ?? { quarter }
    quarters.set(quarter, counts)
    const add = (column: Happening | StatusColumn, change: number): void => {
      counts[column] = (counts[column] ?? 0) + change
    }
    for (const happening of happeningsOf(envelope.event)) add(happening, 1)
    if (before?.status === after?.status) continue
    if (before) add(`now_${before.status}`, -1)
    if (after) add(`now_${after.status}`, 1)
  }
  return [...quarters.values()]
}

/** Counts with each quarter once, in the order in which they came up; what is nothing in sum is left out. */
export function summed(counts: readonly QuarterCounts[]): readonly QuarterCounts[] {
  const quarters = new Map<Instant, QuarterCounts>()
  for (const { quarter, ...added } of counts) {
    const sum: Record<string, number> = { ...without(quarters.get(quarter)) }
    for (const [column, change] of Object.entries(added)) sum[column] = (sum[column] ?? 0) + change
    quarters.set(quarter, { quarter, ...Object.fromEntries(Object.entries(sum).filter(([, count]) => count !== 0)) })
  }
  return [...quarters.values()]
}

/** Counts that take others back. */
export const negated = (counts: readonly QuarterCounts[]): readonly QuarterCounts[] =>
  counts.map((counted) => ({
    quarter: counted.quarter,
    ...Object.fromEntries(Object.entries(without(counted)).map(([column, count]) => [column, -count])),
  }))

function without(counted: QuarterCounts | undefined): Readonly<Record<string, number>> {
  const { quarter: _, ...counts } = counted ?? { quarter: undefined }
  return counts
}

/** By how much the quarters of each UTC day change the numbers of tickets: it spares readers the sum of all quarters before a period. */
export function countByUtcDay(
  quarters: readonly QuarterCounts[],
): readonly ({ readonly day: string } & Partial<Record<StatusColumn, number>>)[] {
  const days = new Map<string, { day: string } & Partial<Record<StatusColumn, number>>>()
  for (const counted of quarters) {
    const day = counted.quarter.slice(0, 10)
    const sums = days.get(day) ?? { day }
    days.set(day, sums)
    for (const status of ticketStatuses) {
      const column = `now_${status}` as const
      if (counted[column] !== undefined) sums[column] = (sums[column] ?? 0) + counted[column]
    }
  }
  return [...days.values()]
}

function happeningsOf(event: TicketEvent): readonly Happening[] {
  switch (event.type) {
    case 'TicketOpened':
      return ['opened']
    case 'AgentReplied':
      return ['agent_replies']
    case 'CustomerReplied':
      return ['customer_replies']
    case 'TicketResolved':
      return ['resolved']
    case 'TicketReopened':
      return ['reopened']
    case 'TicketClosed':
      if (event.reason === 'no_reply') return ['closed', 'closed_unanswered']
      return event.reason === 'spam' ? ['closed', 'spam'] : ['closed']
    case 'ChaseSent':
      return ['chases']
    case 'StagnationDetected':
      return ['stagnations']
    default:
      return []
  }
}
