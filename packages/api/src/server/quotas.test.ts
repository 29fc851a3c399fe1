import { expect, it } from 'vitest'
import type { Principal } from '../auth/principal.ts'
import { createQuotas, shares } from './quotas.ts'

const zoe = { id: 'zoe', role: 'customer' } as Principal
const ana = { id: 'ana', role: 'agent' } as Principal

function quotas() {
  let time = 0
  const refused: string[] = []
  const limits = {
    writtenBytesPerMinute: 1_000,
    chatMessagesPerMinute: 120,
    activitiesPerMinute: 100,
    uploadedBytesPerMinute: 100,
    readBytesPerMinute: 2_000,
    millisecondsPerMinute: 500,
  }
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

it('refuses a mutation beyond the bytes of a minute, and returns the time to wait', () => {
  const { takeWritten, refused, pass } = quotas()
  expect(takeWritten(zoe, 600)).toBeUndefined()
  pass(6_000)
  expect(takeWritten(zoe, 600)?.message).toContain('wait 6 seconds')
  expect(takeWritten(zoe, 500)).toBeUndefined()
  expect(takeWritten({ ...zoe, id: 'max' }, 600)).toBeUndefined()
  expect(refused).toEqual(['zoe written'])
  pass(36_000)
  expect(takeWritten(zoe, 600)).toBeUndefined()
})

it('lets nobody take more than twice a minute’s bytes within any minute, whenever it begins', () => {
  const { takeWritten, pass } = quotas()
  let taken = 0
  for (let second = 0; second < 60; second++) {
    while (takeWritten(zoe, 100) === undefined) taken += 100
    pass(1_000)
  }
  expect(taken).toBe(1_900)
})

it('lets a mutation pass that is larger than the quota, and lets nobody wait for longer than a minute', () => {
  const { takeWritten, pass } = quotas()
  expect(takeWritten(zoe, 5_000)).toBeUndefined()
  expect(takeWritten(zoe, 1)?.message).toContain('wait 61 seconds')
  pass(60_100)
  expect(takeWritten(zoe, 1)).toBeUndefined()
})

it('makes a principal wait whose time is used up, until enough is restored', () => {
  const { spend, exhausted, refused, pass } = quotas()
  spend(zoe, 499)
  expect(exhausted(zoe)).toBeUndefined()
  spend(zoe, 600)
  expect(exhausted(zoe)?.extensions).toMatchObject({ code: 'quota_exceeded' })
  expect(exhausted(zoe)?.message).toContain('wait 60 seconds')
  pass(59_000)
  expect(exhausted(zoe)?.message).toContain('wait 1 second')
  expect(refused).toEqual(['zoe time'])
  pass(1_001)
  expect(exhausted(zoe)).toBeUndefined()
})

it('makes a principal wait who has read too much, and lets running work continue', () => {
  const { takeRead, exhausted, refused, pass } = quotas()
  takeRead(zoe, 1_999)
  expect(exhausted(zoe)).toBeUndefined()
  takeRead(zoe, 4_001)
  expect(exhausted(zoe)?.message).toContain('2000 bytes of histories and texts a minute is used up; wait 60 seconds')
  expect(exhausted(ana)).toBeUndefined()
  expect(refused).toEqual(['zoe read'])
  pass(60_001)
  expect(exhausted(zoe)).toBeUndefined()
})

it('does not count the time spent waiting', () => {
  const { takeTime, exhausted, pass } = quotas()
  const end = takeTime(zoe)
  pass(2_000)
  end(1_600)
  expect(exhausted(zoe)).toBeUndefined()
})

it('counts all running work together', () => {
  const { takeTime, exhausted, pass } = quotas()
  const ends = [takeTime(zoe), takeTime(zoe)]
  pass(249)
  expect(exhausted(zoe)).toBeUndefined()
  pass(1)
  expect(exhausted(zoe)).toBeDefined()
  expect(exhausted({ ...zoe, id: 'max' })).toBeUndefined()
  for (const end of ends) end()
  expect(exhausted(zoe)).toBeDefined()
  pass(1)
  expect(exhausted(zoe)).toBeUndefined()
})

it('gives staff and services more', () => {
  const { takeWritten, spend, exhausted } = quotas()
  expect(takeWritten(ana, 1_000 * shares.staff)).toBeUndefined()
  expect(takeWritten(ana, 1)).toBeDefined()
  expect(takeWritten(zoe, 1_000)).toBeUndefined()
  expect(takeWritten(zoe, 1)).toBeDefined()
  spend(ana, 500 * shares.staff - 1)
  expect(exhausted(ana)).toBeUndefined()
})

it('counts nothing where there is no limit', () => {
  const none = createQuotas(
    {
      writtenBytesPerMinute: 0,
      uploadedBytesPerMinute: 0,
      chatMessagesPerMinute: 0,
      activitiesPerMinute: 0,
      readBytesPerMinute: 0,
      millisecondsPerMinute: 0,
    },
    () => undefined,
  )
  none.takeTime(zoe)()
  for (let turn = 0; turn < 2; turn++) expect(none.takeActivities(zoe, 1e12)).toBeUndefined()
  expect([none.takeWritten(zoe, 1e12), none.exhausted(zoe)]).toEqual([undefined, undefined])
})

it('counts the messages of visitors for their address too, so that many tokens are no way around the quota', () => {
  const { takeMessage, pass } = quotas()
  const sent = (of: number, address: string) =>
    Array.from({ length: 100 }, () => takeMessage({ ...zoe, role: 'visitor', id: `visitor-${of}` }, address)).filter(
      (error) => error === undefined,
    ).length
  const visitors = Array.from({ length: 20 }, (_, of) => sent(of, '192.0.2.1'))
  expect(visitors.reduce((sum, each) => sum + each)).toBe(120 * shares.address)
  expect(sent(20, '192.0.2.2')).toBe(100)
  expect(takeMessage(zoe, '192.0.2.1')).toBeUndefined()
  pass(1_000)
  expect(sent(21, '192.0.2.1')).toBe(20)
})

it('counts the start of a chat as ten messages, for a visitor and for the address', () => {
  const { takeMessage, pass } = quotas()
  const started = (of: number) =>
    Array.from({ length: 20 }, () =>
      takeMessage({ ...zoe, role: 'visitor', id: `visitor-${of}` }, '192.0.2.1', 'start'),
    ).filter((error) => error === undefined).length
  expect(started(1)).toBe(12)
  const others = Array.from({ length: 20 }, (_, of) => started(2 + of))
  expect(others.reduce((sum, each) => sum + each)).toBe(12 * shares.address - 12)
  pass(5_000)
  expect(started(1)).toBe(1)
})

it('counts the activities that are reported, those of visitors for their address too', () => {
  const { takeActivities, pass } = quotas()
  expect(takeActivities(zoe, 100)).toBeUndefined()
  const refused = takeActivities(zoe, 50)
  expect(refused?.extensions).toEqual({ code: 'quota_exceeded', retryAfter: 30 })
  expect(refused?.message).toContain('wait 30 seconds')
  pass(30_000)
  expect(takeActivities(zoe, 50)).toBeUndefined()
  const visitors = Array.from({ length: 20 }, (_, of) =>
    takeActivities({ ...zoe, role: 'visitor', id: `visitor-${of}` }, 100, '192.0.2.1'),
  )
  expect(visitors.filter((error) => error === undefined)).toHaveLength(shares.address)
  expect(takeActivities({ ...zoe, role: 'service', id: 'shop' }, 100 * shares.service)).toBeUndefined()
})

it('counts the bytes that visitors upload for their address too', () => {
  const { takeUploaded, pass } = quotas()
  const visitor = (of: number) => ({ ...zoe, role: 'visitor' as const, id: `visitor-${of}` })
  const uploads = Array.from({ length: 20 }, (_, of) => takeUploaded(visitor(of), 100, '192.0.2.1'))
  expect(uploads.filter((error) => error === undefined)).toHaveLength(shares.address)
  expect(takeUploaded(visitor(0), 1, '192.0.2.1')?.extensions).toMatchObject({ code: 'quota_exceeded' })
  expect(takeUploaded(visitor(20), 100, '192.0.2.2')).toBeUndefined()
  expect(takeUploaded(zoe, 100, '192.0.2.1')).toBeUndefined()
  pass(6_000)
  expect(takeUploaded(visitor(21), 100, '192.0.2.1')).toBeUndefined()
})

it('refuses messages in chats beyond those of a minute, and restores them evenly', () => {
  const { takeMessage, pass } = quotas()
  const sent = (count: number) =>
    Array.from({ length: count }, () => takeMessage(zoe)).filter((error) => error === undefined).length
  expect(sent(500)).toBe(120)
  pass(1_000)
  expect(sent(10)).toBe(2)
})
