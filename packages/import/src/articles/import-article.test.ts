import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Article, ArticleEvent, ArticleTreeEvent, Desk, EventStore } from '@guichet/domain'
import {
  articleTreeId,
  guichetEvents,
  importActor,
  inMemoryStore,
  isStaleTranslation,
  readHistory,
} from '@guichet/domain'
import { importFolder, inFolder, newDesk, newDeskOn } from '../testing/index.ts'

const alex = { kind: 'agent', id: 'alex' } as const

type Files = Readonly<Record<string, string>>

async function write(folder: string, files: Files): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
}

/** The articles of a desk, by their ids. */
async function articlesOf({ store, read }: Desk): Promise<readonly (Article & { readonly id: string })[]> {
  const streams = new Set((await store.readAll({ limit: 10_000 })).map(({ stream }) => stream))
  const ids = [...streams].flatMap((stream) => (stream.startsWith('article-') ? [stream.slice('article-'.length)] : []))
  const articles = await Promise.all(ids.map(async (id) => ({ id, ...(await read('article', id)).state })))
  return articles.flatMap((article) => (article.status === 'absent' ? [] : [article]))
}

const firstArticle = async (desk: Desk) => {
  const [article] = await articlesOf(desk)
  if (!article) throw new Error('there is no article')
  return article
}

const eventsOf = async ({ store }: Desk) =>
  (await store.readAll({ limit: 10_000 }))
    .filter(({ stream }) => stream.startsWith('article'))
    .map(({ stream, event }) => ({ stream, event }))

/** A store whose process ends before an append, or whose answer to it is lost, after some of them. */
function failing(store: ReturnType<typeof inMemoryStore>, appends: number, isStored: boolean): EventStore {
  let left = appends
  return {
    ...store,
    append: async (request) => {
      if (left-- !== 0) return store.append(request)
      if (isStored) await store.append(request)
      throw new Error('the process has ended')
    },
  }
}

const before: Files = {
  'start/_index.md': '---\ntitle: Start\n---\n',
  'start/a.md': '---\ntitle: A\n---\nOne.\n',
  'start/a.de.md': '---\ntitle: A\n---\nEins.\n',
  'start/a.fr.md': '---\ntitle: A\n---\nUn.\n',
  'b.md': '---\ntitle: B\n---\nOne.\n',
}
const after: Files = {
  'start/_index.md': '---\ntitle: Begin\n---\n',
  'start/a.md': '---\ntitle: A\n---\nTwo.\n',
  'start/a.de.md': '---\ntitle: A\n---\nZwei.\n',
  'start/a.es.md': '---\ntitle: A\n---\nDos.\n',
  'b.md': '---\ntitle: B\n---\nTwo.\n',
}

