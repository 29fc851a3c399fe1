import { describe, expect, it } from 'vitest'
import { changesBetween } from '../configuration/configuration.ts'
import { configurationSchema } from '../configuration/consistency.ts'
import { after, monday, timelineOf } from '../testing/examples.ts'
import { versionAt } from '../configuration/terms.ts'
import { defaultProactiveSettings } from './settings.ts'

const faults = (proactive: object, plans: readonly string[] = []): readonly string[] => {
  const { error } = configurationSchema.safeParse({ proactive, plans })
  return error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? []
}

describe('the settings', () => {
  it('are a section of the configuration, which has a default', () => {
    expect(configurationSchema.parse({}).proactive).toEqual(defaultProactiveSettings)
    const added = { kinds: ['import_failed'], critical: ['import_failed'], raisedPlans: ['gold'] }
    expect(faults(added, ['gold'])).toEqual([])
  })

  it('are in force with the version that has them', () => {
    const reviewed = { proactive: { review: true } }
    const timeline = timelineOf({ configuration: {} }, { from: after(1), configuration: reviewed })
    expect(versionAt(timeline, monday).proactive).toEqual(defaultProactiveSettings)
    expect(versionAt(timeline, after(1)).proactive).toEqual({ ...defaultProactiveSettings, review: true })
  })

  it('are compared setting by setting', () => {
    const before = configurationSchema.parse({})
    const now = configurationSchema.parse({ proactive: { review: true, within: '12h' } })
    expect(changesBetween(before, now).map(({ path }) => path)).toEqual(['proactive.within', 'proactive.review'])
  })

  it.each([
    ['a kind that there is not', { critical: ['mouse_moved'] }, /^proactive\.critical\.0: there is no kind of act/],
    ['a kind of the product', { kinds: ['page_view'] }, /^proactive\.kinds: a kind of the product/],
    ['a kind twice', { kinds: ['a', 'a'] }, /^proactive\.kinds: each kind stands here once$/],
    ['a plan that there is not', { raisedPlans: ['gold'] }, /^proactive\.raisedPlans\.0: there is no plan gold$/],
    ['a time of a week', { within: '7d' }, /^proactive\.within: must be less than 7d/],
    ['activities that are gone too soon', { storedFor: '6d' }, /^proactive\.storedFor: must be at least 7d/],
    ['too large a holdout', { holdout: 0.6 }, /^proactive\.holdout: /],
    ['one activity', { threshold: 1 }, /^proactive\.threshold: /],
  ])('are refused with %s', (_, proactive, fault) => {
    expect(faults(proactive)).toEqual([expect.stringMatching(fault)])
  })
})
