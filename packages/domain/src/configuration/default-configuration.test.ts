import { describe, expect, it } from 'vitest'
import { hours, minutes } from '../kernel/time.ts'
import type { Priority } from '../kernel/values.ts'
import { policyFor } from '../sla/terms.ts'
import { defaultConfiguration } from './default-configuration.ts'

const promised = (terms: { category?: string; priority?: Priority; plan?: string }) =>
  policyFor(defaultConfiguration.sla.policies, {
    category: terms.category,
    priority: terms.priority ?? 'normal',
    plan: terms.plan,
  })

describe('the shipped configuration', () => {
  it.each([
    ['004, STANDARD_SLA_HOURS', { plan: 'standard' }, hours(4)],
    ['004, PRIORITY_SLA_HOURS', { plan: 'priority' }, hours(2)],
    ['004, URGENT_SLA_HOURS', { plan: 'urgent' }, hours(1)],
    ['004, URGENT_SLA_HOURS', { priority: 'urgent' as const }, hours(1)],
    ['004, URGENT_SLA_HOURS, of a premium contract too', { priority: 'urgent' as const, plan: 'premium' }, hours(1)],
    ['004, investment_support', { category: 'investment_support' }, hours(4)],
    ['004, technical_support', { category: 'technical_support' }, hours(2)],
    ['004, account_support', { category: 'account_support' }, hours(6)],
    ['004, compliance_support', { category: 'compliance_support' }, hours(4)],
    ['004, billing_support', { category: 'billing_support' }, hours(3)],
    ['003, « Objectifs de Performance »', {}, hours(24)],
  ])('promises the resolution of %s', (_, terms, resolution) => {
    expect(promised(terms)?.resolution).toBe(resolution)
  })

  it.each([
    ['003, « Objectifs de Performance »', {}, hours(2)],
    ['000, the aims of the premium contract: critical', { priority: 'urgent' as const, plan: 'premium' }, minutes(15)],
    ['000, the aims of the premium contract: urgent', { priority: 'high' as const, plan: 'premium' }, minutes(30)],
    ['000, the aims of the premium contract: standard', { plan: 'premium' }, hours(2)],
  ])('promises the first response of %s', (_, terms, firstResponse) => {
    expect(promised(terms)?.firstResponse).toBe(firstResponse)
  })

  it.each([
    ['003, « Objectifs de Performance », in business hours', 'everything-else', 'firstResponse', false],
    ['003, « Objectifs de Performance », without a word on hours', 'everything-else', 'nextResponse', true],
    ['003, « Objectifs de Performance », without a word on hours', 'everything-else', 'resolution', true],
    ['000, the aims of the premium contract: 24 hours on 7 days', 'premium', 'firstResponse', true],
    ['000, the aims of the premium contract: 24 hours on 7 days', 'premium', 'resolution', true],
    ['004, EMERGENCY_SUPPORT_24_7', 'urgent', 'firstResponse', true],
    ['004, EMERGENCY_SUPPORT_24_7', 'urgent', 'resolution', true],
    ['004, SUPPORT_WEEKDAY_HOURS', 'plan-standard', 'resolution', false],
    ['004, SUPPORT_WEEKDAY_HOURS', 'technical', 'resolution', false],
  ] as const)('counts by %s of %s the %s around the clock: %s', (_, name, target, always) => {
    const policy = defaultConfiguration.sla.policies.find((each) => each.name === name)
    const calendar = policy?.calendars?.[target] ?? policy?.calendar
    expect(calendar).toBe(always ? undefined : 'office')
  })

  it('escalates 004’s targets six hours after the opening (ESCALATION_THRESHOLD_HOURS), and the others after the breach', () => {
    const { policies } = defaultConfiguration.sla
    expect(policies.map(({ escalateAfter }) => escalateAfter)).toEqual(policies.map(() => hours(6)))
    const fromTheBreach = policies.filter(({ escalateFrom }) => escalateFrom !== 'opening')
    expect(fromTheBreach.map(({ name }) => name)).toEqual([
      'premium-critical',
      'premium-urgent',
      'premium',
      'everything-else',
    ])
  })

  it('promises the next response within four hours (003, « Objectifs de Performance »)', () => {
    expect(promised({})?.nextResponse).toBe(hours(4))
  })

  it('keeps a first response running in a wait for the customer, and pauses the others (003: then it is the customer’s turn)', () => {
    for (const { pausedWhileWaiting } of defaultConfiguration.sla.policies) {
      expect(pausedWhileWaiting).toEqual(['nextResponse', 'resolution', 'update'])
    }
  })

  it('promises the customer of an urgent ticket an update every two hours (003, « Ticket Urgent »)', () => {
    expect(promised({ priority: 'urgent' })?.update).toBe(hours(2))
  })
})
