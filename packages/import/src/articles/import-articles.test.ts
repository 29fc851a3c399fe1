import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { Article, Desk, EventStore, LanguageDetector } from '@guichet/domain'
import { articleTreeId, guichetEvents, inMemoryStore, isStaleTranslation, readHistory } from '@guichet/domain'
import { importFolder, inFolder, newDesk, newDeskOn, now } from '../testing/index.ts'
import { undoArticles } from './undo-articles.ts'

const faq = fileURLToPath(new URL('../testing/faq', import.meta.url))
const alex = { kind: 'agent', id: 'alex' } as const

const inCopy = <T>(work: (folder: string) => Promise<T>): Promise<T> =>
  inFolder(async (folder) => {
    await cp(faq, folder, { recursive: true })
    return work(folder)
  })
const write = async (folder: string, path: string, text: string): Promise<void> => {
  await mkdir(dirname(join(folder, path)), { recursive: true })
  await writeFile(join(folder, path), text)
}
const edit = async (folder: string, path: string, from: string, to: string): Promise<void> => {
  const text = await readFile(join(folder, path), 'utf8')
  expect(text).toContain(from)
  await writeFile(join(folder, path), text.replace(from, to))
}

/** The events of all articles and categories, without their ids. */
const eventsOf = async ({ store }: Desk) =>
  (await store.readAll({ limit: 10_000 }))
    .filter(({ stream }) => stream.startsWith('article'))
    .map(({ stream, event, commandId: _, ...rest }) => ({ stream, event, version: rest.version }))

/** The article that came from a file, with its id. */
async function articleOf(desk: Desk, path: string): Promise<Article & { readonly id: string }> {
  for (const { stream, event } of await eventsOf(desk)) {
    if (event.type !== 'ArticleRevised' || (event as { source?: { path: string } }).source?.path !== path) continue
    const id = stream.slice('article-'.length)
    const { state } = await desk.read('article', id)
    if (state.status !== 'absent' && state.status !== 'deleted') return { id, ...state }
  }
  throw new Error(`no article is from ${path}`)
}

const track = 'bookmarks/android-track-recording'

