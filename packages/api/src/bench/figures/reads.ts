import { instant } from '@guichet/domain'
import type { TicketFilter, TicketOrder } from '@guichet/projections'
import { readModels } from '@guichet/projections'
import type { Bench } from '../bench.ts'
import type { Figure } from '../figure.ts'
import { figure } from '../figure.ts'
import { openHelpdesk } from '../helpdesk.ts'
import { slowest } from '../slowest.ts'

const target = 20
const newest: TicketOrder = { by: 'updatedAt', direction: 'desc' }
const best: TicketOrder = { by: 'relevance', direction: 'desc' }

const lists: readonly TicketFilter[] = [
  {},
  { status: ['new', 'in_progress'] },
  { priority: ['high'], status: ['in_progress'] },
  { customerId: ['customer-7'] },
  { openedAt: { from: instant('2026-01-10T00:00:00Z'), to: instant('2026-01-11T00:00:00Z') } },
]

/** A common word, a rare one, several, a misspelt one, an address, and one that nobody wrote. */
const searches = ['facture', 'blanche 17', 'mot de passe', 'rembousement', 'client77@example.org', 'xylophone']

/** Milliseconds within which 95 of 100 pages of 25 tickets are read, at 25,000 tickets: lists, then searches. */
export async function reads({ ground, quick }: Bench): Promise<readonly Figure[]> {
  const helpdesk = await openHelpdesk(ground, quick ? 5_000 : 25_000)
  const { tickets } = readModels(helpdesk.pool)
  await helpdesk.pool.query('analyze')
  const times = quick ? 5 : 50
  const list = await slowest(times, lists, (filter) => tickets.list(filter, newest, { limit: 25 }, 'all'))
  const search = await slowest(times, searches, (text) => tickets.list({ search: text }, best, { limit: 25 }, 'all'))
  await helpdesk.close()
  return [figure('list-p95', 'ms', list, { target }), figure('search-p95', 'ms', search, { target })]
}
