import type { Position, TicketEvent } from '@guichet/domain'
import { parseStream } from '@guichet/domain'
import { ticketOpened } from '@guichet/domain/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ProjectionContext, RecordedEvent } from '../runner/projection.ts'
import type { StreamHistory } from '../runner/stream-history.ts'
import { createStreamFolding, movedBy, partOf, within } from './stream-folding.ts'

const recorded = (stream: string, version: number): RecordedEvent =>
  ({
    event: ticketOpened(),
    id: `${stream}/${version}`,
    stream,
    version,
    position: `${version}`,
  }) as unknown as RecordedEvent

/** Streams whose events have their versions as positions; counts the reads. */
function streams(lengths: Readonly<Record<string, number>>) {
  const read: string[] = []
  const history: StreamHistory = {
    async *read(stream, end) {
      const last = 'version' in end ? end.version : Number(end.position)
      read.push(`${stream}/${last}`)
      const { id } = parseStream(stream)
      yield Array.from({ length: Math.min(last, lengths[id] ?? 0) }, (_, index) => recorded(stream, index + 1))
    },
  }
  return { read, context: { tx: {} as ProjectionContext['tx'], history } }
}

const counting = (most?: { streams: number; events: number }) =>
  createStreamFolding<TicketEvent, { readonly count: number }>(
    { category: 'ticket', initial: { count: 0 }, evolve: ({ count }) => ({ count: count + 1 }) },
    most,
  )

