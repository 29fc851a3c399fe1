import { createWriteStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { describe, expect, it } from 'vitest'
import type { ArticleTree, Desk } from '@guichet/domain'
import { articleTreeId } from '@guichet/domain'
import { importFolder, inFolder, newDesk, now } from '../../testing/index.ts'
import type { ArticlesImport } from '../articles-run.ts'
import { undoArticles } from '../undo-articles.ts'
import { readMediaWiki } from './mediawiki.ts'
import { readZendesk } from './zendesk.ts'

const bringIn = (file: string, desk: Desk | undefined, options: Partial<ArticlesImport>) =>
  importFolder(file, desk, { importId: 'peer', ...options })

const withFile = <T>(name: string, content: string, work: (file: string) => Promise<T>): Promise<T> =>
  inFolder(async (folder) => {
    const file = join(folder, name)
    await writeFile(file, content)
    return work(file)
  })

/** The texts of a desk, by their languages and titles. */
async function textsOf({ store, read }: Desk) {
  const texts = new Map<string, Readonly<Record<string, unknown>>>()
  for (const { stream, event } of await store.readAll({ limit: 10_000 })) {
    if (event.type !== 'ArticleRevised') continue
    const { state } = await read('article', stream.slice('article-'.length))
    if (state.status === 'absent' || state.status === 'deleted') continue
    const { language, title, body, keywords, revision } = event as unknown as Readonly<Record<string, string>>
    const { audience, tags, language: first, translations } = state
    const published = translations[language ?? '']?.published
    texts.set(`${language} ${title}`, { body, keywords, revision, audience, tags, first, published })
  }
  return texts
}

const treeOf = (tree: ArticleTree) =>
  Object.values(tree.categories).map(({ texts, parentId }) => [
    Object.entries(texts).map(([language, { name }]) => `${language} ${name}`),
    parentId === null ? undefined : Object.values(tree.categories[parentId]?.texts ?? {})[0]?.name,
  ])

const helpCentre = {
  categories: [{ id: 1, name: 'General', description: 'All', locale: 'en-us', source_locale: 'en-us', position: 0 }],
  sections: [
    {
      id: 2,
      category_id: 1,
      name: 'First steps',
      locale: 'en-us',
      source_locale: 'en-us',
      translations: [{ locale: 'fr', title: 'Premiers pas', body: '<b>Tout</b>' }],
    },
    { id: 3, category_id: 1, parent_section_id: 2, name: 'Deeper', locale: 'en-us' },
  ],
  articles: [
    {
      id: 360001,
      title: 'Reset: a password',
      body: '<h2>How</h2><ul><li>Open <b>it</b></li></ul><script>alert(1)</script><p><img src="https://x.test/a.png" alt="Form"></p>',
      locale: 'en-us',
      source_locale: 'en-us',
      section_id: 3,
      label_names: ['password', 'login'],
      user_segment_id: null,
      updated_at: '2026-01-02T03:04:05Z',
      translations: [
        {
          source_id: 360001,
          source_type: 'Article',
          locale: 'fr',
          title: 'Mot de passe',
          body: '<p>Ouvrez</p>',
          outdated: true,
        },
        { source_id: 360001, source_type: 'Article', locale: 'en-us', title: 'Reset: a password', body: 'older' },
      ],
    },
    { id: 360002, title: 'For agents', body: '<p>Secret</p>', locale: 'en-us', section_id: 2, user_segment_id: 77 },
    { id: 360003, title: 'Draft', body: '<p>Later</p>', locale: 'en-us', section_id: 2, draft: true },
    { id: '../../x', title: 'Hostile', body: '<p>Text</p>', locale: 'en-us' },
    { id: 360004, title: '../../etc/passwd', body: '<p>Text</p>', locale: 'en-us' },
    { id: 360005, title: 'Nowhere', body: '<p>Text</p>', locale: '!!' },
    { id: 360006, title: 'Empty', body: '', locale: 'en-us', section_id: 2 },
  ],
  translations: [{ source_id: 9, source_type: 'Article', locale: 'de', title: 'Ohne', body: 'x' }],
  article_attachments: [
    { id: 5, article_id: 360001, file_name: 'form.pdf', content_url: 'https://x.test/5', inline: false },
  ],
}

describe('a help centre of Zendesk', () => {
  it('makes an article internal that was restricted since it came in, and publishes no hidden text', async () => {
    const desk = newDesk()
    const importOf = (article: object) =>
      withFile(
        'centre.json',
        JSON.stringify({
          articles: [{ id: 1, title: 'Steps', body: '<p>Open</p>', locale: 'en-us', ...article }],
        }),
        (file) => bringIn(file, desk, { from: 'zendesk' }),
      )
    await importOf({})
    expect((await textsOf(desk)).get('en-US Steps')).toMatchObject({ audience: 'public', published: 1 })
    await importOf({ user_segment_id: 7 })
    expect((await textsOf(desk)).get('en-US Steps')).toMatchObject({ audience: 'internal' })
    const translations = [
      { source_id: 1, source_type: 'Article', locale: 'en-us', title: 'Steps', body: 'x', hidden: true },
    ]
    const other = newDesk()
    await withFile(
      'centre.json',
      JSON.stringify({ articles: [{ id: 1, title: 'Steps', body: '<p>Open</p>', locale: 'en-us', translations }] }),
      (file) => bringIn(file, other, { from: 'zendesk' }),
    )
    expect((await textsOf(other)).get('en-US Steps')).toMatchObject({ published: undefined })
  })

  it('comes in from lists of each language, as the API has them, in any order', async () => {
    const list = (locale: string, more: object) => ({
      categories: [{ id: 1, name: `General ${locale}`, locale, source_locale: 'en-us' }],
      sections: [{ id: 2, category_id: 1, name: `Steps ${locale}`, locale, source_locale: 'en-us' }],
      articles: [
        {
          id: 3,
          section_id: 2,
          title: `Open ${locale}`,
          body: `<p>${locale}</p>`,
          locale,
          source_locale: 'en-us',
          ...more,
        },
      ],
    })
    const lists = [list('fr', {}), list('en-us', { user_segment_id: 7 }), list('de', { draft: true })]
    for (const pages of [lists, lists.toReversed(), [...lists, ...lists]]) {
      const desk = newDesk()
      await withFile('centre.json', pages.map((page) => JSON.stringify(page)).join('\n'), (file) =>
        bringIn(file, desk, { from: 'zendesk' }),
      )
      expect(Object.fromEntries(await textsOf(desk))).toMatchObject({
        'en-US Open en-us': { body: 'en-us', first: 'en-US', published: 1, audience: 'internal' },
        'fr Open fr': { body: 'fr', first: 'en-US', published: 1 },
        'de Open de': { body: 'de', published: undefined },
      })
      const { state } = await desk.read('articleTree', articleTreeId)
      expect(treeOf(state)).toEqual([
        [expect.arrayContaining(['en-US General en-us', 'fr General fr', 'de General de']), undefined],
        [
          expect.arrayContaining(['en-US Steps en-us', 'fr Steps fr', 'de Steps de']),
          expect.stringMatching(/^General/),
        ],
      ])
    }
  })

  it('moves with what has moved there, unless somebody has said here where it is and who reads it', async () => {
    const desk = newDesk()
    const section = (id: number, more: object) => ({ id, name: `S${id}`, locale: 'en', category_id: 1, ...more })
    const article = (more: object) => ({
      id: 9,
      title: 'Steps',
      body: '<p>x</p>',
      locale: 'en',
      section_id: 2,
      ...more,
    })
    const importOf = (sections: readonly object[], more: object) =>
      withFile(
        'centre.json',
        JSON.stringify({
          categories: [{ id: 1, name: 'C1', locale: 'en' }],
          sections: [...sections, section(4, {})],
          articles: [article(more), { id: 8, title: 'Other', body: 'x', locale: 'en', section_id: 4 }],
        }),
        (file) => bringIn(file, desk, { from: 'zendesk' }),
      )
    const stepsIn = async () => {
      const events = await desk.store.readAll({ limit: 1_000 })
      const steps = events.find(
        ({ event }) => event.type === 'ArticleRevised' && 'title' in event && event.title === 'Steps',
      )
      const id = steps?.stream.slice('article-'.length) ?? ''
      const { state } = await desk.read('article', id)
      const { state: tree } = await desk.read('articleTree', articleTreeId)
      if (state.status === 'absent') throw new Error('there is no article')
      const { audience, categoryId } = state
      const category = tree.categories[categoryId ?? '']
      const above = tree.categories[category?.parentId ?? '']
      return { id, audience, categoryId, place: [above, category].map((each) => each?.texts['en']?.name) }
    }
    await importOf([section(2, {}), section(3, {})], {})
    expect((await stepsIn()).place).toEqual(['C1', 'S2'])
    await importOf([section(2, {}), section(3, { parent_section_id: 4 })], { section_id: 3, user_segment_id: 7 })
    expect(await stepsIn()).toMatchObject({ place: ['S4', 'S3'], audience: 'internal' })

    const { id, categoryId } = await stepsIn()
    const sender = { by: { kind: 'agent', id: 'ana' } } as const
    const change = { type: 'changeDetails', audience: 'public', categoryId: null } as const
    expect(await desk.execute('article', id, change, sender)).toMatchObject({ ok: true })
    const move = { type: 'move', categoryId: categoryId ?? '', parentId: null } as const
    expect(await desk.execute('articleTree', articleTreeId, move, sender)).toMatchObject({ ok: true })
    await importOf([section(2, {}), section(3, { parent_section_id: 2 })], { section_id: 2, user_segment_id: 7 })
    expect(await stepsIn()).toMatchObject({ categoryId: null, audience: 'public' })
    const { state } = await desk.read('articleTree', articleTreeId)
    expect(state.categories[categoryId ?? '']?.parentId).toBeNull()
  })

  it.each([
    ['one document', JSON.stringify(helpCentre, undefined, 2)],
    [
      'a page in each line',
      Object.entries(helpCentre)
        .map(([key, list]) => JSON.stringify({ [key]: list }))
        .join('\n'),
    ],
  ])('comes in from %s with its tree, languages, labels and drafts, and every record is accounted for', (_, json) =>
    withFile('centre.json', json, async (file) => {
      const desk = newDesk()
      const { position: _position, ...dry } = await bringIn(file, undefined, { from: 'zendesk' })
      const { position, ...account } = await bringIn(file, desk, { from: 'zendesk' })
      expect(dry).toEqual(account)
      expect(position).toBeDefined()
      expect(account.skipped.map(({ path, code }) => [path, code])).toEqual(
        expect.arrayContaining([
          ['article ../../x', 'record_unreadable'],
          [expect.stringContaining('nowhere-360005'), 'record_unreadable'],
          ['Article 9 (de)', 'record_unreadable'],
          [expect.stringContaining('empty-360006'), 'text_empty'],
        ]),
      )
      expect(account).toMatchObject({ files: 13, imported: 9, unchanged: 0, articles: 4, categories: 3 })
      const texts = await textsOf(desk)
      expect(Object.fromEntries(texts)).toMatchObject({
        'en-US Reset: a password': {
          body: '## How\n\n-   Open **it**\n\n![Form](<https://x.test/a.png>)',
          audience: 'public',
          tags: ['password', 'login'],
          first: 'en-US',
          published: 1,
        },
        'fr Mot de passe': { body: 'Ouvrez', first: 'en-US', published: 1 },
        'en-US For agents': { audience: 'internal' },
        'en-US Draft': { published: undefined },
        'en-US ../../etc/passwd': { body: 'Text' },
      })
      expect(account.stale).toMatchObject([{ path: expect.stringMatching(/\.fr\.md$/) as string }])
      expect(account.faults.filter(({ code }) => /picture|attachment/.test(code)).map(({ code }) => code)).toEqual([
        'picture_not_imported',
        'attachment_not_imported',
      ])
      expect(treeOf((await desk.read('articleTree', articleTreeId)).state)).toEqual([
        [['en-US General'], undefined],
        [['en-US First steps', 'fr Premiers pas'], 'General'],
        [['en-US Deeper'], 'First steps'],
      ])
      expect(await bringIn(file, desk, { from: 'zendesk' })).toMatchObject({ imported: 0, unchanged: 9 })
      expect(await undoArticles({ importId: 'peer', desk, now })).toMatchObject({ articles: 4, categories: 3 })
    }),
  )

  it('finds an article again that has another title and section now', () =>
    withFile('centre.json', JSON.stringify(helpCentre), async (file) => {
      const desk = newDesk()
      await bringIn(file, desk, { from: 'zendesk' })
      const [first] = helpCentre.articles
      const moved = { ...helpCentre, articles: [{ ...first, title: 'Forgotten', section_id: 2 }] }
      await writeFile(file, JSON.stringify(moved))
      expect(await bringIn(file, desk, { from: 'zendesk' })).toMatchObject({ articles: 0, categories: 0 })
    }))

  it('is refused when it is no JSON, and a record that is too large is left out', async () => {
    await withFile('x.json', 'no JSON\nat all', (file) =>
      expect(readZendesk(file)).rejects.toMatchObject({ code: 'file_damaged' }),
    )
    await withFile('x.json', '', (file) => expect(readZendesk(file)).rejects.toMatchObject({ code: 'file_empty' }))
    const article = { id: 1, title: 'A', locale: 'en', body: 'x'.repeat(600_000) }
    await withFile('x.json', JSON.stringify({ articles: [article] }), async (file) =>
      expect((await readZendesk(file)).files).toMatchObject([{ path: 'article 1', code: 'record_unreadable' }]),
    )
  })
})

const page = (id: number, title: string, text: string, more = '', ns = 0): string =>
  `<page><title>${title}</title><ns>${ns}</ns><id>${id}</id>${more}<revision><id>9</id><timestamp>2026-01-02T03:04:05Z</timestamp><text xml:space="preserve">${text}</text></revision></page>`
const dump = (...pages: readonly string[]): string =>
  `<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" version="0.11" xml:lang="de"><siteinfo><namespaces><namespace key="14">Kategorie</namespace><namespace key="6">Datei</namespace></namespaces></siteinfo>${pages.join('')}</mediawiki>`

describe('a dump of a MediaWiki', () => {
  it('comes in with categories, redirects as keywords, and links between its pages', () =>
    withFile(
      'dump.xml',
      dump(
        page(
          1,
          'Passwort &amp; Zugang',
          "Ein '''fetter''' [[Hilfe|Link]] zu [[Fehlt]].\n[[Datei:A.png|thumb|Bild]]\n[[Kategorie:Konto]]",
        ),
        page(2, 'Kennwort', '#WEITERLEITUNG [[Passwort &amp; Zugang]]', '<redirect title="Passwort &amp; Zugang"/>'),
        page(3, 'Hilfe', '== Erstes ==\n* a\n** b\n[[Kategorie:Konto]]'),
        page(4, 'Diskussion:Hilfe', 'Nein', '', 1),
        page(5, '../../x', 'Text'),
      ),
      async (file) => {
        const desk = newDesk()
        const account = await bringIn(file, desk, { from: 'mediawiki' })
        expect(account).toMatchObject({ files: 5, imported: 3, articles: 3, categories: 1, languages: ['de'] })
        expect(account.skipped.map(({ path, code }) => [path, code])).toEqual([
          ['Diskussion:Hilfe', 'page_of_other_kind'],
          ['Kennwort', 'redirect'],
        ])
        expect(Object.fromEntries(await textsOf(desk))).toMatchObject({
          'de Passwort & Zugang': {
            body: 'Ein **fetter** [Link](<hilfe-3.de.md>) zu Fehlt.\nBild',
            keywords: ['Kennwort'],
            tags: ['Konto'],
            first: 'de',
          },
          'de Hilfe': { body: '## Erstes\n\n- a\n  - b' },
          'de ../../x': { body: 'Text' },
        })
        expect(account.faults.filter(({ code }) => /link|picture/.test(code)).map(({ code }) => code)).toEqual([
          'picture_not_imported',
          'link_broken',
        ])
        expect(await bringIn(file, desk, { from: 'mediawiki' })).toMatchObject({ imported: 0, unchanged: 3 })
        expect(await undoArticles({ importId: 'peer', desk, now })).toMatchObject({ articles: 3, categories: 1 })
      },
    ))

  it('has a category for each name, also where names have the same letters', () =>
    withFile(
      'dump.xml',
      dump(
        ...['C++', 'C#', 'C', 'API keys', 'Api Keys', `${'Long '.repeat(9)}one`, `${'Long '.repeat(9)}two`].map(
          (name, index) => page(index + 1, `Page ${index}`, `Text\n[[Kategorie:${name}]]`),
        ),
      ),
      async (file) => {
        const desk = newDesk()
        expect(await bringIn(file, desk, { from: 'mediawiki' })).toMatchObject({ articles: 7, categories: 7 })
        expect(await bringIn(file, desk, { from: 'mediawiki' })).toMatchObject({ categories: 0, unchanged: 7 })
      },
    ))

  it('follows redirects over redirects and to itself, and says of each what becomes of its title', () =>
    withFile(
      'dump.xml',
      dump(
        page(1, 'Login', 'See [[Sign on]] and [[Gone]].'),
        page(2, 'Sign in', '#REDIRECT [[Login]]', '<redirect title="Login"/>'),
        page(3, 'Sign on', '#REDIRECT [[Sign in]]', '<redirect title="Sign in"/>'),
        page(4, 'Gone', '#REDIRECT [[Lost]]', '<redirect title="Lost"/>'),
        page(5, 'Self', '#REDIRECT [[Self]]', '<redirect title="Self"/>'),
        ...Array.from({ length: 60 }, (_, n) => page(100 + n, `Word ${n}`, '#R', '<redirect title="Login"/>')),
      ),
      async (file) => {
        const desk = newDesk()
        const { files, imported, skipped } = await bringIn(file, desk, { from: 'mediawiki' })
        expect([files, imported]).toEqual([65, 1])
        const reasons = new Map(skipped.map(({ path, reason }) => [path, reason]))
        expect(reasons.get('Sign on')).toBe('leads to Login: its title is a keyword of that')
        expect(reasons.get('Gone')).toBe('leads to Lost, which does not come in')
        expect(reasons.get('Self')).toBe('leads to Self, which does not come in')
        expect(reasons.get('Word 59')).toMatch(/as many as it may have/)
        const login = (await textsOf(desk)).get('de Login') as { readonly body: string; readonly keywords: string[] }
        expect(login.body).toBe('See [Sign on](<login-1.de.md>) and Gone.')
        expect(login.keywords).toHaveLength(50)
        expect(login.keywords.slice(0, 3)).toEqual(['Sign in', 'Sign on', 'Word 0'])
      },
    ))

  it('with more pages of other kinds than a folder has files comes in, and its account is short and whole', () =>
    withFile(
      'dump.xml',
      dump(page(1, 'A', 'x'), ...Array.from({ length: 20_500 }, (_, n) => page(n + 2, `Talk:${n}`, 'x', '', 1))),
      async (file) => {
        const account = await bringIn(file, newDesk(), { from: 'mediawiki' })
        expect(account).toMatchObject({ files: 20_501, imported: 1 })
        expect(account.skipped).toHaveLength(1_001)
        expect(account.skipped).toContainEqual({
          path: '19500 more',
          code: 'page_of_other_kind',
          reason: '1000 others are named',
          times: 19_500,
        })
      },
    ))

  it('resolves no entity that it declares itself', () =>
    withFile(
      'bomb.xml',
      `<!DOCTYPE m [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY x SYSTEM "file:///etc/passwd">]>${dump(page(1, 'A', '&b;&x;'))}`,
      (file) => expect(readMediaWiki(file)).rejects.toMatchObject({ code: 'file_damaged' }),
    ))

  it('is refused when it is broken off, is no dump, or lies too deep', async () => {
    for (const [content, code] of [
      [dump(page(1, 'A', 'x')).slice(0, -20), 'file_damaged'],
      ['<html></html>', 'file_empty'],
      ['<a>'.repeat(1_000), 'file_damaged'],
      ['', 'file_damaged'],
    ] as const)
      await withFile('x.xml', content, (file) => expect(readMediaWiki(file)).rejects.toMatchObject({ code }))
  })

  it('leaves a page out that is too large, and keeps the last revision of one with several', () =>
    withFile(
      'x.xml',
      dump(
        page(1, 'Large', 'x'.repeat(600_000)),
        page(2, 'Two', 'new').replace(
          '<revision>',
          '<revision><timestamp>2025-01-01T00:00:00Z</timestamp><text>old</text></revision><revision>',
        ),
      ),
      async (file) => {
        const { files } = await readMediaWiki(file)
        expect(files).toMatchObject([{ path: 'two-2.de.md' }, { path: 'Large', code: 'file_too_large' }])
        expect(JSON.stringify(files)).not.toContain('old')
      },
    ))

  it(
    'of 300 MB is read piece by piece, and one page of 20 MB is refused',
    () =>
      inFolder(async (folder) => {
        const file = join(folder, 'large.xml')
        const filler = page(7, 'Talk', 'word '.repeat(100_000), '', 1)
        async function* content(): AsyncGenerator<string> {
          const [head = '', tail = ''] = dump('\n').split('\n')
          yield head
          for (let number = 0; number < 600; number++) yield filler
          yield page(8, 'Last', 'Text') + tail
        }
        await pipeline(content(), createWriteStream(file))
        const before = process.memoryUsage().heapUsed
        const { files } = await readMediaWiki(file)
        expect(files).toHaveLength(601)
        expect(process.memoryUsage().heapUsed - before).toBeLessThan(150 * 1_024 * 1_024)
        await writeFile(file, dump(page(1, 'A', 'x'.repeat(20_000_000))))
        await expect(readMediaWiki(file)).rejects.toMatchObject({ code: 'row_too_long' })
      }),
    60_000,
  )
})
