import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configurationSchema, createDesk, instant } from '@guichet/domain'
import type { ApiUnderTest } from '../../server/testing/api-under-test.ts'
import { useApi } from '../../server/testing/api-under-test.ts'

const lead = { id: 'lead', role: 'supervisor' } as const
const by = { kind: 'agent', id: 'lead' } as const
const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const

/** In another process: opens a ticket, applies a configuration and registers an agent who does not work today. */
async function configureElsewhere(api: ApiUnderTest): Promise<void> {
  const elsewhere = createDesk({ store: api.store, now: () => instant(new Date()), newId: randomUUID })
  const inThreeDays = weekdays[(new Date().getUTCDay() + 3) % 7] ?? 'sunday'
  const configuration = configurationSchema.parse({
    plans: ['gold'],
    calendars: { paris: { timeZone: 'Etc/UTC', hours: { [inThreeDays]: ['09:00-10:00'] } } },
    followTheSun: { centres: [{ id: 'paris', name: 'Paris', calendar: 'paris', languages: ['fr'], priority: 1 }] },
  })
  const open = { type: 'open', subject: 'x', body: 'y', customer: { id: 'zoe' }, plan: 'gold' } as const
  await elsewhere.execute('ticket', 't', open, { by: { kind: 'customer', id: 'zoe' } })
  await elsewhere.execute('configuration', 'desk', { type: 'apply', configuration }, { by })
  const register = { type: 'register', profile: { name: 'Ann', centre: 'paris' } } as const
  const outcome = await elsewhere.execute('agent', 'ann', register, { by })
  if (!outcome.ok || !outcome.value.position) throw new Error('nobody was registered')
  await api.settled(outcome.value.position)
}

/** Each query runs on a separate server, since the first query that loads the configuration does so for all later ones. */
describe.each([
  ['{ agents(first: 1) { nodes { onShift } } }', { agents: { nodes: [{ onShift: false }] } }],
  ['{ ticket(id: "t") { planKnown } }', { ticket: { planKnown: true } }],
])('a server that only gets the query %s', (query, expected) => {
  const api = useApi({ beforeAll, afterAll })
  beforeAll(() => configureElsewhere(api))

  it('follows a configuration that another process has applied', async () => {
    expect(await api.dataOf(lead, query)).toEqual(expected)
  })
})
