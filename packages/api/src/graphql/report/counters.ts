import type { TicketCounters } from '@guichet/projections'
import type { ApiBuilder } from '../schema/builder.ts'

/** `TicketCounters` and `ticketCounters`: the five counters of the dashboard, and the closed tickets besides. */
export function addCounters(builder: ApiBuilder) {
  const counters = builder.objectRef<TicketCounters>('TicketCounters').implement({
    fields: (t) => ({
      total: t.exposeInt('total'),
      new: t.exposeInt('new'),
      inProgress: t.exposeInt('in_progress'),
      waitingCustomer: t.exposeInt('waiting_customer'),
      resolved: t.exposeInt('resolved'),
      closed: t.exposeInt('closed'),
    }),
  })
  builder.queryField('ticketCounters', (t) =>
    t.field({ type: counters, resolve: async (_, __, { read }) => (await read('tickets')).counters() }),
  )
  return counters
}

export type CountersRef = ReturnType<typeof addCounters>
