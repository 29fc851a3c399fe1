import type { Standing } from '@guichet/domain'
import { instant, streamName } from '@guichet/domain'
import { expect, it } from 'vitest'
import { asChange } from './standing.ts'
import { isClocked } from './workflow/stream-change.ts'

const stream = streamName('ticket', 'T1')
const deadlines = [{ kind: 'chase', dueAt: instant('2026-03-02T10:00:00Z'), cycle: 1 }]
const paused: Standing = { version: 3, deadlines: [], labels: { late: false, outstanding: true, sla: 'PAUSED' } }
const now = { held: false, labelled: true }

it('gives a stream a clock while something is outstanding on it that operators can look for', () => {
  expect(asChange(stream, paused, now).labels).toEqual({ breached: false, outstanding: true, sla: 'PAUSED' })
  expect(isClocked(asChange(stream, paused, now))).toBe(true)
  expect(isClocked(asChange(stream, paused, { ...now, labelled: false }))).toBe(false)
  expect(isClocked(asChange(stream, { ...paused, labels: undefined }, now))).toBe(false)
})

it('gives it one while something falls due, whoever looks for it', () => {
  const due = { ...paused, deadlines, labels: { late: false, outstanding: false } }
  expect(asChange(stream, due, now).labels).toEqual({ breached: false })
  expect(isClocked(asChange(stream, due, { ...now, labelled: false }))).toBe(true)
})

it('gives none to a stream that an import holds', () => {
  expect(isClocked(asChange(stream, { ...paused, deadlines }, { ...now, held: true }))).toBe(false)
})
