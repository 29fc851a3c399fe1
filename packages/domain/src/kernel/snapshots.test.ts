import { describe, expect, it } from 'vitest'
import { guichetEvents } from '../desk/categories.ts'
import { createDesk } from '../desk/desk.ts'
import type { Desk } from '../desk/processes.ts'
import { alex, chatOfLength, monday } from '../testing/examples.ts'
import { fold } from './decider.ts'
import type { EventStore, StoredSnapshot } from './event-store.ts'
import type { MemoryEvent } from './memory-store.ts'
import { inMemoryStore } from './memory-store.ts'
import { isSnapshotDue } from './snapshots.ts'
import { evolveChat } from '../chat/state.ts'
import type { ChatState } from '../chat/state.ts'

const stream = 'chat-C1'

/** A process on a history, which counts the events of streams that it reads. */
function processOn(log: MemoryEvent[], change: (store: EventStore) => Partial<EventStore> = () => ({})) {
  const reads = { events: 0 }
  const store: EventStore = inMemoryStore({ catalogue: guichetEvents, log })
  let ids = 0
  const counting: EventStore = {
    ...store,
    readStream: async (...given) => {
      const page = await store.readStream(...given)
      if (given[0] === stream) reads.events += page.length
      return page
    },
    ...change(store),
  }
  const desk = createDesk({ store: counting, now: () => monday, newId: () => `id-${log.length}-${++ids}` })
  return { desk, store, reads }
}

/** The log of a chat of this many events. */
async function chatLog(events: number): Promise<MemoryEvent[]> {
  const store = inMemoryStore({ catalogue: guichetEvents })
  await store.append({ stream, expectedVersion: 0, commandId: 'history', events: chatOfLength(events) })
  return store.log
}

const say = async (desk: Desk, messageId: string): Promise<ChatState> => {
  const outcome = await desk.execute('chat', 'C1', { type: 'send', messageId, body: 'Oui' }, { by: alex, at: monday })
  if (!outcome.ok || !outcome.value.state) throw new Error('the message was not stored')
  return outcome.value.state
}

const initial: ChatState = { status: 'absent' }

const folded = (log: readonly MemoryEvent[]): ChatState =>
  fold(
    { initial, evolve: evolveChat },
    log.map(
      ({ stored: { data, ...event } }) => ({ ...(data as object), ...event }) as Parameters<typeof evolveChat>[1],
    ),
  )

const loaded = async (store: EventStore): Promise<StoredSnapshot | undefined> => store.snapshots?.load(stream)

describe('the snapshot of a long stream', () => {
  it('is where a process begins to read that has not seen the stream', async () => {
    const log = await chatLog(10_000)
    const first = processOn(log)
    await say(first.desk, 'one')
    expect(first.reads.events).toBe(10_000)
    expect(await loaded(first.store)).toMatchObject({ version: 10_000 })
    const second = processOn(log)
    const state = await say(second.desk, 'two')
    expect(second.reads.events).toBe(2)
    expect(state).toEqual(folded(log))
  })

  it('follows the stream at a distance of at most an eighth of it', async () => {
    const log = await chatLog(8_000)
    const { desk, store } = processOn(log)
    await say(desk, 'first')
    for (let index = 0; index < 1_100; index++) await say(desk, `m${index}`)
    const { version = 0 } = (await loaded(store)) ?? {}
    expect(version).toBe(9_000)
    const { desk: next, reads } = processOn(log)
    expect(await say(next, 'next')).toEqual(folded(log))
    expect(reads.events).toBeLessThan(log.length / 8)
  })

  it('is not written for a short stream', async () => {
    const log = await chatLog(400)
    const { desk, store } = processOn(log)
    await say(desk, 'one')
    expect(await loaded(store)).toBeUndefined()
  })

  it.each<[string, (known: StoredSnapshot) => StoredSnapshot | undefined]>([
    ['missing', () => undefined],
    ['of another fold', (known) => ({ ...known, fold: 'chat-0' })],
    ['of another history', (known) => ({ ...known, position: '7' as StoredSnapshot['position'] })],
    ['ahead of the stream', (known) => ({ ...known, version: known.version + 1_000 })],
  ])('is ignored when it is %s', async (_, change) => {
    const log = await chatLog(1_200)
    const first = processOn(log)
    await say(first.desk, 'one')
    const known = await loaded(first.store)
    if (!known) throw new Error('there is no snapshot')
    const { desk, reads } = processOn(log, () => ({
      snapshots: { load: async () => change(known), save: async () => undefined },
    }))
    const before = log.length
    expect(await say(desk, 'two')).toEqual(folded(log))
    expect(reads.events).toBeGreaterThanOrEqual(before)
  })

  it('is not needed: a store may have none', async () => {
    const log = await chatLog(1_200)
    const { desk } = processOn(log, (store) => {
      const { snapshots: _, ...rest } = store
      return { ...rest, snapshots: undefined } as unknown as EventStore
    })
    expect(await say(desk, 'one')).toEqual(folded(log))
  })
})

it('is due so seldom that its work per event has a bound, and so often that little is left to read', () => {
  let [last, written] = [0, 0]
  const tooFar: number[] = []
  for (let version = 1; version <= 100_000; version++) {
    if (isSnapshotDue(version - 1, version, 500)) {
      written += version
      last = version
    }
    if (version - last > Math.max(500, version / 8)) tooFar.push(version)
  }
  expect(tooFar).toEqual([])
  expect(written / 100_000).toBeLessThan(17)
})
