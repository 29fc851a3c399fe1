import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { articleTreeId } from '@guichet/domain'
import { newDesk, now } from '../testing/index.ts'
import { importArticles } from './import-articles.ts'
import { undoArticles } from './undo-articles.ts'

const investors = fileURLToPath(new URL('../../../../examples/knowledge/investors', import.meta.url))

it('the example of a help centre comes in without a fault: four categories with five drafts each', async () => {
  const desk = newDesk()
  const account = await importArticles({
    folder: investors,
    importId: 'investors',
    desk,
    now,
    language: 'en',
    audience: 'public',
    publishes: true,
    change: 'minor',
  })
  expect(account).toMatchObject({ files: 28, imported: 28, skipped: [], faults: [], articles: 20, categories: 4 })
  const { state } = await desk.read('articleTree', articleTreeId)
  expect(Object.values(state.categories).map(({ texts }) => [texts['en']?.name, Object.keys(texts)])).toEqual([
    ['Getting Started', ['ar', 'en']],
    ['Investment Guide', ['ar', 'en']],
    ['Trading Help', ['ar', 'en']],
    ['Troubleshooting', ['ar', 'en']],
  ])
  const events = await desk.store.readAll({ limit: 1_000 })
  expect(events.filter(({ event }) => event.type === 'ArticlePublished')).toEqual([])
  expect(await undoArticles({ importId: 'investors', desk, now })).toMatchObject({ articles: 20, categories: 4 })
})