describe('an import of articles', () => {
  it('makes files articles in their languages, folders categories, and accounts for every file', async () => {
    const desk = newDesk()
    const account = await importFolder(faq, desk)
    expect(account).toMatchObject({ files: 12, imported: 12, unchanged: 0, skipped: [], articles: 5, categories: 3 })
    expect(account.languages).toEqual(['de', 'en', 'es', 'zh-Hans'])
    const { state: tree } = await desk.read('articleTree', articleTreeId)
    const categories = Object.entries(tree.categories)
    expect(
      categories.map(([, { order, texts }]) => [order, texts['en']?.name, texts['en']?.slug, Object.keys(texts)]),
    ).toEqual([
      [10, 'Frequently Asked Questions', expect.any(String), ['de', 'en']],
      [10, 'App', 'app', ['en', 'es']],
      [20, 'Bookmarks and tracks', 'bookmarks', ['de', 'en', 'es', 'zh-Hans']],
    ])
    const article = await articleOf(desk, `${track}/index.es.md`)
    expect(article).toMatchObject({ language: 'en', audience: 'public', categoryId: categories[2]?.[0] })
    expect(article.translations).toMatchObject({
      en: { published: 1 },
      es: { published: 1, follows: 1 },
      de: { published: 1, follows: 1 },
    })
  })

  it('names what is wrong with files that come in nevertheless', async () => {
    const { faults, stale } = await importFolder(faq, newDesk())
    const codes = faults.map(({ path, code }) => `${path} ${code}`)
    expect(codes).toContain(`${track}/index.es.md indentation_lost`)
    expect(codes).toContain('bookmarks/how-to-export/index.zh-Hans.md description_missing')
    expect(codes).toContain('app/how-to-use-android-auto/index.es.md date_missing')
    expect(codes.filter((each) => each.includes('link'))).toEqual([])
    expect(stale).toEqual([])
  })

  it('changes nothing when it is run again, and adds one revision for an edited file', () =>
    inCopy(async (folder) => {
      const desk = newDesk()
      await importFolder(folder, desk)
      const before = await eventsOf(desk)
      expect(await importFolder(folder, desk)).toMatchObject({ imported: 0, unchanged: 12, articles: 0, categories: 0 })
      expect(await eventsOf(desk)).toEqual(before)
      await edit(folder, `${track}/index.de.md`, 'updated: "2024-10-05"', 'updated: "2026-01-01"')
      expect(await importFolder(folder, desk)).toMatchObject({ imported: 1, unchanged: 11, stale: [] })
      const added = (await eventsOf(desk)).slice(before.length).map(({ event }) => event)
      expect(added.map(({ type }) => type)).toEqual(['ArticleRevised', 'ArticleApproved', 'ArticlePublished'])
      expect(added[0]).toMatchObject({ language: 'de', revision: 2, follows: 1, change: 'typo' })
    }))

  it('marks translations stale when the words of the first language change, and not by dates or spaces', () =>
    inCopy(async (folder) => {
      const desk = newDesk()
      await importFolder(folder, desk)
      await edit(folder, `${track}/index.md`, 'updated: "2024-10-05"', 'updated:   "2030-01-01"')
      expect(await importFolder(folder, desk)).toMatchObject({ imported: 1, stale: [] })
      await edit(folder, `${track}/index.md`, 'Android', 'Android 15')
      expect((await importFolder(folder, desk, { change: 'typo' })).stale).toEqual([])
      await edit(folder, `${track}/index.md`, 'Android 15', 'Android 16')
      const { stale } = await importFolder(folder, desk)
      expect(stale.map(({ path }) => path).sort()).toEqual([`${track}/index.de.md`, `${track}/index.es.md`])
      await edit(folder, `${track}/index.md`, 'Android 16', 'Android 17')
      await edit(folder, `${track}/index.es.md`, 'Android', 'Android 17')
      await importFolder(folder, desk)
      const article = await articleOf(desk, `${track}/index.md`)
      expect(['de', 'es'].map((language) => isStaleTranslation(article, language))).toEqual([true, false])
    }))

  it('marks a translation stale whose front matter says that it follows an older text', () =>
    inFolder(async (folder) => {
      await write(folder, 'a.md', '---\ntitle: A\nupdated: 2026-02-01\ncommit: b2\n---\nText.')
      await write(folder, 'a.de.md', '---\ntitle: A\nsource_commit: a1\n---\nText.')
      await write(folder, 'a.fr.md', '---\ntitle: A\nsource_commit: b2\nupdated: 2020-01-01\n---\nText.')
      await write(folder, 'a.es.md', '---\ntitle: A\nsource_updated: 2025-01-01\n---\nText.')
      await write(folder, 'a.it.md', '---\ntitle: A\noutdated_translation: true\n---\nText.')
      await write(folder, 'a.pl.md', '---\ntitle: A\nupdated: 2020-01-01\n---\nText.')
      const desk = newDesk()
      const { stale } = await importFolder(folder, desk)
      expect(stale.map(({ path }) => path)).toEqual(['a.de.md', 'a.es.md', 'a.it.md'])
      const article = await articleOf(desk, 'a.md')
      const languages = ['de', 'es', 'fr', 'it', 'pl'].filter((language) => isStaleTranslation(article, language))
      expect(languages).toEqual(['de', 'es', 'it'])
    }))

  it('leaves what somebody has written since, and says so', () =>
    inCopy(async (folder) => {
      const desk = newDesk()
      await importFolder(folder, desk)
      const { id } = await articleOf(desk, `${track}/index.md`)
      const revise = { type: 'revise', language: 'en', basedOn: 1, title: 'Ours', body: 'Ours.' } as const
      expect(await desk.execute('article', id, revise, { by: alex })).toMatchObject({ ok: true })
      expect(await importFolder(folder, desk)).toMatchObject({ imported: 0, unchanged: 12 })
      await edit(folder, `${track}/index.md`, 'Android', 'Android 17')
      expect(await importFolder(folder, desk)).toMatchObject({
        imported: 0,
        unchanged: 11,
        skipped: [{ path: `${track}/index.md`, code: 'changed_here' }],
      })
    }))

  it('leaves drafts to their review, where it is told to or the front matter says so', () =>
    inFolder(async (folder) => {
      await write(folder, 'a.md', '---\ntitle: A\ndraft: true\n---\nText.')
      await write(folder, 'b.md', '---\ntitle: B\ntags: [x, y, x]\n---\nText.')
      const [desk, other] = [newDesk(), newDesk()]
      await importFolder(folder, desk, { audience: 'internal' })
      await importFolder(folder, other, { publishes: false })
      const published = async (each: Desk, path: string) => (await articleOf(each, path)).translations['en']?.published
      expect([await published(desk, 'a.md'), await published(desk, 'b.md')]).toEqual([undefined, 1])
      expect([await published(other, 'a.md'), await published(other, 'b.md')]).toEqual([undefined, undefined])
      expect(await articleOf(desk, 'b.md')).toMatchObject({ audience: 'internal', tags: ['x', 'y'], categoryId: null })
    }))

  it('stores nothing in a dry run, which says what an import into an empty desk does', async () => {
    const desk = newDesk()
    const { position: _, ...account } = await importFolder(faq, desk)
    const { position, ...dry } = await importFolder(faq, undefined)
    expect([dry, position]).toEqual([account, undefined])
  })

  it('goes on where it was broken off, at any append, and stores what one run would have stored', async () => {
    const whole = newDesk()
    await importFolder(faq, whole)
    const expected = await eventsOf(whole)
    for (let appends = 0; ; appends++) {
      const memory = inMemoryStore({ catalogue: guichetEvents })
      const killed = await importFolder(faq, newDeskOn(failingAfter(appends, memory))).then(
        () => false,
        () => true,
      )
      const desk = newDeskOn(memory)
      await importFolder(faq, desk)
      expect(await eventsOf(desk)).toEqual(expected)
      if (!killed) break
    }
  })
})

