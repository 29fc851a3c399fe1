import { expect, it } from 'vitest'
import type { Principal } from '../auth/index.ts'
import { createQuotas, shares } from './quotas.ts'

const zoe = { id: 'zoe', role: 'customer' } as Principal
const ana = { id: 'ana', role: 'agent' } as Principal

function quotas() {
  let time = 0
  const refused: string[] = []
  const limits = { writtenBytesPerHour: 1_000, millisecondsPerMinute: 500 }
  const made = createQuotas(
    limits,
    ({ id }, quota) => refused.push(`${id} ${quota}`),
    () => time,
  )
  const pass = (ms: number): void => void (time += ms)
  const spend = (principal: Principal, ms: number): void => {
    const end = made.takeTime(principal)
    pass(ms)
    end()
  }
  return { ...made, refused, pass, spend }
}

it('refuses the mutation that goes beyond the bytes of an hour, and says how long to wait', () => {
  const { takeBytes, refused, pass } = quotas()
  expect(takeBytes(zoe, 600)).toBeUndefined()
  pass(60_000)
  expect(takeBytes(zoe, 600)?.message).toContain('wait 3540 seconds')
  expect(takeBytes(zoe, 400)).toBeUndefined()
  expect(takeBytes({ ...zoe, id: 'max' }, 600)).toBeUndefined()
  expect(refused).toEqual(['zoe bytes'])
  pass(3_600_000)
  expect(takeBytes(zoe, 600)).toBeUndefined()
})

it('lets a principal wait whose time is used up, until the minute is over', () => {
  const { spend, outOfTime, refused, pass } = quotas()
  spend(zoe, 499)
  expect(outOfTime(zoe)).toBeUndefined()
  spend(zoe, 2_000)
  pass(57_500)
  expect(outOfTime(zoe)?.extensions).toMatchObject({ code: 'quota_exceeded' })
  expect(outOfTime(zoe)?.message).toContain('wait 1 second')
  pass(500)
  expect(outOfTime(zoe)).toBeUndefined()
  expect(refused).toEqual(['zoe time'])
  spend(zoe, 500)
  expect(outOfTime(zoe)).toBeDefined()
  expect(refused).toEqual(['zoe time', 'zoe time'])
})

it('counts what is under way, all of it together', () => {
  const { takeTime, outOfTime, pass } = quotas()
  const ends = [takeTime(zoe), takeTime(zoe)]
  pass(249)
  expect(outOfTime(zoe)).toBeUndefined()
  pass(1)
  expect(outOfTime(zoe)).toBeDefined()
  expect(outOfTime({ ...zoe, id: 'max' })).toBeUndefined()
  for (const end of ends) end()
  expect(outOfTime(zoe)).toBeDefined()
  pass(60_000)
  expect(outOfTime(zoe)).toBeUndefined()
})

it('gives whoever is no customer more', () => {
  const { takeBytes, spend, outOfTime } = quotas()
  expect(takeBytes(ana, 1_000 * shares.staff)).toBeUndefined()
  expect(takeBytes(ana, 1)).toBeDefined()
  spend(ana, 500 * shares.staff - 1)
  expect(outOfTime(ana)).toBeUndefined()
})

it('counts nothing where there is no limit', () => {
  const none = createQuotas({ writtenBytesPerHour: 0, millisecondsPerMinute: 0 }, () => undefined)
  none.takeTime(zoe)()
  expect([none.takeBytes(zoe, 1e12), none.outOfTime(zoe)]).toEqual([undefined, undefined])
})
