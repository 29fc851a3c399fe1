import { describe, expect, it } from 'vitest'
import { proactiveActor } from '../kernel/actor.ts'
import { hours } from '../kernel/time.ts'
import { deskInMemory } from '../testing/desk.ts'
import { after, alex, byAlex, camille, monday } from '../testing/examples.ts'
import { asSent, nothing, refused, specify } from '../testing/specification.ts'
import { teamAlertAggregate } from './team-alert.ts'

const { given, when } = specify(asSent(teamAlertAggregate.schema, teamAlertAggregate), {
  ...byAlex,
  aggregateId: 'zoe',
  by: proactiveActor,
})

const incident = {
  fingerprint: 'error_occurred:E_PAY',
  kind: 'error_occurred',
  code: 'E_PAY',
  since: monday,
  pages: ['/pay'],
  versions: [],
  lately: 42,
  usual: 1.5,
}
const suspectIncident = { type: 'suspectIncident', incident, isLast: false } as const
const suspected = { type: 'IncidentSuspected', at: monday, by: proactiveActor, incident, isLast: false } as const
const fall = { of: 'customers', score: 70, weekBefore: 100 } as const
const reportFall = { type: 'reportFall', ...fall } as const
const fell = { type: 'HealthFell', at: monday, by: proactiveActor, ...fall } as const

describe('an alert to a likely incident', () => {
  it('says what many customers have, and whether it is the last of its day', () => {
    when(suspectIncident).then(suspected)
    when({ ...suspectIncident, isLast: true }).then({ ...suspected, isLast: true })
  })

  it('is given once until a day has passed without it, whatever was counted meanwhile', () => {
    const later = { ...suspectIncident, incident: { ...incident, lately: 60 } }
    for (const at of [after(hours(14)), after(hours(15)), after(hours(38))])
      given(suspected).when(later, { at }).then(nothing)
    given(suspected)
      .when(later, { at: after(hours(39)) })
      .then({ type: 'IncidentSuspected', at: after(hours(39)), incident: later.incident })
  })
})

describe('an alert to a score of health', () => {
  it('says whose score has fallen, and how far', () => {
    when(reportFall).then(fell)
    when({ ...reportFall, of: 'organisations', others: 10 }).then({ ...fell, of: 'organisations', others: 10 })
  })

  it('is given once for a fall, by whom it was seen at the same moment', () => {
    given(fell).when(reportFall).then(nothing)
    given(fell)
      .when({ ...reportFall, of: 'organisations' })
      .then({ ...fell, of: 'organisations' })
  })

  it('is given again for a further fall, on the same day too', () => {
    const further = { ...reportFall, score: 50 }
    given(fell)
      .when(further, { at: after(1) })
      .then({ type: 'HealthFell', at: after(1), score: 50 })
  })
})

it.each([alex, camille])('is given by the engine alone, and not by $kind', (by) => {
  when(reportFall, { by }).then(refused('not_for_this_actor', 'by'))
})

it('is given once by two processes that have counted differently', async () => {
  const desk = deskInMemory()
  const sender = { by: proactiveActor, commandId: 'proactive/one' } as const
  const execute = (lately: number) =>
    desk.engine.execute('teamAlert', '0a1b', { ...suspectIncident, incident: { ...incident, lately } }, sender)
  expect(await execute(42)).toMatchObject({ ok: true, value: { repeated: false } })
  expect(await execute(42)).toMatchObject({ ok: true, value: { repeated: true } })
  expect(await execute(43)).toMatchObject({ ok: false, refusal: { code: 'command_id_reused' } })
  expect(await desk.store.readStream('teamAlert-0a1b')).toHaveLength(1)
})
