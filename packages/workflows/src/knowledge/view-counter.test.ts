import { describe, expect, it } from 'vitest'
import { days, instant, later } from '@guichet/domain'
import type { ArticleView } from './readership-port.ts'
import type { WaitingView } from './view-counter.ts'
import { createViewCounter } from './view-counter.ts'

const at = instant('2026-03-02T09:00:00.000Z')
const view = (personId: string, more: Partial<ArticleView> = {}): ArticleView => ({
  articleId: 'a-1',
  language: 'en',
  personId,
  at,
  ...more,
})

function counterOf(bounds: { readonly mostWaiting?: number; readonly mostRecognised?: number } = {}) {
  const batches: (readonly WaitingView[])[] = []
  const failures: Error[] = []
  const counter = createViewCounter({
    mostWaiting: 100,
    mostRecognised: 100,
    ...bounds,
    store: async (views) => {
      const failure = failures.shift()
      if (failure) throw failure
      batches.push(views)
    },
  })
  return { counter, batches, failures, numbers: () => batches.map(({ length }) => length) }
}

describe('the counter of views', () => {
  it('gathers each person, article, language and day once, also after they were stored', async () => {
    const { counter, batches, numbers } = counterOf()
    for (let n = 0; n < 1_000; n++) counter.add(view('zoe'))
    for (const more of [{ articleId: 'a-2' }, { language: 'fr' }, { at: later(at, days(1)) }])
      counter.add(view('zoe', more))
    await counter.flush()
    counter.add(view('zoe'))
    await counter.flush()
    expect(numbers()).toEqual([4])
    expect(new Set(batches.flat().map(({ hash }) => hash)).size).toBe(4)
    expect(JSON.stringify(batches)).not.toContain('zoe')
  })

  it('keeps what cannot be stored, and drops what is more than it may hold', async () => {
    const { counter, failures, numbers } = counterOf({ mostWaiting: 3 })
    failures.push(new Error('away'))
    for (const id of ['a', 'b', 'c', 'd', 'e']) counter.add(view(id))
    await expect(counter.flush()).rejects.toThrow('away')
    counter.add(view('f'))
    await counter.flush()
    expect(numbers()).toEqual([3])
    counter.add(view('d'))
    await counter.flush()
    expect(numbers()).toEqual([3, 1])
  })

  it('asks the store again about what it recognises no longer', async () => {
    const { counter, numbers } = counterOf({ mostRecognised: 2 })
    for (const id of ['a', 'b', 'c']) counter.add(view(id))
    await counter.flush()
    counter.add(view('a'))
    await counter.flush()
    expect(numbers()).toEqual([3, 1])
  })

  it('stores one batch at a time', async () => {
    const order: string[] = []
    let release = (): void => undefined
    let begin = (): void => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    const begun = new Promise<void>((resolve) => (begin = resolve))
    const counter = createViewCounter({
      mostWaiting: 10,
      mostRecognised: 10,
      store: async (views) => {
        order.push(`begins ${views.length}`)
        begin()
        await held
        order.push('ends')
      },
    })
    counter.add(view('a'))
    const first = counter.flush()
    await begun
    for (const id of ['b', 'c']) counter.add(view(id))
    const second = counter.flush()
    release()
    await Promise.all([first, second])
    expect(order).toEqual(['begins 1', 'ends', 'begins 2', 'ends'])
  })
})
