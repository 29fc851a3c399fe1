import { describe, expect, it } from 'vitest'
import { instant, later } from '@guichet/domain'
import { createSearchGatherer, foldQuery } from './search-gatherer.ts'
import type { RecordedSearch } from './search-record-port.ts'

const at = instant('2026-03-02T09:00:00.000Z')

const search = (query: string, more: Partial<RecordedSearch> & { readonly id?: string } = {}): RecordedSearch => ({
  searcher: { kind: 'customer', id: more.id ?? 'zoe' },
  query,
  language: 'en',
  articleIds: [],
  at,
  ...more,
})

function gathererOf(bounds: { readonly mostWaiting?: number; readonly mostOfPerson?: number } = {}) {
  const batches: { readonly queries: readonly string[]; readonly openings: readonly string[] }[] = []
  const failures: Error[] = []
  const gatherer = createSearchGatherer({
    mostWaiting: 100,
    mostOfPerson: 100,
    ...bounds,
    store: async ({ searches, openings }) => {
      const failure = failures.shift()
      if (failure) throw failure
      batches.push({
        queries: searches.map(({ query }) => query),
        openings: openings.map(({ articleId }) => articleId),
      })
    },
  })
  return { gatherer, batches, failures }
}

describe('the gatherer of searches', () => {
  it('gathers a text once, whatever its case, accents and punctuation, and none without words', async () => {
    const { gatherer, batches } = gathererOf()
    for (const query of ['Mot de passe oublié ?', 'mot de PASSE  oublie', '???', '', 'x'.repeat(201)])
      gatherer.add(search(query))
    await gatherer.flush()
    expect(batches[0]?.queries).toEqual(['mot de passe oublie'])
  })

  it('takes what somebody types on for the beginning, within seconds and in one language', async () => {
    const { gatherer, batches } = gathererOf()
    for (const [query, seconds] of [
      ['pass', 0],
      ['passw', 1],
      ['password', 2],
      ['password reset', 60],
    ] as const)
      gatherer.add(search(query, { at: later(at, seconds * 1_000) }))
    gatherer.add(search('password', { id: 'max' }))
    gatherer.add(search('passwords', { id: 'max', language: 'fr' }))
    await gatherer.flush()
    expect(batches[0]?.queries).toEqual(['password', 'password reset', 'password', 'passwords'])
  })

  it('drops what is more than it may hold, of one person and of all', async () => {
    const { gatherer, batches } = gathererOf({ mostWaiting: 4, mostOfPerson: 2 })
    for (const query of ['one', 'two', 'three']) gatherer.add(search(query))
    for (const id of ['a', 'b', 'c']) gatherer.add(search('four', { id }))
    for (let n = 0; n < 18; n++) gatherer.open({ articleId: `a-${n}`, personId: n < 9 ? 'zoe' : `p-${n}`, at })
    await gatherer.flush({ atOnce: true })
    expect(batches).toEqual([{ queries: ['one', 'two', 'four', 'four'], openings: ['a-0', 'a-1', 'a-9', 'a-10'] }])
  })

  it('stores an opening with the batch after the next, or with the last one', async () => {
    const { gatherer, batches } = gathererOf()
    gatherer.open({ articleId: 'a-1', personId: 'zoe', at })
    await gatherer.flush()
    gatherer.open({ articleId: 'a-2', personId: 'zoe', at })
    await gatherer.flush()
    gatherer.open({ articleId: 'a-3', personId: 'zoe', at })
    await gatherer.flush({ atOnce: true })
    expect(batches.map(({ openings }) => openings)).toEqual([[], ['a-1'], ['a-2', 'a-3']])
  })

  it('keeps what cannot be stored', async () => {
    const { gatherer, batches, failures } = gathererOf()
    failures.push(new Error('away'))
    gatherer.add(search('one'))
    gatherer.open({ articleId: 'a-1', personId: 'zoe', at })
    await expect(gatherer.flush({ atOnce: true })).rejects.toThrow('away')
    gatherer.add(search('two'))
    await gatherer.flush()
    expect(batches.map(({ queries }) => queries.toSorted())).toEqual([['one', 'two']])
    expect(batches[0]?.openings).toEqual(['a-1'])
  })

  it('folds hostile texts to words alone', () => {
    expect(foldQuery("'; drop table x; --\u0000\uD800 <b>Ünïcode</b>")).toBe('drop table x b unicode b')
  })
})
