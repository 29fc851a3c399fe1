import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Position } from '@guichet/domain'
import { sampleEvent } from '../testing/harness.ts'
import type { Suspicion } from './follower.ts'
import { relieve, suspect } from './follower.ts'
import type { RecordedEvent } from './projection.ts'

const recorded = (n: number): RecordedEvent => {
  const event = sampleEvent()
  const ids = { commandId: `c-${n}`, correlationId: `c-${n}`, causationId: `c-${n}` }
  const place = { stream: 'ticket-1', version: n, position: String(n) as Position }
  return { event, id: `c-${n}/0`, ...place, ...ids, recordedAt: event.at, schemaVersion: 1 }
}
const history = Array.from({ length: 200 }, (_, n) => recorded(n + 1))

/**
 * Simulates a handler that cannot process some events; returns the event at which it is stopped, and the number of
 * tries.
 */
function play(cannotTake: (n: number) => boolean): { givenUpAt: number | undefined; tries: number } {
  let suspicion: Suspicion | undefined
  let at = 0
  for (let tries = 1; ; tries++) {
    const batch = history.slice(at, at + (suspicion?.limit ?? history.length))
    if (batch.length === 0) return { givenUpAt: undefined, tries }
    if (batch.some(({ version }) => cannotTake(version))) {
      const verdict = suspect(suspicion, batch, 0)
      if (verdict === 'give up') return { givenUpAt: batch[0]?.version, tries }
      suspicion = verdict
    } else {
      at += batch.length
      suspicion = suspicion && relieve(suspicion, at >= Number(suspicion.until), 0)
    }
  }
}

it('gives up at exactly the first failing event, after few tries', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 3 }), (bad) => {
      const { givenUpAt, tries } = play((n) => bad.includes(n))
      expect(givenUpAt).toBe(Math.min(...bad))
      expect(tries).toBeLessThan(25)
    }),
  )
})

it('passes all events when a failure does not recur', () => {
  let failures = 3
  expect(play(() => failures-- > 0).givenUpAt).toBeUndefined()
})

it('waits longer after each failure of a single event', () => {
  const one = history.slice(0, 1)
  const first = suspect(undefined, one, 1_000)
  const second = first === 'give up' ? first : suspect(first, one, 2_000)
  expect([first, second]).toMatchObject([{ retryAt: 1_100 }, { retryAt: 2_200 }])
})
