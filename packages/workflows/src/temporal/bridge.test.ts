import { ServiceError } from '@temporalio/client'
import { expect, it } from 'vitest'
import { instant } from '@guichet/domain'
import { StoreUnavailable } from '@guichet/eventstore'
import { isAway, summaryOf } from './bridge.ts'

/** The client's error for a gRPC status of the server. */
const answered = (code: number, details: string) =>
  new ServiceError('Failed to start workflow', {
    cause: Object.assign(new Error(`${code}: ${details}`), { code, details, metadata: {} }),
  })

it.each([
  ['unavailable', answered(14, 'No connection established')],
  ['too slow', answered(4, 'Deadline exceeded')],
  ['over its limit of calls', answered(8, 'namespace rate limit exceeded')],
  ['overloaded', answered(8, 'System overloaded')],
  ['without leave', answered(7, 'Request unauthorized.')],
  ['behind an event store that is away', new StoreUnavailable('nothing answers')],
])('counts as an unavailable server: %s', (_, error) => {
  expect(isAway(error)).toBe(true)
})

it.each([
  ['is refused for what it says', answered(3, 'BlobSize exceeds limit')],
  ['is busy', answered(8, 'Workflow is busy.')],
  ['has lost events', new RangeError('the stream has lost events')],
])('counts as a failing stream, and not as an unavailable server: %s', (_, error) => {
  expect(isAway(error)).toBe(false)
})

const at = (text: string) => instant(new Date(text))
const missedAt = at('2026-11-23T09:00:00Z')
const chase = { kind: 'chase', dueAt: at('2026-11-24T09:00:00Z'), cycle: 1 } as const
const late = { status: 'in_progress', breached: true } as const
const firstResponse = { target: 'first_response', since: missedAt } as const
const resolution = { target: 'resolution', since: chase.dueAt } as const

it.each([
  ['the next deadline', [chase], undefined, `ticket 7: chase due ${chase.dueAt}`],
  ['the status', [], { status: 'closed', breached: false }, 'ticket 7 (closed): nothing falls due'],
  [
    'a missed target beside it',
    [chase],
    { ...late, missed: [firstResponse] },
    `ticket 7 (in_progress): chase due ${chase.dueAt}; first_response missed since ${missedAt}`,
  ],
  [
    'each target, where all are missed',
    [],
    { ...late, missed: [firstResponse, resolution] },
    `ticket 7 (in_progress): first_response missed since ${missedAt}; resolution missed since ${chase.dueAt}`,
  ],
  ['a desk that is late otherwise', [], late, 'ticket 7 (in_progress): nothing falls due'],
] as const)('the summary of a clock names %s', (_, deadlines, labels, summary) => {
  expect(summaryOf({ stream: 'ticket-t', deadlines, ...(labels && { labels }) }, 7)).toBe(summary)
})

it('the summary of a clock names the stream, where it is no ticket or its number is not known yet', () => {
  expect(summaryOf({ stream: 'ticket-t', deadlines: [] }, undefined)).toBe('ticket-t: nothing falls due')
  expect(summaryOf({ stream: 'draft-zoe@example.org', deadlines: [] }, undefined)).toMatch(/^draft-[\da-f]{32}: /)
})