describe('a folding of streams', () => {
  it('gives the state of each stream before and after each event, and over the batch', async () => {
    const { context, read } = streams({})
    const batch = [
      recorded('ticket-a', 1),
      recorded('recipient-a', 1),
      recorded('ticket-b-1', 1),
      recorded('ticket-a', 2),
    ]
    const steps = await counting().steps(batch, context)
    expect(steps.map(({ id, before, after }) => [id, before.count, after.count])).toEqual([
      ['a', 0, 1],
      ['b-1', 0, 1],
      ['a', 1, 2],
    ])
    expect(movedBy(steps)).toEqual([
      { id: 'a', version: 2, before: { count: 0 }, after: { count: 2 } },
      { id: 'b-1', version: 1, before: { count: 0 }, after: { count: 1 } },
    ])
    expect(movedBy(within(batch.slice(2), steps))).toMatchObject([{ id: 'b-1' }, { id: 'a', before: { count: 1 } }])
    expect(read).toEqual([])
  })

  it('reads the history of a stream that is not in memory, up to the batch', async () => {
    const { context, read } = streams({ a: 9 })
    const [step] = await counting().steps([recorded('ticket-a', 8)], context)
    expect(step).toMatchObject({ before: { count: 7 }, after: { count: 8 } })
    expect(read).toEqual(['ticket-a/7'])
  })

  it.each([
    { bound: 'streams', most: { streams: 2, events: 100 } },
    { bound: 'events', most: { streams: 100, events: 2 } },
  ])('caches the most recently folded streams, by the number of $bound', async ({ most }) => {
    const { context, read } = streams({ a: 2, b: 2, c: 2 })
    const { steps } = counting(most)
    await steps([recorded('ticket-a', 1), recorded('ticket-b', 1), recorded('ticket-c', 1)], context)
    await steps([recorded('ticket-a', 2), recorded('ticket-c', 2)], context)
    expect(read).toEqual(['ticket-a/1'])
  })

  it('folds again after a rollback', async () => {
    const { context, read } = streams({ a: 2 })
    const { steps } = counting()
    await steps([recorded('ticket-a', 1), recorded('ticket-a', 2)], context)
    expect(await steps([recorded('ticket-a', 2)], context)).toMatchObject([{ before: { count: 1 } }])
    expect(read).toEqual(['ticket-a/1'])
  })

  it('caches for each connection its own place in the history', async () => {
    const [live, rebuild] = [streams({ a: 3 }), streams({ a: 3 })]
    const { steps } = counting()
    await steps([recorded('ticket-a', 1), recorded('ticket-a', 2)], live.context)
    await steps([recorded('ticket-a', 1)], rebuild.context)
    await steps([recorded('ticket-a', 3)], live.context)
    await steps([recorded('ticket-a', 2)], rebuild.context)
    expect([...live.read, ...rebuild.read]).toEqual([])
  })

  it('follows the state of streams that batches do not move, and reads their histories once', async () => {
    const { context, read } = streams({ a: 5 })
    const folding = counting()
    const after = async (ids: readonly string[], from: number, ...batch: readonly RecordedEvent[]) => {
      const states = await folding.statesAfter(ids, batch, { ...context, from: `${from}` as Position })
      return [...states].map(([id, { count }]) => [id, count])
    }
    const [a, b] = [
      ['a', 5],
      ['b', 0],
    ]
    expect(await after(['a', 'b'], 5, recorded('agent-x', 6))).toEqual([a, b])
    expect(await after(['a', 'b'], 5, recorded('agent-x', 6))).toEqual([a, b])
    expect(await after(['a'], 6, { ...recorded('ticket-a', 6), position: '7' as Position })).toEqual([['a', 6]])
    expect(await after(['a'], 7, recorded('agent-x', 8))).toEqual([['a', 6]])
    expect(read).toEqual(['ticket-a/5', 'ticket-b/5', 'ticket-a/5'])
  })

  it('reads a history again when another process has moved the checkpoint, and none at the beginning', async () => {
    const { context, read } = streams({ a: 9 })
    const folding = partOf(counting(), ({ count }) => count)
    const after = (from: Position | undefined, batch: readonly RecordedEvent[]) =>
      folding.statesAfter(['a'], batch, { ...context, from })
    expect(await after(undefined, [recorded('agent-x', 2)])).toEqual(new Map([['a', 0]]))
    expect(read).toEqual([])
    expect(await after('9' as Position, [recorded('agent-x', 10)])).toEqual(new Map([['a', 9]]))
    expect(read).toEqual(['ticket-a/9'])
  })

  it('reads a history again after it could not be read', async () => {
    const { context } = streams({ a: 3 })
    const folding = counting()
    const batch = [recorded('agent-x', 4)]
    const from = '3' as Position
    const unreadable: StreamHistory = {
      // eslint-disable-next-line require-yield
      async *read() {
        throw new Error('the store is away')
      },
    }
    await expect(folding.statesAfter(['a'], batch, { ...context, from, history: unreadable })).rejects.toThrow('away')
    expect(await folding.statesAfter(['a'], batch, { ...context, from })).toEqual(new Map([['a', { count: 3 }]]))
  })

  it('folds a batch once for all read models that share it', async () => {
    const { context } = streams({})
    const folding = counting()
    const batch = [recorded('ticket-a', 1)]
    expect(await folding.steps(batch, context)).toBe(await folding.steps(batch, context))
    const counts = partOf(folding, ({ count }) => count)
    expect(await counts.steps(batch, context)).toMatchObject([{ before: 0, after: 1 }])
  })

  it('folds an event of the feed once for all followers, wherever they are', async () => {
    let folded = 0
    const { steps } = createStreamFolding<TicketEvent, { readonly count: number }>({
      category: 'ticket',
      initial: { count: 0 },
      evolve: ({ count }) => {
        folded++
        return { count: count + 1 }
      },
    })
    const ahead = streams({ a: 9 })
    const behind = streams({ a: 9 })
    const late = streams({ a: 9 })
    const feed = [7, 8, 9].map((version) => Object.freeze(recorded('ticket-a', version)))
    const first = await steps(feed, ahead.context)
    expect(ahead.read).toEqual(['ticket-a/6'])
    expect(folded).toBe(9)
    expect([
      ...(await steps(feed.slice(0, 1), behind.context)),
      ...(await steps(feed.slice(1, 3), behind.context)),
    ]).toEqual(first)
    expect(await steps(feed.slice(2), late.context)).toEqual(first.slice(2))
    expect([...behind.read, ...late.read]).toEqual([])
    expect(folded).toBe(9)
  })

  it('retries after a history that could not be read', async () => {
    const { context } = streams({ a: 1 })
    const { steps } = counting()
    const batch = [recorded('ticket-a', 2)]
    const away = new Error('away')
    const broken: StreamHistory = {
      // eslint-disable-next-line require-yield
      async *read() {
        throw away
      },
    }
    await expect(steps(batch, { ...context, history: broken })).rejects.toBe(away)
    expect(await steps(batch, context)).toHaveLength(1)
  })

  it('refuses a batch that does not continue the history of a stream', async () => {
    await expect(counting().steps([recorded('ticket-a', 5)], streams({ a: 2 }).context)).rejects.toThrow(
      'ticket-a ends at version 2, a batch goes on after 4',
    )
  })

  it('gives the states of streams as of a position in the order of all events', async () => {
    const { context } = streams({ a: 3, b: 1 })
    const states = await counting().statesAt(['a', 'b', 'c'], '2' as RecordedEvent['position'], context)
    expect([...states].map(([id, { count }]) => [id, count])).toEqual([
      ['a', 2],
      ['b', 1],
      ['c', 0],
    ])
  })

  it('gives the same result for any cache size, any batches, and any other followers of the feed', async () => {
    const place = fc.record({ stream: fc.constantFrom('a', 'b', 'c'), shared: fc.boolean() })
    const cuts = fc.array(fc.array(fc.boolean(), { minLength: 61, maxLength: 61 }), { minLength: 1, maxLength: 3 })
    await fc.assert(
      fc.asyncProperty(
        fc.array(place, { maxLength: 60 }),
        cuts,
        fc.integer({ min: 1, max: 4 }),
        async (places, ends, most) => {
          const lengths: Record<string, number> = {}
          const events = [...places, { stream: 'a', shared: false }].map(({ stream, shared }) => {
            lengths[stream] = (lengths[stream] ?? 0) + 1
            const event = recorded(`ticket-${stream}`, lengths[stream])
            return shared ? Object.freeze(event) : event
          })
          const { steps } = counting({ streams: most, events: most })
          for (const endsHere of ends) {
            const { context } = streams(lengths)
            const seen: { version: number; before: number; after: number }[] = []
            let batch: RecordedEvent[] = []
            for (const [index, event] of events.entries()) {
              batch.push(event)
              if (!endsHere[index] && index + 1 < events.length) continue
              for (const { envelope, before, after } of await steps(batch, context))
                seen.push({ version: envelope.version, before: before.count, after: after.count })
              batch = []
            }
            expect(seen).toEqual(events.map(({ version }) => ({ version, before: version - 1, after: version })))
          }
        },
      ),
    )
  })
})
