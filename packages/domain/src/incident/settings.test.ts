import { expect, it } from 'vitest'
import { configurationSchema } from '../configuration/consistency.ts'
import { days, hours, minutes } from '../kernel/time.ts'
import { defaultIncidentSettings, incidentSettingsSchema } from './settings.ts'

it('are the numbers of 000 by default, with nobody on call', () => {
  expect(defaultIncidentSettings).toEqual({
    rota: [],
    briefed: [],
    acknowledgeWithin: minutes(10),
    respondWithin: hours(2),
    callbackWithin: minutes(10),
    warRoomWithin: hours(1),
    onSiteWithin: hours(24),
    updateEvery: minutes(30),
    postMortemWithin: days(5),
    escalateToLevel: 3,
  })
  expect(configurationSchema.parse({}).incidents).toEqual(defaultIncidentSettings)
})

it('name people by their ids, or with an address', () => {
  const { rota, acknowledgeWithin } = incidentSettingsSchema.parse({
    rota: ['alex', { id: 'sacha', email: 'sacha@desk.example' }],
    acknowledgeWithin: '90s',
  })
  expect(rota).toEqual([{ id: 'alex' }, { id: 'sacha', email: 'sacha@desk.example' }])
  expect(acknowledgeWithin).toBe(90_000)
})

it.each([
  ['somebody twice', { rota: ['alex', { id: 'alex' }] }, ['rota']],
  ['an address that is none', { briefed: [{ id: 'ceo', email: 'x' }] }, ['briefed', 0, 'email']],
  ['no time at all', { updateEvery: '0m' }, ['updateEvery']],
  ['what nobody knows', { oncall: ['alex'] }, []],
])('refuse %s, with its path', (_, given, path) => {
  const { error } = incidentSettingsSchema.safeParse(given)
  expect(error?.issues[0]?.path).toEqual(path)
})
