import { describe, expect, it } from 'vitest'
import type { CentreSettings } from '../centre.ts'
import { instant } from '../kernel/time.ts'
import { followTheSun, supportCentres, timelineOf } from '../testing/examples.ts'
import type { Speaker } from './language-availability.ts'
import { languageAvailabilities } from './language-availability.ts'
import { planAt } from './plan.ts'

const speaking = { montreal: ['fr'], toronto: ['en'], paris: ['fr'] } as Readonly<Record<string, string[]>>
const centres: CentreSettings['centres'] = supportCentres.centres.map((each) => ({
  ...each,
  languages: speaking[each.id] ?? each.languages,
}))
const plan = planAt(
  timelineOf({ configuration: followTheSun({ centres, aroundTheClock: [] }) }),
  instant('2026-11-21T12:00:00Z'),
)
const speaker = (languages: readonly string[], place: { centre?: string; shift?: string } = {}): Speaker => ({
  languages,
  centre: place.centre ?? null,
  shift: place.shift ?? null,
})
const at = (time: string, speakers: readonly Speaker[]) =>
  languageAvailabilities(plan, speakers, instant(time)).map(({ language, isOpen, hours, speakers: those }) => ({
    language,
    isOpen,
    from: hours?.from,
    to: hours?.to,
    speakers: those.length,
  }))
const inArabic = (time: string, ...speakers: readonly Speaker[]) =>
  at(time, speakers).find(({ language }) => language === 'ar')

describe('the hours of a language', () => {
  it('are those of the centre of its speakers, the present ones or the next', () => {
    const amal = speaker(['ar-AE', 'en'], { centre: 'paris' })
    const opening = {
      language: 'ar',
      from: instant('2026-11-21T06:00:00+01:00'),
      to: instant('2026-11-21T22:00:00+01:00'),
    }
    expect(inArabic('2026-11-21T05:00:00+01:00', amal)).toEqual({ ...opening, isOpen: false, speakers: 1 })
    expect(inArabic('2026-11-21T06:00:00+01:00', amal)).toEqual({ ...opening, isOpen: true, speakers: 1 })
    expect(inArabic('2026-11-21T21:59:59+01:00', amal)).toEqual({ ...opening, isOpen: true, speakers: 1 })
    expect(inArabic('2026-11-21T22:00:00+01:00', amal)).toMatchObject({
      isOpen: false,
      from: instant('2026-11-22T06:00:00+01:00'),
    })
  })

  it('are joined over all of its speakers, whatever their regions, and over the centres that speak it', () => {
    const [amal, badr] = [speaker(['ar'], { centre: 'paris' }), speaker(['ar-MA'], { centre: 'montreal' })]
    expect(inArabic('2026-11-21T12:00:00+01:00', amal, badr)).toMatchObject({
      from: instant('2026-11-21T06:00:00+01:00'),
      to: instant('2026-11-21T22:00:00-05:00'),
      speakers: 2,
    })
    expect(at('2026-11-21T12:00:00+01:00', [])).toEqual([
      expect.objectContaining({ language: 'en', speakers: 0 }),
      expect.objectContaining({ language: 'fr', speakers: 0, from: instant('2026-11-21T06:00:00+01:00') }),
    ])
  })

  it('are unknown where none of its speakers has hours', () => {
    expect(inArabic('2026-11-21T12:00:00Z', speaker(['ar'], { centre: 'nowhere' }))).toEqual({
      language: 'ar',
      isOpen: false,
      from: undefined,
      to: undefined,
      speakers: 1,
    })
    const alone = languageAvailabilities(undefined, [speaker(['ar'])], instant('2026-11-21T12:00:00Z'))
    expect(alone).toMatchObject([{ language: 'ar', isOpen: false, hours: undefined }])
  })

  it('are the same, asked in any order of times', () => {
    const amal = speaker(['ar'], { centre: 'paris' })
    const times = ['2026-11-23T12:00:00Z', '2026-11-21T12:00:00Z', '2026-11-21T23:00:00Z', '2026-11-22T12:00:00Z']
    expect(times.map((time) => inArabic(time, amal)?.from)).toEqual([
      instant('2026-11-23T06:00:00+01:00'),
      instant('2026-11-21T06:00:00+01:00'),
      instant('2026-11-22T06:00:00+01:00'),
      instant('2026-11-22T06:00:00+01:00'),
    ])
  })
})
