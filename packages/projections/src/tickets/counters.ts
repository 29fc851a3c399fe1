import type { TicketStatus } from '@guichet/domain'
import type { TicketStep } from './write-tickets.ts'

/** By how much the number of tickets in a status changes. */
type CounterDelta = { readonly status: TicketStatus; readonly change: number }

/** What a batch does to the number of tickets in each status; statuses that it leaves alone are left out. */
export function counterDeltas(steps: readonly TicketStep[]): readonly CounterDelta[] {
  const changes = new Map<TicketStatus, number>()
  const count = (status: TicketStatus | 'absent', change: number): void => {
    if (status !== 'absent') changes.set(status, (changes.get(status) ?? 0) + change)
  }
  for (const { before, after } of steps) {
    if (before.status === after.status) continue
    count(before.status, -1)
    count(after.status, 1)
  }
  return [...changes].filter(([, change]) => change !== 0).map(([status, change]) => ({ status, change }))
}
