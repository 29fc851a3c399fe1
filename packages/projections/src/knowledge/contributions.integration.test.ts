import { expect, it } from 'vitest'
import type { ArticleEvent, Instant } from '@guichet/domain'
import { instant } from '@guichet/domain'
import { createReader } from '../reading/reader.ts'
import { harnessPerTest } from '../testing/harness.ts'
import { contributionsProjection, contributionsQueries } from './contributions.ts'

const createHarness = harnessPerTest()

const ana = { kind: 'agent', id: 'ana', name: 'Ana Silva' } as const
const text = { title: 'x', excerpt: '', body: 'y', slug: 'x', keywords: [], change: 'major' as const }
const revised = (at: Instant, revision: number, more: object = {}): ArticleEvent => ({
  type: 'ArticleRevised',
  at,
  by: ana,
  language: 'en',
  revision,
  ...text,
  ...more,
})

it('counts contributions by month in the time zone of the desk', async () => {
  const { pool, record, runner, settled } = await createHarness([contributionsProjection()])
  await runner.start()
  const lastOfMarch = instant('2026-03-31T21:00:00Z')
  const firstOfApril = instant('2026-03-31T23:00:00Z')
  const april = instant('2026-04-15T09:00:00Z')
  const engine = { kind: 'system', id: 'guichet' } as const
  await record('article-a', revised(lastOfMarch, 1), revised(lastOfMarch, 2), revised(firstOfApril, 3))
  await record('article-b', revised(firstOfApril, 2), revised(april, 1, { language: 'fr', follows: 2 }))
  const first = { at: april, language: 'en', revision: 1 } as const
  const approved: ArticleEvent = { type: 'ArticleApproved', by: ana, ...first }
  const revisedByEngine: ArticleEvent = { type: 'ArticleRevised', by: engine, ...first, ...text, revision: 2 }
  await record('article-c', approved)
  await record('article-d', revisedByEngine)
  await settled()
  const { byMonth } = contributionsQueries(createReader(pool))
  const none = { agentId: 'ana', name: 'Ana Silva', created: 0, revised: 0, translated: 0, reviewed: 0, approved: 0 }
  const inApril = { ...none, month: '2026-04', revised: 2, translated: 1, reviewed: 1, approved: 1, articles: 2 }
  const inMarch = { ...none, month: '2026-03', revised: 1, articles: 1 }
  expect(await byMonth(2, april, 'Europe/Paris', 10)).toEqual([inApril, inMarch])
  expect(await byMonth(1, april, 'Europe/Paris', 10)).toEqual([inApril])
  expect(await byMonth(2, april, 'Europe/Paris', 1)).toEqual([inApril])
  expect(await byMonth(2, april, 'UTC', 10)).toMatchObject([
    { month: '2026-04', revised: 0, translated: 1 },
    { month: '2026-03', revised: 3, articles: 2 },
  ])
})
