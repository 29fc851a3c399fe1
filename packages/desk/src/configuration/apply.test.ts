import type { ConfigurationInput, Desk, Instant } from '@guichet/domain'
import { configurationSchema, hours, instant, later } from '@guichet/domain'
import { deskInMemory } from '@guichet/domain/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Application } from './apply.ts'
import { applyConfiguration, tryConfiguration } from './apply.ts'
import { readVersions, stateOf, versionAt } from './versions.ts'

const start = instant('2026-06-01T08:00:00Z')

describe('applying a configuration', () => {
  let now: Instant
  let desk: Desk
  let commands = 0
  beforeEach(() => {
    now = start
    desk = deskInMemory({ now: () => now })
  })

  const asking = (input: ConfigurationInput, terms: Partial<Application> = {}, expectedVersion?: number) => ({
    configuration: configurationSchema.parse(input),
    publicHolidays: {},
    ...terms,
    sender: { by: { kind: 'agent', id: 'ada' }, commandId: `c${++commands}`, expectedVersion } as const,
  })
  const apply = async (...asked: Parameters<typeof asking>) => {
    const outcome = await applyConfiguration(desk, asking(...asked))
    return outcome.ok ? outcome.value : outcome.refusal
  }

  it('returns the differences from the configuration in force', async () => {
    expect(await apply({ plans: ['gold'], thresholds: { closeResolvedAfter: '48h' } })).toMatchObject({
      applied: true,
      version: { number: 1, name: 'configuration-1', effectiveFrom: start },
    })
    expect(await apply({ plans: ['gold'], thresholds: { closeResolvedAfter: '12h' } })).toMatchObject({
      version: { number: 2 },
      changes: [{ path: 'thresholds.closeResolvedAfter', from: '2d', to: '12h' }],
    })
  })

  it('changes nothing when it is equal', async () => {
    await apply({ plans: ['gold'] })
    expect(await apply({ plans: ['gold'] })).toMatchObject({ applied: false, version: { number: 1 }, changes: [] })
    expect(await readVersions(desk.store)).toHaveLength(2)
  })

  it('answers a repeat with the first outcome', async () => {
    const asked = asking({ plans: ['gold'] })
    const first = await applyConfiguration(desk, asked)
    await apply({ plans: ['silver'] })
    expect(await applyConfiguration(desk, asked)).toEqual(first)
  })

  it('is refused when another version came in between', async () => {
    await apply({ plans: ['gold'] }, {}, 0)
    expect(await apply({ plans: ['silver'] }, {}, 0)).toMatchObject({ code: 'version_conflict' })
    expect(await apply({ plans: ['silver'] }, {}, 1)).toMatchObject({ applied: true })
  })

  it('names the versions whose time now never comes', async () => {
    await apply({ plans: ['gold'] }, { effectiveFrom: later(now, hours(48)) })
    const outcome = await apply({ plans: ['silver'] }, { effectiveFrom: later(now, hours(24)) })
    expect(outcome).toMatchObject({ version: { number: 2 }, replaced: [{ number: 1 }] })
    const versions = await readVersions(desk.store)
    expect(versions.map((version) => stateOf(version, versions, now))).toEqual(['in_force', 'never', 'waiting'])
    expect(versions.map((version) => stateOf(version, versions, later(now, hours(24))))).toEqual([
      'past',
      'never',
      'in_force',
    ])
    expect(versionAt(versions, later(now, hours(47))).number).toBe(2)
  })

  it('does not deny that a version was in force, when a later one counts from before it', async () => {
    await apply({ plans: ['gold'] })
    now = later(now, hours(1))
    const outcome = await apply({ plans: ['silver'] }, { effectiveFrom: later(start, -hours(24)), retroactive: true })
    expect(outcome).toMatchObject({ replaced: [{ number: 1 }] })
    const versions = await readVersions(desk.store)
    expect(versions.map((version) => stateOf(version, versions, now))).toEqual(['past', 'superseded', 'in_force'])
  })

  it('is tried without a trace, with the same outcome', async () => {
    await apply({ plans: ['gold'] })
    const [asked, next] = [asking({ plans: ['silver'] }), later(now, hours(1))]
    now = next
    const tried = await tryConfiguration(desk, asked, now)
    expect(await readVersions(desk.store)).toHaveLength(2)
    const applied = await applyConfiguration(desk, asked)
    expect(tried).toEqual(applied.ok && { ok: true, value: { ...applied.value, position: undefined } })
    const past = asking({ plans: [] }, { effectiveFrom: start })
    expect(await tryConfiguration(desk, past, now)).toEqual(await applyConfiguration(desk, past))
    expect(await tryConfiguration(desk, asking({ plans: [] }, {}, 1), now)).toMatchObject({
      refusal: { code: 'version_conflict' },
    })
  })
})
