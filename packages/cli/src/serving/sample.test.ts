import { beforeAll, describe, expect, it } from 'vitest'
import type { Desk, Instant } from '@guichet/domain'
import { createDesk, guichetEvents, inMemoryStore } from '@guichet/domain'
import { deskAround } from '@guichet/domain/testing'
import { unconfigured } from '@guichet/desk/configuration'
import { fillDesk, isMadeUp } from './serving.ts'

const newDesk = (): Desk =>
  createDesk({
    store: inMemoryStore({ catalogue: guichetEvents }),
    now: () => '2026-06-01T00:00:00.000Z' as Instant,
    newId: () => crypto.randomUUID(),
    policy: unconfigured,
  })
const end = '2026-06-01T00:00:00.000Z' as Instant
const anHourLater = '2026-06-01T01:00:00.000Z' as Instant
const sizeOf = async ({ store }: Desk): Promise<number> => (await store.readAll({ limit: 100_000 })).length

const streamsOf = async ({ store }: Desk): Promise<string[]> =>
  (await store.readAll({ limit: 100_000 })).map(({ stream }) => stream)

/** Returns a desk whose filling was interrupted after a number of stretches. */
async function interrupted(after: number): Promise<Desk> {
  const desk = newDesk()
  const interruption = new AbortController()
  let sent = 0
  const interrupted = deskAround(desk, (entry) => ({
    executeTogether: async (...command) => {
      const outcome = await entry.executeTogether(...command)
      if (++sent === after) interruption.abort(new Error('interrupted'))
      return outcome
    },
  }))
  await expect(fillDesk(interrupted, end, interruption.signal)).rejects.toThrow('interrupted')
  return desk
}

describe('the sample', () => {
  /** Filled without an interruption. */
  let whole: Desk
  let filled: Awaited<ReturnType<typeof fillDesk>>
  beforeAll(async () => {
    whole = newDesk()
    filled = await fillDesk(whole, end)
  })

  it('fills an empty store once', async () => {
    expect(filled).toMatchObject({ tickets: 150 })
    const size = await sizeOf(whole)
    expect(await fillDesk(whole, anHourLater)).toBeUndefined()
    expect(await sizeOf(whole)).toBe(size)
    expect(await isMadeUp(whole)).toBe(true)
  })

  it('resumes after an interruption, to the same history', async () => {
    const desk = await interrupted(20)
    expect(await sizeOf(desk)).toBeLessThan(await sizeOf(whole))
    expect(await fillDesk(desk, anHourLater)).toMatchObject({ tickets: 150 })
    expect(await sizeOf(desk)).toBe(await sizeOf(whole))
  })

  it('is left alone when its tickets are no longer available', async () => {
    const desk = await interrupted(20)
    const [known, streams] = await Promise.all([desk, whole].map(streamsOf))
    const missing = streams?.find((stream) => stream.startsWith('ticket-') && !known?.includes(stream)) ?? ''
    const open = { type: 'open', subject: 'x', body: 'y', customer: { id: 'carl' } } as const
    await desk.execute('ticket', missing.slice('ticket-'.length), open, { by: { kind: 'agent', id: 'ann' } })
    expect(await fillDesk(desk, anHourLater)).toBeUndefined()
    const size = await sizeOf(desk)
    expect(await fillDesk(desk, anHourLater)).toBeUndefined()
    expect(await sizeOf(desk)).toBe(size)
  })

  it('is only for an empty store', async () => {
    const desk = newDesk()
    const start = { type: 'start', source: 'log.csv', mapping: 'servicenow' } as const
    await desk.engine.execute('import', 'old', start, { by: { kind: 'system', id: 'import' } })
    expect(await isMadeUp(desk)).toBe(false)
    expect(await fillDesk(desk, end)).toBeUndefined()
    expect(await isMadeUp(desk)).toBe(false)
    expect(await sizeOf(desk)).toBe(1)
  })
})
