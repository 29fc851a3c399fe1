import { expect, it } from 'vitest'
import type { EventEnvelope } from '@guichet/domain'
import { createDesk, guichetEvents, inMemoryStore, instant } from '@guichet/domain'
import { createChannelWatch } from './channel-watch.ts'
import type { Listener } from '../services.ts'

/** A watch whose feed is moved by hand. */
function watched() {
  const followed: { stream: string; listener: Listener }[] = []
  const reads = { configuration: 0 }
  const now = () => instant('2026-03-27T09:00:00Z')
  const desk = createDesk({
    store: inMemoryStore({ catalogue: guichetEvents }),
    now,
    newId: () => 'id',
  })
  const refreshConfiguration = async () => void reads.configuration++
  const watch = createChannelWatch({
    desk: { terms: () => desk.terms(), timeline: desk.timeline, refreshConfiguration },
    changes: {
      listen: () => Promise.reject(new Error('nobody listens to all events')),
      follow: async (stream, listener) => {
        const own = { stream, listener }
        followed.push(own)
        return () => void followed.splice(followed.indexOf(own), 1)
      },
    },
    now,
    onError: (error) => {
      throw error
    },
  })
  const applied = () => {
    for (const { listener } of followed) listener([{ stream: 'configuration-desk' } as EventEnvelope])
  }
  return { watch, followed, reads, applied }
}

it('follows the configuration once, and reads it once and wakes each once when one is applied', async () => {
  const { watch, followed, reads, applied } = watched()
  let wakes = 0
  const leaves = await Promise.all(Array.from({ length: 50 }, () => watch.follow(() => void wakes++)))
  expect(followed.map(({ stream }) => stream)).toEqual(['configuration-desk'])
  applied()
  await expect.poll(() => wakes).toBe(50)
  expect(reads.configuration).toBe(1)
  for (const leave of leaves) leave()
  await expect.poll(() => followed).toEqual([])
})

it('follows it again for who comes after all others have left', async () => {
  const { watch, followed, applied } = watched()
  const first = await watch.follow(() => undefined)
  first()
  let wakes = 0
  const leave = await watch.follow(() => void wakes++)
  await expect.poll(() => followed).toHaveLength(1)
  applied()
  await expect.poll(() => wakes).toBe(1)
  leave()
})
