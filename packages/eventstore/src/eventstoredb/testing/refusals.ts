import { Metadata, status } from '@grpc/grpc-js'
import type { StatusObject } from '@grpc/grpc-js'
import type { Faults } from './faults.ts'

/** A refusal as the server sends it: a status, and an exception by name in the trailing metadata. */
type Refusal = Partial<StatusObject> & { readonly code: status; readonly details: string }

const refusal = (code: status, details: string, exception: string, more: Record<string, string> = {}): Refusal => {
  const metadata = new Metadata()
  metadata.set('exception', exception)
  for (const [key, value] of Object.entries(more)) metadata.set(key, value)
  return { code, details, metadata }
}

export const unavailable: Refusal = { code: status.UNAVAILABLE, details: 'Server Is Not Ready' }
export const noOptions: Refusal = { code: status.INVALID_ARGUMENT, details: 'Invalid options' }

/** What a server of 23.10 says of a position at which no record begins. */
export const offTheLog: Refusal = { code: status.UNKNOWN, details: 'Unexpected ReadAllResult: Error' }

/** Why nothing is read from, or appended to, a stream that was deleted. */
export const streamDeleted = (stream: string): Refusal =>
  refusal(status.FAILED_PRECONDITION, `Event stream '${stream}' is deleted.`, 'stream-deleted', {
    'stream-name': stream,
  })

/** Why an append of more than so many bytes is refused. */
export const tooLarge = (limit: number): Refusal =>
  refusal(status.INVALID_ARGUMENT, `Maximum Append Size of ${limit} Exceeded.`, 'maximum-append-size-exceeded', {
    'maximum-append-size': String(limit),
  })

/** Why a request is turned away at the door, if it is. */
export function turnedAway(faults: Faults, metadata: Metadata): Refusal | undefined {
  if (faults.unavailable > 0) {
    faults.unavailable--
    return unavailable
  }
  if (faults.locked && metadata.get('authorization').length === 0) {
    return refusal(status.PERMISSION_DENIED, 'Access Denied', 'access-denied')
  }
  if (faults.authorization !== undefined && metadata.get('authorization')[0] !== faults.authorization) {
    return { code: status.UNAUTHENTICATED, details: 'Unauthenticated' }
  }
  if (faults.leader && metadata.get('requires-leader')[0] === 'true') {
    const { host, port } = faults.leader
    return refusal(status.NOT_FOUND, `Leader info available`, 'not-leader', {
      'leader-endpoint-host': host,
      'leader-endpoint-port': String(port),
    })
  }
  return undefined
}
