import { DateTime } from 'luxon'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { configurationSchema, hours, instant, later } from '@guichet/domain'
import { ada, openTicket, sam, useApi, zoe } from '../../server/testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll })

const query = `query ($first: Date!, $last: Date!) {
  policy { timeZone }
  dailyReport(first: $first, last: $last) { day opened atEndOfDay { total } }
  agent(id: "ann") { timeInAvailability(from: $first, to: $last) { day milliseconds } }
}`

it('divides days by the current time zone of the desk as soon as it changes', async () => {
  await openTicket(api, zoe)
  const since = later(instant(new Date()), -hours(30))
  const by = { kind: 'agent', id: 'lead' } as const
  await api.desk.execute('agent', 'ann', { type: 'register', profile: { name: 'Ann' } }, { by, at: since })
  for (const timeZone of ['America/Montreal', 'Pacific/Kiritimati', 'Pacific/Pago_Pago']) {
    const configuration = configurationSchema.parse({ desk: { timeZone } })
    const applied = await api.desk.execute('configuration', 'desk', { type: 'apply', configuration }, { by })
    if (!applied.ok || !applied.value.position) throw new Error('not applied')
    await api.settled(applied.value.position)
    const now = DateTime.now().setZone(timeZone)
    const [first, last] = [now.minus({ days: 2 }).toISODate(), now.toISODate()]
    const { data, errors } = await api.ask(sam, query, { first, last })
    expect(errors).toEqual([])
    expect(data).toMatchObject({
      policy: { timeZone },
      dailyReport: [{ opened: 0 }, { opened: 0 }, { day: last, opened: 1, atEndOfDay: { total: 1 } }],
    })
    const { agent } = data as { agent: { timeInAvailability: { day: string; milliseconds: number }[] } }
    const today = agent.timeInAvailability.find(({ day }) => day === last)?.milliseconds ?? 0
    const sinceMidnight = (at: DateTime): number => at.diff(now.startOf('day')).toMillis()
    expect(today).toBeGreaterThanOrEqual(sinceMidnight(now))
    expect(today).toBeLessThanOrEqual(sinceMidnight(DateTime.now()))
  }
  expect((await api.ask(ada, query, { first: '2026-01-01', last: '2026-01-01' })).errors).toEqual([])
})