describe('an import of an edited folder', () => {
  it.each([
    ['before', false],
    ['after', true],
  ])('that is broken off %s any command is stored does what one run does', (_, isStored) =>
    inFolder(async (folder) => {
      const memory = () => inMemoryStore({ catalogue: guichetEvents })
      const whole = newDeskOn(memory())
      await write(folder, before)
      await importFolder(folder, whole)
      await write(folder, after)
      await importFolder(folder, whole)
      const expected = await eventsOf(whole)
      for (let appends = 0; ; appends++) {
        const store = memory()
        await rm(folder, { recursive: true })
        await write(folder, before)
        await importFolder(folder, newDeskOn(store))
        await write(folder, after)
        const isKilled = await importFolder(folder, newDeskOn(failing(store, appends, isStored))).then(
          () => false,
          () => true,
        )
        const desk = newDeskOn(store)
        await importFolder(folder, desk)
        expect(await eventsOf(desk)).toEqual(expected)
        const article = (await articlesOf(desk)).find(({ translations }) => 'de' in translations)
        expect(['de', 'es', 'fr'].filter((tag) => article && isStaleTranslation(article, tag))).toEqual(['fr'])
        if (!isKilled) break
        expect(appends).toBeLessThan(50)
      }
    }),
  )

  it('counts a file whose answer was lost as imported', () =>
    inFolder(async (folder) => {
      await write(folder, before)
      const expected = await importFolder(folder, newDesk())
      for (let lost = 0; lost < 6; lost++) {
        const store = inMemoryStore({ catalogue: guichetEvents })
        let appends = 0
        const desk = newDeskOn({
          ...store,
          append: async (request) => {
            const outcome = await store.append(request)
            if (appends++ === lost) throw Object.assign(new Error('the connection has ended'), { code: 'ECONNRESET' })
            return outcome
          },
        })
        const account = await importFolder(folder, desk)
        expect({ ...account, position: 0 }).toEqual({ ...expected, position: 0 })
      }
    }))

  it('is one command for all languages of an article', () =>
    inFolder(async (folder) => {
      await write(folder, before)
      const desk = newDesk()
      await importFolder(folder, desk)
      await write(folder, after)
      const { stale } = await importFolder(folder, desk)
      expect(stale).toEqual([{ path: 'start/a.fr.md', reason: 'start/a.md says something else now' }])
      const article = (await articlesOf(desk)).find(({ translations }) => 'de' in translations)
      const history = await readHistory(desk.store, 'article', article?.id ?? '')
      expect(new Set(history.map(({ commandId }) => commandId)).size).toBe(2)
    }))

  it('brings a text in again that was another one in between', () =>
    inFolder(async (folder) => {
      const desk = newDesk()
      for (const text of ['One.', 'Two.', 'One.']) {
        await write(folder, { 'a.md': text })
        expect(await importFolder(folder, desk)).toMatchObject({ imported: 1 })
      }
      expect((await firstArticle(desk)).translations['en']).toMatchObject({ revision: 3, published: 3 })
    }))
})

describe('a text in the first language that does not come in', () => {
  const tooDeep = `${'> '.repeat(30)}Text.`

  it.each([
    ['is empty', '---\ntitle: A\n---\n', 'text_empty'],
    ['is no text', 'a\0b', 'not_text'],
    ['is refused by the desk', tooDeep, 'article_too_deep'],
  ])('because it %s keeps its translations out until it comes in', (_, text, code) =>
    inFolder(async (folder) => {
      await write(folder, { 'a.md': text, 'a.de.md': 'Eins.', 'a.fr.md': 'Un.' })
      const desk = newDesk()
      const { imported, skipped } = await importFolder(folder, desk)
      expect([imported, Object.fromEntries(skipped.map((each) => [each.path, each.code]))]).toEqual([
        0,
        { 'a.md': code, 'a.de.md': 'first_language_skipped', 'a.fr.md': 'first_language_skipped' },
      ])
      await write(folder, { 'a.md': 'One.' })
      expect(await importFolder(folder, desk)).toMatchObject({ imported: 3, skipped: [], articles: 1 })
      expect(await firstArticle(desk)).toMatchObject({ language: 'en' })
    }),
  )

  it('keeps no translation of an article out that is there already', () =>
    inFolder(async (folder) => {
      const desk = newDesk()
      await write(folder, { 'a.md': 'One.' })
      await importFolder(folder, desk)
      await write(folder, { 'a.md': tooDeep, 'a.de.md': 'Eins.' })
      expect(await importFolder(folder, desk)).toMatchObject({ imported: 1, skipped: [{ code: 'article_too_deep' }] })
      expect((await firstArticle(desk)).translations['de']).toMatchObject({ published: 1, follows: 1 })
    }))

  it('comes in without a translation that the desk refuses', () =>
    inFolder(async (folder) => {
      await write(folder, { 'a.md': 'One.', 'a.de.md': tooDeep, 'a.fr.md': 'Un.' })
      const desk = newDesk()
      expect(await importFolder(folder, desk)).toMatchObject({
        imported: 2,
        skipped: [{ path: 'a.de.md', code: 'article_too_deep' }],
      })
      expect(Object.keys((await firstArticle(desk)).translations)).toEqual(['en', 'fr'])
    }))
})

