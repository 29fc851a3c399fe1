import { afterEach, describe, expect, it, vi } from 'vitest'
import { createGroupCommit } from './group-commit.ts'

type Request = { readonly stream: string; readonly events: readonly string[] }
type Sent = {
  readonly batch: readonly Request[]
  answer(outcomes?: readonly string[]): void
  fail(error: Error): void
}

type Options = { readonly maxInFlight?: number; readonly maxEvents?: number; readonly gatherMs?: number }

/** A group commit whose batches the test answers by hand. */
function setUp({ maxInFlight = 1, maxEvents = 10, ...gathering }: Options = {}) {
  const sent: Sent[] = []
  const group = createGroupCommit<Request, string>({
    maxInFlight,
    maxEvents,
    ...gathering,
    concernsAll: (error) => error instanceof RangeError,
    send: (batch) =>
      new Promise((resolve, reject) => {
        const answer: Sent['answer'] = (outcomes = batch.map(({ events }) => events.join())) => resolve(outcomes)
        sent.push({ batch, answer, fail: reject })
      }),
  })
  const submit = (stream: string, ...events: readonly string[]) => group.submit({ stream, events })
  const nextBatch = (index: number): Promise<Sent> => vi.waitUntil(() => sent[index], { interval: 1 })
  const batches = () => sent.map(({ batch }) => batch.map(({ stream, events }) => `${stream}:${events.join('+')}`))
  return { group, submit, nextBatch, batches, sent }
}

describe('group commit', () => {
  it('sends concurrent requests together, and gathers the rest while a batch is under way', async () => {
    const { submit, nextBatch, batches } = setUp()
    const first = [submit('a', '1'), submit('b', '2')]
    const one = await nextBatch(0)
    const later = [submit('c', '3'), submit('d', '4')]
    one.answer()
    ;(await nextBatch(1)).answer()
    expect(await Promise.all([...first, ...later])).toEqual(['1', '2', '3', '4'])
    expect(batches()).toEqual([
      ['a:1', 'b:2'],
      ['c:3', 'd:4'],
    ])
  })

  it('keeps requests for one stream in order, one per batch, without delaying others', async () => {
    const { submit, nextBatch, batches } = setUp({ maxInFlight: 2 })
    const all = [submit('a', '1'), submit('a', '2'), submit('b', '3'), submit('a', '4')]
    ;(await nextBatch(0)).answer()
    ;(await nextBatch(1)).answer()
    ;(await nextBatch(2)).answer()
    expect(await Promise.all(all)).toEqual(['1', '2', '3', '4'])
    expect(batches()).toEqual([['a:1', 'b:3'], ['a:2'], ['a:4']])
  })

  it('has no more batches under way than it may', async () => {
    const { submit, nextBatch, sent } = setUp({ maxInFlight: 2, maxEvents: 1 })
    const all = ['a', 'b', 'c'].map((stream) => submit(stream, stream))
    await nextBatch(1)
    await new Promise((resolve) => setImmediate(resolve))
    expect(sent).toHaveLength(2)
    for (let index = 0; index < 3; index++) (await nextBatch(index)).answer()
    expect(await Promise.all(all)).toEqual(['a', 'b', 'c'])
  })

  it('limits the events of a batch, but sends a larger request alone', async () => {
    const { submit, nextBatch, batches } = setUp({ maxEvents: 2 })
    const all = [submit('a', '1'), submit('b', '2', '3', '4'), submit('c', '5'), submit('d', '6')]
    for (let index = 0; index < 3; index++) (await nextBatch(index)).answer()
    await Promise.all(all)
    expect(batches()).toEqual([['a:1'], ['b:2+3+4'], ['c:5', 'd:6']])
  })

  it('sends each request again alone when a batch fails, so that one bad request fails alone', async () => {
    const { submit, nextBatch, batches } = setUp()
    const settled = Promise.allSettled([submit('a', '1'), submit('b', 'bad'), submit('c', '3')])
    ;(await nextBatch(0)).fail(new Error('somewhere in there'))
    ;(await nextBatch(1)).answer()
    ;(await nextBatch(2)).fail(new Error('bad'))
    ;(await nextBatch(3)).answer()
    expect(await settled).toMatchObject([{ value: '1' }, { reason: { message: 'bad' } }, { value: '3' }])
    expect(batches()).toEqual([['a:1', 'b:bad', 'c:3'], ['a:1'], ['b:bad'], ['c:3']])
  })

  it('fails all requests of a batch for a reason that concerns all, and sends nothing twice', async () => {
    const { submit, nextBatch, batches } = setUp()
    const settled = Promise.allSettled([submit('a', '1'), submit('b', '2')])
    ;(await nextBatch(0)).fail(new RangeError('connection lost'))
    expect(await settled).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }])
    expect(batches()).toHaveLength(1)
  })

  it('sends a busy request again alone, and delays no other', async () => {
    const { submit, nextBatch, batches } = setUp()
    const [busy, behind, other] = [submit('a', '1'), submit('a', '2'), submit('b', '3')]
    ;(await nextBatch(0)).answer(['busy', '3'])
    expect(await other).toBe('3')
    const alone = await nextBatch(1)
    const free = submit('c', '4')
    ;(await nextBatch(2)).answer()
    expect(await free).toBe('4')
    alone.answer()
    ;(await nextBatch(3)).answer()
    expect(await Promise.all([busy, behind])).toEqual(['1', '2'])
    expect(batches()).toEqual([['a:1', 'b:3'], ['a:1'], ['c:4'], ['a:2']])
  })

  it('limits concurrent repeats, and lets batches pass meanwhile', async () => {
    const { submit, nextBatch, batches, sent } = setUp({ maxInFlight: 2 })
    const all = ['a', 'b', 'c', 'd', 'e'].map((stream) => submit(stream, stream))
    ;(await nextBatch(0)).fail(new Error('somewhere in there'))
    await nextBatch(2)
    await new Promise((resolve) => setImmediate(resolve))
    expect(batches().slice(1)).toEqual([['a:a'], ['b:b']])
    const free = submit('f', 'f')
    ;(await nextBatch(3)).answer()
    expect(await free).toBe('f')
    for (let index = 1; index < 7; index++) {
      ;(await nextBatch(index)).answer()
      expect(sent.length).toBeLessThanOrEqual(index + 3)
    }
    expect(await Promise.all(all)).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  it('sends a busy request again until it is answered', async () => {
    const { group, submit, nextBatch, batches } = setUp()
    const [busy, behind] = [submit('a', '1'), submit('a', '2')]
    for (let index = 0; index < 3; index++) (await nextBatch(index)).answer(['busy'])
    ;(await nextBatch(3)).answer()
    expect(await busy).toBe('1')
    ;(await nextBatch(4)).answer()
    expect(await behind).toBe('2')
    await group.idle()
    expect(batches()).toEqual([['a:1'], ['a:1'], ['a:1'], ['a:1'], ['a:2']])
  })

  it('is idle when everything is answered', async () => {
    const { group, submit, nextBatch } = setUp()
    await group.idle()
    const events: string[] = []
    const both = [submit('a', '1'), submit('a', '2')].map((done) => done.then((outcome) => events.push(outcome)))
    const idle = group.idle().then(() => events.push('idle'))
    ;(await nextBatch(0)).answer()
    ;(await nextBatch(1)).answer()
    await Promise.all([...both, idle])
    expect(events).toEqual(['1', '2', 'idle'])
  })
})

