import { expect, it } from 'vitest'
import { hours } from '../kernel/time.ts'
import { aroundTheClock } from '../sla/business-time.ts'
import { slaPolicySchema } from '../sla/settings.ts'
import { levels } from '../testing/target-story.ts'
import { defaultTicketPolicy, firstResponseTime } from './policy.ts'

const measuredOn = (firstResponse: string, calendars = {}) => {
  const targets = { ...defaultTicketPolicy.targets, calendars: { firstResponse } }
  return firstResponseTime({ targets, serviceLevels: { ...levels(), calendars } })
}

it('measures first responses on a calendar without business days, if it can count backwards', () => {
  const { add, between, subtract } = aroundTheClock
  expect(measuredOn('own', { own: { add, between, subtract } }).subtract(hours(3), hours(1))).toBe(hours(2))
})

it('names a calendar that is missing, or that cannot count backwards', () => {
  const { add, between } = aroundTheClock
  expect(() => measuredOn('own')).toThrow('the first response is measured on a calendar that is not there: own')
  expect(() => measuredOn('own', { own: { add, between } })).toThrow(
    'the first response is measured on a calendar that cannot be counted back on: own',
  )
})

it('is refused with a target that occurs twice among those paused in a wait', () => {
  const twice = slaPolicySchema.safeParse({ name: 'x', pausedWhileWaiting: ['resolution', 'resolution'] })
  expect(twice.error?.issues).toMatchObject([{ path: ['pausedWhileWaiting'], message: 'each target stands here once' }])
})