describe('a folder that came in as drafts', () => {
  it('is published when it is imported again without that', () =>
    inFolder(async (folder) => {
      await write(folder, { 'a.md': 'One.', 'a.de.md': 'Eins.', 'b.md': '---\ndraft: true\n---\nOne.' })
      const desk = newDesk()
      await importFolder(folder, desk, { publishes: false })
      expect(await importFolder(folder, desk)).toMatchObject({ imported: 2, unchanged: 1 })
      const published = (await articlesOf(desk)).map(({ translations }) =>
        Object.values(translations).map((each) => each.published),
      )
      expect(published).toEqual([[1, 1], [undefined]])
      expect(await importFolder(folder, desk)).toMatchObject({ imported: 0, unchanged: 3 })
    }))

  it('is left to its review where somebody has begun one, and to whoever has unpublished it', () =>
    inFolder(async (folder) => {
      await write(folder, { 'a.md': 'One.' })
      const [desk, other] = [newDesk(), newDesk()]
      await importFolder(folder, desk, { publishes: false })
      const { id } = await firstArticle(desk)
      const reviewed = { language: 'en', revision: 1 } as const
      await desk.execute('article', id, { type: 'requestReview', ...reviewed }, { by: alex })
      await desk.execute('article', id, { type: 'decline', ...reviewed, reason: 'Wrong.' }, { by: alex })
      expect(await importFolder(folder, desk)).toMatchObject({ imported: 0, unchanged: 1 })
      await importFolder(folder, other)
      await other.execute('article', id, { type: 'unpublish', language: 'en' }, { by: alex })
      expect(await importFolder(folder, other)).toMatchObject({ imported: 0, unchanged: 1 })
    }))
})

describe('the name of a category', () => {
  const nameOf = async (desk: Desk, language = 'en') =>
    Object.values((await desk.read('articleTree', articleTreeId)).state.categories)[0]?.texts[language]?.name
  const rename = async (desk: Desk, language: string, name: string) => {
    const { state } = await desk.read('articleTree', articleTreeId)
    const [[categoryId, category] = ['', undefined]] = Object.entries(state.categories)
    const texts = Object.entries({ ...category?.texts, [language]: { name, description: '', slug: 's' } }).map(
      ([tag, text]) => ({ language: tag, ...text }),
    )
    return desk.execute('articleTree', articleTreeId, { type: 'change', categoryId, texts }, { by: alex })
  }

  it('that somebody changes while the import runs stays, and the report says so', () =>
    inFolder(async (folder) => {
      const store = inMemoryStore({ catalogue: guichetEvents })
      const desk = newDeskOn(store)
      await write(folder, before)
      await importFolder(folder, desk)
      await write(folder, after)
      const importer = newDeskOn({
        ...store,
        append: async (request) => {
          const [event] = request.events as readonly (ArticleEvent | ArticleTreeEvent)[]
          if (
            event?.type === 'ArticleCategoryChanged' &&
            event.by.id === importActor.id &&
            (await nameOf(desk)) === 'Start'
          )
            await rename(desk, 'en', 'Ours')
          return store.append(request)
        },
      })
      const { skipped } = await importFolder(folder, importer)
      expect(skipped).toMatchObject([{ path: 'start/_index.md', code: 'changed_here' }])
      expect(await nameOf(desk)).toBe('Ours')
    }))

  it('that somebody has given it in a language stays when a file gives it another one', () =>
    inFolder(async (folder) => {
      const desk = newDesk()
      await write(folder, before)
      await importFolder(folder, desk)
      await rename(desk, 'fr', 'À nous')
      await write(folder, {
        'start/_index.fr.md': '---\ntitle: Début\n---\n',
        'start/_index.md': '---\ntitle: Begin\n---\n',
      })
      const { skipped } = await importFolder(folder, desk)
      expect(skipped).toMatchObject([{ path: 'start/_index.fr.md', code: 'changed_here' }])
      expect([await nameOf(desk), await nameOf(desk, 'fr')]).toEqual(['Begin', 'À nous'])
    }))
})

it('leaves an article to the desk whose front matter says so, whoever reads the others', () =>
  inFolder(async (folder) => {
    await write(folder, { 'a.md': '---\naudience: internal\n---\nOne.', 'b.md': '---\naudience: public\n---\nTwo.' })
    const [desk, other] = [newDesk(), newDesk()]
    await importFolder(folder, desk)
    await importFolder(folder, other, { audience: 'internal' })
    expect((await articlesOf(desk)).map(({ audience }) => audience)).toEqual(['internal', 'public'])
    expect((await articlesOf(other)).map(({ audience }) => audience)).toEqual(['internal', 'internal'])
  }))
