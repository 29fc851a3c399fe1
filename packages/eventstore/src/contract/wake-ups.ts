import { describe, expect, it } from 'vitest'
import type { Clause } from './harness.ts'
import { newStream, notes } from './sample-events.ts'

/** Whoever listens is woken after an append, until they stop. */
export const wakeUps: Clause = ({ store }) => {
  describe('onAppended', () => {
    it('wakes after an append, until it is told to stop', async () => {
      let wakes = 0
      const woken = new Promise<void>((resolve) => {
        const stop = store().onAppended(() => {
          wakes++
          stop()
          resolve()
        })
      })
      await store().append(notes(newStream(), 'any', 'a'))
      await woken
      const again = new Promise<void>((resolve) => {
        const stop = store().onAppended(() => {
          stop()
          resolve()
        })
      })
      await store().append(notes(newStream(), 'any', 'b'))
      await again
      expect(wakes).toBe(1)
    })
  })
}
