import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Instant } from '@guichet/domain'
import { instant } from '@guichet/domain'
import { ana, mutate, openTicket, useApi, zoe } from '../../server/testing/api-under-test.ts'

/** Time is controlled by the test. */
let minute = 0
const now = (): Instant => instant(new Date(Date.UTC(2026, 2, 2, 9, minute)))

const api = useApi({ beforeAll, afterAll }, { now })

const rename = (ticketId: string, subject: string) => mutate(api, ana, 'renameTicket', { ticketId, subject })

it('shows related tickets as they were at the same instant', async () => {
  const [ended, survivor, last] = [await openTicket(api, zoe), await openTicket(api, zoe), await openTicket(api, zoe)]
  for (const ticketId of [survivor, last]) await rename(ticketId, 'before')
  await mutate(api, ana, 'linkTickets', { ticketId: ended, to: last })
  await mutate(api, ana, 'mergeTickets', { source: ended, target: survivor })
  const then = now()
  minute++
  for (const ticketId of [survivor, last]) await rename(ticketId, 'after')
  await mutate(api, ana, 'mergeTickets', { source: survivor, target: last })

  const others = 'mergedInto { subject mergedInto { subject } } links { ticket { subject } }'
  const { data, errors } = await api.ask(
    ana,
    `query ($id: ID!, $then: DateTime!, $later: DateTime!) {
      ticket(id: $id) { ${others} asOf(at: $then) { ${others} asOf(at: $later) { ${others} } } }
    }`,
    { id: ended, then, later: '2099-01-01T00:00:00Z' },
  )
  expect(errors).toEqual([])
  const were = { mergedInto: { subject: 'before', mergedInto: null }, links: [{ ticket: { subject: 'before' } }] }
  expect(data?.['ticket']).toEqual({
    mergedInto: { subject: 'after', mergedInto: { subject: 'after' } },
    links: [{ ticket: { subject: 'after' } }],
    asOf: { ...were, asOf: were },
  })
})
