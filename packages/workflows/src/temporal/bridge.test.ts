import { ServiceError } from '@temporalio/client'
import { expect, it } from 'vitest'
import { StoreUnavailable } from '@guichet/eventstore'
import { isAway } from './bridge.ts'

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
