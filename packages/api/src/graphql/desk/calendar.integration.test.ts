import { afterAll, beforeAll, expect, it } from 'vitest'
import { configurationSchema } from '@guichet/domain'
import { ada, ana, mutate, useApi, zoe } from '../../server/testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll })
beforeAll(async () => {
  const configuration = configurationSchema.parse({
    calendars: {
      office: {
        timeZone: 'Europe/Paris',
        hours: { weekdays: ['09:00-17:00'] },
        holidays: { days: [{ date: '2099-12-25', name: 'Noël' }] },
      },
      always: { timeZone: 'Etc/UTC', hours: 'always' },
    },
  })
  const by = { kind: 'agent', id: 'ana' } as const
  expect((await api.desk.execute('configuration', 'desk', { type: 'apply', configuration }, { by })).ok).toBe(true)
})

const query = (at: string) =>
  `{ calendars(at: "${at}") { name zone isOpen closesAt nextOpening holidays { date name hours } } }`

it('shows whether each calendar is open, when it closes and opens next, and its holidays', async () => {
  const holidays = [{ date: '2099-12-25', name: 'Noël', hours: [] }]
  const { data, errors } = await api.ask(ana, query('2099-12-24T15:30:00Z'))
  expect(errors).toEqual([])
  expect(data?.['calendars']).toEqual([
    { name: 'always', zone: 'Etc/UTC', isOpen: true, closesAt: null, nextOpening: null, holidays: [] },
    {
      name: 'office',
      zone: 'Europe/Paris',
      isOpen: true,
      closesAt: '2099-12-24T16:00:00.000Z',
      nextOpening: '2099-12-28T08:00:00.000Z',
      holidays,
    },
  ])
})

it('uses the configuration in force at the instant, and shows customers nothing', async () => {
  const before = await api.ask(ana, query('2020-01-04T12:00:00Z'))
  expect(before.data?.['calendars']).toMatchObject([{ name: 'office', isOpen: false, closesAt: null }])
  expect((await api.ask(zoe, query('2020-01-04T12:00:00Z'))).errors[0]?.extensions.code).toBe('forbidden')
})

it('has the public holidays of the time at which a retroactive configuration begins', async () => {
  const office = { timeZone: 'Europe/Paris', hours: { weekdays: ['09:00-17:00'] }, holidays: { countries: ['FR'] } }
  const input = { document: { calendars: { office }, sla: { policies: [] } } }
  const since = { effectiveFrom: '2020-01-01T00:00:00Z', retroactive: true }
  expect(
    await mutate(api, ada, 'applyConfiguration', { ...input, ...since }, 'configuration { version }'),
  ).toMatchObject({ userErrors: [] })
  const { calendars } = await api.dataOf(ana, query('2020-12-24T17:00:00Z'))
  expect(calendars).toMatchObject([
    {
      nextOpening: '2020-12-28T08:00:00.000Z',
      holidays: [{ date: '2020-12-25', name: 'Noël' }, { date: '2021-01-01' }, {}, {}, {}],
    },
  ])
})

it('lists holidays after a day, so that each can be reached', async () => {
  const page = async (args: string) => {
    const { calendars } = await api.dataOf(
      ana,
      `{ calendars(at: "2020-12-24T17:00:00Z") { name holidays(${args}) { date } } }`,
    )
    const [office] = (calendars as { name: string; holidays: { date: string }[] }[]).filter(
      ({ name }) => name === 'office',
    )
    return (office?.holidays ?? []).map(({ date }) => date)
  }
  const all = await page('first: 100')
  expect(all.length).toBeGreaterThan(3)
  const found: string[] = []
  for (let after = ''; ;) {
    const next = await page(`first: 2${after}`)
    found.push(...next)
    if (next.length < 2) break
    after = `, after: "${next.at(-1)}"`
  }
  expect(found.slice(0, all.length)).toEqual(all)
})