/** A store whose process ends after some appends. */
function failingAfter(appends: number, store: ReturnType<typeof inMemoryStore>): EventStore {
  let left = appends
  return new Proxy(store, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name)
      if (name !== 'append' || typeof value !== 'function')
        return typeof value === 'function' ? value.bind(target) : value
      return (...args: readonly unknown[]) => {
        if (left-- <= 0) return Promise.reject(new Error('the process has ended'))
        return Reflect.apply(value, target, args) as unknown
      }
    },
  })
}

describe('the undo of an import of articles', () => {
  const undo = (desk: Desk) => undoArticles({ importId: 'faq', desk, now })

  it('deletes what the import has created, and lists what somebody has changed', async () => {
    const desk = newDesk()
    await importFolder(faq, desk)
    const { id, categoryId } = await articleOf(desk, `${track}/index.md`)
    await desk.execute('article', id, { type: 'changeDetails', tags: ['ours'] }, { by: alex })
    const { state: tree } = await desk.read('articleTree', articleTreeId)
    const parentId = tree.categories[categoryId ?? '']?.parentId
    expect(await undo(desk)).toMatchObject({
      articles: 4,
      categories: 1,
      keptArticleIds: [id],
      keptCategoryIds: [categoryId, parentId],
    })
    expect(await undo(desk)).toMatchObject({ articles: 0, categories: 0 })
    expect((await desk.read('article', id)).state.status).toBe('active')
  })

  it('keeps a category with an article of somebody else', async () => {
    const desk = newDesk()
    await importFolder(faq, desk)
    const { categoryId } = await articleOf(desk, `${track}/index.md`)
    const create = { type: 'create', language: 'en', title: 'Ours', body: 'Ours.', categoryId } as const
    await desk.execute('article', 'ours', create, { by: alex })
    expect(await undo(desk)).toMatchObject({
      articles: 5,
      categories: 1,
      keptArticleIds: [],
      keptCategoryIds: [categoryId, expect.any(String)],
    })
  })

  it('lets the import run again, with other articles', async () => {
    const desk = newDesk()
    await importFolder(faq, desk)
    const { id } = await articleOf(desk, `${track}/index.md`)
    expect(await undo(desk)).toMatchObject({ articles: 5, categories: 3, keptArticleIds: [], keptCategoryIds: [] })
    expect(await importFolder(faq, desk)).toMatchObject({ imported: 12, articles: 5, categories: 3 })
    expect((await articleOf(desk, `${track}/index.md`)).id).not.toBe(id)
    expect(await undo(desk)).toMatchObject({ articles: 5, categories: 3 })
  })

  it('goes on where it was broken off, and refuses the import until then', async () => {
    const whole = newDesk()
    await importFolder(faq, whole)
    for (let appends = 1; ; appends++) {
      const memory = inMemoryStore({ catalogue: guichetEvents })
      await importFolder(faq, newDeskOn(memory))
      const killed = await undo(newDeskOn(failingAfter(appends, memory))).then(
        () => false,
        () => true,
      )
      if (!killed) break
      const desk = newDeskOn(memory)
      await expect(importFolder(faq, desk)).rejects.toMatchObject({ code: 'import_refused' })
      expect(await undo(desk)).toMatchObject({ articles: 5, keptArticleIds: [], keptCategoryIds: [] })
      const history = await readHistory(memory, 'import', 'faq')
      expect(history.at(-1)?.event).toMatchObject({ type: 'ImportWithdrawn', tickets: 5, kept: 0 })
    }
  })

  it('refuses an import that is not there, or not of articles', async () => {
    await expect(undo(newDesk())).rejects.toMatchObject({ code: 'import_not_found' })
  })
})

