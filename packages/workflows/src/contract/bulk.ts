import { expect } from 'vitest'
import type { Instant } from '@guichet/domain'
import { days, elapsed, instant, later, latest, streamName } from '@guichet/domain'
import { inParallel } from '../supervision.ts'
import type { Clause, Scene } from './scene.ts'

const few = 8
const promisedMs = 2_000

/** A deadline on a ticket. */
type Due = { readonly id: string; readonly dueAt: Instant }

/**
 * Sets the clocks of many tickets at once, and returns by how many milliseconds the latest of a few others was late
 * meanwhile.
 */
type Bulk = (scene: Scene, count: number) => Promise<number>

const now = (): Instant => instant(new Date())
const opened = (count: number, open: () => Promise<string>): Promise<void> =>
  inParallel(Array.from({ length: count }), 16, async () => void (await open()))

/** A few tickets with a deadline after `ms` milliseconds, one after the other. */
const dueSoon = (open: (ms: number) => Promise<string>): Promise<readonly Due[]> =>
  Promise.all(
    Array.from({ length: few }, async (_, n) => {
      const ms = 1_500 + n * 200
      const dueAt = later(now(), ms)
      return { id: await open(ms), dueAt }
    }),
  )
const chased = (scene: Scene): Promise<readonly Due[]> => dueSoon((ms) => scene.waitingTicket(days(3) - ms))

/** @param since the time before which no engine could know of the deadlines. */
async function latenessOf(scene: Scene, due: readonly Due[], since: Instant): Promise<number> {
  const late: number[] = []
  for (const { id, dueAt } of due) {
    await scene.untilFired(id, 1)
    const [first] = (await scene.desk.store.readStream(streamName('ticket', id))).filter(
      ({ event }) => event.by.id === 'clock',
    )
    late.push(elapsed(latest(dueAt, since), first?.recordedAt ?? now()))
  }
  return Math.max(...late)
}

const bulks: Readonly<Record<string, Bulk>> = {
  'an engine starts again': async (scene, count) => {
    await opened(count, () => scene.waitingTicket())
    const due = await chased(scene)
    await scene.startEngine()
    return latenessOf(scene, due, now())
  },

  'an import ends': async (scene, count) => {
    await scene.startEngine()
    const imported = await scene.importedTicket(0, count)
    const before = await chased(scene)
    const begun = now()
    await imported.completed()
    return latenessOf(scene, [...before, ...(await chased(scene))], begun)
  },

  'another configuration moves their deadlines': async (scene, count) => {
    await scene.startEngine()
    const begun = later(now(), -days(30))
    await scene.promises({ firstResponse: '20d' }, begun)
    await opened(count, () => scene.newTicket())
    const moved = await dueSoon((ms) => scene.newTicket(days(7.5) - ms))
    const beside = await chased(scene)
    const applied = now()
    await scene.promises({ firstResponse: '10d' }, begun)
    return latenessOf(scene, [...moved, ...beside], applied)
  },
}

/**
 * By how many milliseconds the few may be late beside many others: two seconds, or a fifth of the time that the others
 * took on a busy machine, and several times as much as they are late there alone. Starved, they would wait for all of
 * the others.
 */
const allowed = (alone: number, tookMs: number): number => Math.max(promisedMs, tookMs / 5) + 4 * alone

/**
 * How often it is measured before it counts as late: starvation delays the few each time, other work on the machine
 * does not.
 */
const tries = 3

/** Many concurrent clocks that are not due for days. */
export const bulk =
  (many: number): Clause =>
  (it) => {
    it.for(Object.entries(bulks))(
      'fires due deadlines within two seconds while many other clocks are set, since %s',
      { timeout: 300_000 },
      async ([, act], { open }) => {
        const acted = async (count: number): Promise<{ readonly late: number; readonly tookMs: number }> => {
          const scene = await open()
          const startedAt = performance.now()
          const late = await act(scene, count)
          const tookMs = performance.now() - startedAt
          await scene.dispose()
          return { late, tookMs }
        }
        const excess: number[] = []
        while (excess.length < tries && excess.every((ms) => ms > 0)) {
          const alone = await acted(1)
          const { late, tookMs } = await acted(many)
          excess.push(late - allowed(alone.late, tookMs))
        }
        expect(Math.min(...excess)).toBeLessThanOrEqual(0)
      },
    )
  }
