import { expect, it } from 'vitest'
import type { ClockState } from '@guichet/domain'
import { instant, StreamDeleted, streamName } from '@guichet/domain'
import { deskAround, deskInMemory } from '@guichet/domain/testing'
import { clockId, clockState, memoOf, readClockState, streamOf } from './clock-state.ts'
import { changedAttributes, isClocked } from './workflow/clock-state.ts'

const stream = streamName('ticket', 'T1')
const deadlines = [{ kind: 'chase', dueAt: instant('2026-03-02T10:00:00Z'), cycle: 1 }]
const paused: ClockState = { version: 3, deadlines: [], labels: { late: false, outstanding: true, sla: 'PAUSED' } }
const now = { held: false, labelled: true }

it('gives a stream a clock while something is outstanding on it that operators can look for', () => {
  expect(clockState(stream, paused, now).labels).toEqual({ breached: false, outstanding: true, sla: 'PAUSED' })
  expect(isClocked(clockState(stream, paused, now))).toBe(true)
  expect(isClocked(clockState(stream, paused, { ...now, labelled: false }))).toBe(false)
  expect(isClocked(clockState(stream, { ...paused, labels: undefined }, now))).toBe(false)
})

it('gives it one while it has a deadline, also when operators do not look for it', () => {
  const due = { ...paused, deadlines, labels: { late: false, outstanding: false } }
  expect(clockState(stream, due, now).labels).toEqual({ breached: false })
  expect(isClocked(clockState(stream, due, { ...now, labelled: false }))).toBe(true)
})

it('gives none to a stream that an import holds', () => {
  expect(isClocked(clockState(stream, { ...paused, deadlines }, { ...now, held: true }))).toBe(false)
})

it('does not depend on the version of the stream', () => {
  expect(clockState(stream, { ...paused, version: 4 }, now)).toEqual(clockState(stream, paused, now))
})

it('has another id in another installation, and its id yields its stream', () => {
  const odd = streamName('ticket', 'a/b-clock/c')
  const [one, other] = ['1111111122', '2222222233'].map((installation) => clockId(odd, installation))
  expect(one).toBe('ticket-clock/11111111/a/b-clock/c')
  expect(other).not.toBe(one)
  expect(streamOf(one ?? '')).toBe(odd)
})

it('has an id that does not name a person, and a memo that yields its stream', () => {
  const drafts = streamName('draft', 'zoe@example.org')
  const clock = clockId(drafts, '1111111122')
  expect(clock).toMatch(/^draft-clock\/11111111\/[\da-f]{32}$/)
  expect(clock).not.toBe(clockId(streamName('draft', 'max@example.org'), '1111111122'))
  expect(streamOf(clock, memoOf(drafts))).toBe(drafts)
  expect(memoOf(stream)).toBeUndefined()
})

it('changes only the labels that differ from those it began with', () => {
  const before = clockState(stream, { ...paused, deadlines }, now)
  const after = clockState(stream, { ...paused, labels: { late: true, outstanding: false, sla: 'PAUSED' } }, now)
  expect(changedAttributes(before, before)).toEqual([])
  expect(changedAttributes(before, after).map(({ key, value }) => [key.name, value])).toEqual([
    ['GuichetNextDueKind', null],
    ['GuichetNextDue', null],
    ['GuichetBreached', true],
  ])
})

it('gives none to a deleted stream, which is reported', async () => {
  const reported: string[] = []
  const read = (deleted: string) => {
    const desk = deskAround(deskInMemory(), () => ({ clockState: () => Promise.reject(new StreamDeleted(deleted)) }))
    return readClockState(desk, stream, now, async (lost) => void reported.push(lost.stream))
  }
  expect(await read(stream)).toEqual({ stream, deadlines: [] })
  expect(reported).toEqual([stream])
  await expect(read('configuration-desk')).rejects.toThrow(StreamDeleted)
})