describe('a hostile folder', () => {
  it('is read without what leads out of it, and the rest comes in', () =>
    inFolder(async (outside) =>
      inFolder(async (folder) => {
        await write(outside, 'secret.md', 'Secret.')
        await symlink(join(outside, 'secret.md'), join(folder, 'secret.md'))
        await write(folder, 'a.md', '# A\n\n![x](../../../etc/passwd.png) [y](../up.md) [z](b.md) ![p](p.png)\n')
        await write(folder, 'p.png', 'x')
        await write(
          folder,
          'bomb.md',
          '---\na: &a [x, x]\nb: [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a]\n---\nText.',
        )
        await write(folder, 'long.md', 'x '.repeat(60_000))
        await write(folder, 'empty.md', '---\ntitle: A\n---\n\n')
        const desk = newDesk()
        const { imported, skipped, faults } = await importFolder(folder, desk)
        expect(imported).toBe(1)
        expect(Object.fromEntries(skipped.map(({ path, code }) => [path, code]))).toEqual({
          'secret.md': 'symbolic_link',
          'p.png': 'not_markdown',
          'bomb.md': 'front_matter_unsafe',
          'long.md': 'text_too_long',
          'empty.md': 'text_empty',
        })
        expect(
          faults
            .filter(({ code }) => /link|picture/.test(code))
            .map(({ code, reason }) => [code, reason.split(' ')[0]]),
        ).toEqual([
          ['link_outside', '../../../etc/passwd.png'],
          ['link_outside', '../up.md'],
          ['link_broken', 'b.md'],
          ['picture_not_imported', 'p.png'],
        ])
        expect(JSON.stringify(await eventsOf(desk))).not.toContain('Secret')
      }),
    ))

  it('that cannot be read stores nothing', async () => {
    const desk = newDesk()
    await expect(importFolder(join(faq, 'none'), desk)).rejects.toMatchObject({ code: 'folder_unreadable' })
    expect(await desk.store.readAll({ limit: 1 })).toEqual([])
  })

  it('has no name of another import', async () => {
    const desk = newDesk()
    const start = { type: 'start', source: 'log.csv', mapping: 'servicenow' } as const
    await desk.execute('import', 'faq', start, { by: alex })
    await expect(importFolder(faq, desk)).rejects.toMatchObject({ code: 'import_refused' })
  })

  it('of one article in the same language twice brings in the first', () =>
    inFolder(async (folder) => {
      await write(folder, 'a.md', 'Text.')
      await write(folder, 'a.en.md', 'Text.')
      await write(folder, 'only.de.md', 'Text.')
      const { skipped, faults } = await importFolder(folder, newDesk())
      expect(skipped).toMatchObject([{ path: 'a.md', code: 'language_repeated' }])
      expect(faults).toContainEqual(expect.objectContaining({ path: 'only.de.md', code: 'first_language_missing' }))
    }))
})

describe('a text in another language than its name says', () => {
  it('comes in, and is listed', () =>
    inCopy(async (folder) => {
      const turkish =
        'Bu muhtemelen bizim hatamız ve bir sonraki güncellemede bunu düzeltmekten mutluluk duyacağız. Lütfen tekrar deneyin.'
      await write(folder, 'app/crash/index.md', '---\ntitle: The app has crashed\n---\nIt is likely our fault.\n')
      await write(folder, 'app/crash/index.pl.md', `---\ntitle: Awaria\n---\n${turkish}\n`)
      const asked: string[] = []
      const languages: LanguageDetector = {
        languages: new Set(['en', 'pl', 'tr', 'de', 'es']),
        detect: async (text) => {
          asked.push(text)
          return text.includes('muhtemelen') ? { language: 'tr', scores: { tr: 0.8, pl: 0.1 } } : undefined
        },
      }
      const { faults, skipped, files } = await importFolder(folder, newDesk(), { languages })
      expect(faults.filter(({ code }) => code === 'other_language')).toEqual([
        {
          path: 'app/crash/index.pl.md',
          code: 'other_language',
          reason: 'the text seems to be in tr, not in pl',
        },
      ])
      expect(skipped.map(({ path }) => path)).not.toContain('app/crash/index.pl.md')
      expect(asked.length).toBeLessThanOrEqual(files)
    }))
})