describe('group commit that gathers', () => {
  const nextTurn = () => new Promise((resolve) => setImmediate(resolve))
  /** Lets what was answered take effect, and what may leave then leave. */
  const nextTurns = async () => {
    await nextTurn()
    await nextTurn()
  }
  const setUpGathering = () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    return setUp({ gatherMs: 20, maxEvents: 3 })
  }
  afterEach(() => void vi.useRealTimers())

  it('sends together what comes within that time', async () => {
    const { submit, batches, sent } = setUpGathering()
    const first = submit('a', '1')
    vi.advanceTimersByTime(19)
    const second = submit('b', '2')
    await nextTurn()
    expect(sent).toHaveLength(0)
    vi.advanceTimersByTime(1)
    expect(batches()).toEqual([['a:1', 'b:2']])
    sent[0]?.answer()
    expect(await Promise.all([first, second])).toEqual(['1', '2'])
  })

  it('waits no longer once a batch is full, and gathers again for the next one', async () => {
    const { submit, batches, sent } = setUpGathering()
    const all = [submit('a', '1'), submit('b', '2', '3'), submit('c', '4')]
    await nextTurn()
    expect(batches()).toEqual([['a:1', 'b:2+3']])
    sent[0]?.answer()
    await Promise.all(all.slice(0, 2))
    await nextTurns()
    vi.advanceTimersByTime(19)
    await nextTurns()
    expect(sent).toHaveLength(1)
    vi.advanceTimersByTime(1)
    expect(batches().slice(1)).toEqual([['c:4']])
    sent[1]?.answer()
    expect(await Promise.all(all)).toEqual(['1', '2,3', '4'])
  })

  it('sends a full batch at once that has waited for another one', async () => {
    const { submit, batches, sent } = setUpGathering()
    const first = submit('a', '1', '2', '3')
    await nextTurn()
    const others = [submit('b', '4', '5'), submit('c', '6')]
    sent[0]?.answer()
    await first
    await nextTurns()
    expect(batches()).toEqual([['a:1+2+3'], ['b:4+5', 'c:6']])
    sent[1]?.answer()
    await Promise.all(others)
  })

  it('is idle after what it gathers is answered', async () => {
    const { group, submit, sent } = setUpGathering()
    const events: string[] = []
    const done = submit('a', '1').then((outcome) => events.push(outcome))
    const idle = group.idle().then(() => events.push('idle'))
    await nextTurn()
    expect(events).toEqual([])
    vi.advanceTimersByTime(20)
    sent[0]?.answer()
    await Promise.all([done, idle])
    expect(events).toEqual(['1', 'idle'])
  })
})
