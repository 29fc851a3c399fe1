import { describe, expect, it } from 'vitest'
import { fold } from '../kernel/decider.ts'
import { days, hours } from '../kernel/time.ts'
import { after, byAlex, camille, monday } from '../testing/examples.ts'
import { nothing, refused, specify } from '../testing/specification.ts'
import type { ConfigurationInput } from './consistency.ts'
import { configurationSchema } from './consistency.ts'
import type { ConfigurationEvent, ConfigurationVersion } from './versions.ts'
import { configurationAggregate, inForce } from './versions.ts'

const aggregate = configurationAggregate.under(() => (language) => ['fr', 'en'].includes(language))
const { given, when } = specify(aggregate, { ...byAlex, aggregateId: 'desk' })
const apply = (configuration: ConfigurationInput, rest: object = {}) =>
  configurationAggregate.schema.parse({ type: 'apply', configuration, ...rest })
const applied = (number: number, configuration: ConfigurationInput, effectiveFrom = monday): ConfigurationEvent => ({
  type: 'ConfigurationApplied',
  at: monday,
  by: byAlex.by,
  number,
  configuration: configurationSchema.parse(configuration),
  publicHolidays: {},
  effectiveFrom,
})
const calm = { thresholds: { closeResolvedAfter: '2d' } }
const office = { calendars: { office: { timeZone: 'Europe/Paris', hours: { weekdays: ['09:00-17:00'] } } } }

describe('a configuration', () => {
  it('is applied at once, or from an instant on, with its own number', () => {
    when(apply(calm)).then({ type: 'ConfigurationApplied', number: 1, effectiveFrom: monday })
    given(applied(1, {}))
      .when(apply(calm, { effectiveFrom: after(days(1)), comment: 'calmer' }))
      .then({ type: 'ConfigurationApplied', number: 2, effectiveFrom: after(days(1)), comment: 'calmer' })
  })

  it('is not applied again when it is in force already', () => {
    given(applied(1, calm)).when(apply(calm)).then(nothing)
    given(applied(1, calm, after(hours(1))))
      .when(apply(calm))
      .then({ type: 'ConfigurationApplied', number: 2 })
  })

  it('is applied at once after the one before, whatever the clock of the sender shows', () => {
    given({ ...applied(1, calm, after(1)), at: after(1) })
      .when(apply(calm))
      .then(nothing)
    given({ ...applied(1, {}, after(1)), at: after(1) })
      .when(apply(calm))
      .then({ type: 'ConfigurationApplied', number: 2, at: after(1), effectiveFrom: after(1) })
  })

  it('does not apply from a past instant, unless that is requested for history', () => {
    const past = { effectiveFrom: after(-1) }
    when(apply(calm, past)).then(refused('effective_in_the_past', 'effectiveFrom'))
    when(apply(calm, { ...past, retroactive: true })).then({ type: 'ConfigurationApplied', effectiveFrom: after(-1) })
  })

  it('cannot be changed by a customer', () => {
    when(apply(calm), { by: camille }).then(refused('not_for_this_actor', 'by'))
  })

  it('needs texts in the languages that it names', () => {
    when(apply({ desk: { defaultLanguage: 'de' } })).then(
      refused('invalid_command', 'configuration.desk.defaultLanguage'),
    )
    when(apply({ templates: { de: { hallo: 'Hallo' } } })).then(
      refused('invalid_command', 'configuration.templates.de'),
    )
  })

  it('needs the public holidays of the countries that its calendars name, and stores no others', () => {
    const holidays = { calendars: { office: { ...office.calendars.office, holidays: { countries: ['FR'] } } } }
    when(apply(holidays)).then(refused('invalid_command', 'publicHolidays'))
    const FR = [{ date: '2026-07-14', name: 'Fête nationale' }]
    when(apply(holidays, { publicHolidays: { FR, US: [] } })).then({
      type: 'ConfigurationApplied',
      publicHolidays: { FR },
    })
  })

  it('is already in force when only its public holidays cover less time than the known ones', () => {
    const holidays = { calendars: { office: { ...office.calendars.office, holidays: { countries: ['FR'] } } } }
    const day = (date: string, name = 'Fête nationale') => ({ date, name })
    const known = { FR: [day('2020-07-14'), day('2025-07-14'), day('2026-07-14'), day('2027-07-14')] }
    const again = (...FR: object[]) =>
      given({ ...applied(1, holidays), publicHolidays: known }).when(apply(holidays, { publicHolidays: { FR } }))
    again(day('2025-07-14'), day('2026-07-14'), day('2027-07-14')).then(nothing)
    again(day('2025-07-14'), day('2026-07-14')).then(nothing)
    for (const FR of [
      [day('2025-07-14'), day('2027-07-14')],
      [day('2025-07-14'), day('2026-07-14', 'National day')],
      [day('2025-07-14'), day('2026-05-01'), day('2026-07-14')],
      [day('2019-07-14'), day('2020-07-14')],
      [day('2027-07-14'), day('2028-07-14')],
      [],
    ]) {
      again(...FR).then({ type: 'ConfigurationApplied', number: 2, publicHolidays: { FR } })
    }
  })

  it('has no calendar that is closed for good', () => {
    const closures = [{ from: '2020-01-01T00:00', to: '2500-01-01T00:00' }]
    when(apply({ calendars: { office: { ...office.calendars.office, closures } } })).then(
      refused('invalid_command', 'configuration.calendars.office'),
    )
  })

  it('leaves no hour of a contract around the clock uncovered', () => {
    const centre = { id: 'paris', name: 'Paris', calendar: 'office', languages: ['fr'], priority: 1 }
    const followTheSun = { centres: [centre], aroundTheClock: ['paris'] }
    when(apply({ ...office, followTheSun })).then(
      refused('invalid_command', 'configuration.followTheSun.aroundTheClock'),
    )
    when(apply({ ...office, followTheSun: { centres: [centre] } })).then({ type: 'ConfigurationApplied' })
  })
})

describe('the state for decisions', () => {
  it('has the versions that are in force, were within a day, or are scheduled', () => {
    const day = (number: number, effective: number, applied_ = effective): ConfigurationEvent => ({
      ...applied(number, {}, after(days(effective))),
      at: after(days(applied_)),
    })
    const history = [...Array.from({ length: 50 }, (_, n) => day(n + 1, n)), day(51, 80, 50), day(52, 60, 50)]
    const { applied: count, versions } = fold(aggregate, history)
    expect(count).toBe(52)
    expect(versions.map(({ number }) => number)).toEqual([50, 52])
    given(...history)
      .when(apply(calm), { at: after(days(51)) })
      .then({ type: 'ConfigurationApplied', number: 53 })
  })
})

describe('the versions in force', () => {
  const version = (number: number, effectiveFrom = monday): ConfigurationVersion => applied(number, {}, effectiveFrom)
  const numbers = (...versions: ConfigurationVersion[]) => inForce(versions).map(({ number }) => number)

  it('are, at any moment, the latest one applied whose time has come', () => {
    expect(numbers(version(1), version(2, after(days(7))))).toEqual([1, 2])
    expect(numbers(version(1), version(2, after(days(7))), version(3, after(days(1))))).toEqual([1, 3])
    expect(numbers(version(1), version(2))).toEqual([2])
    expect(numbers(version(1, after(days(2))), version(2, after(days(1))), version(3, after(days(3))))).toEqual([2, 3])
  })
})
