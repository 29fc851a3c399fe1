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
import { markdownOf } from './html.ts'
import { readMediaWiki } from './mediawiki.ts'
import { markdownOfWikitext } from './wikitext.ts'
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

describe('the HTML of an article', () => {
  it('becomes Markdown with its tables, lists, code and links', () => {
    const html =
      '<h1>A</h1><table><thead><tr><th>x</th><th>y</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody></table>' +
      '<ol><li>one</li><li>two</li></ol><pre><code>a &lt; b</code></pre><p><a href="https://x.test/">link</a> <del>old</del></p>'
    expect(markdownOf(html).markdown).toBe(
      '# A\n\n| x   | y   |\n| --- | --- |\n| 1   | 2   |\n\n1.  one\n2.  two\n\n```\na < b\n```\n\n[link](https://x.test/) ~~old~~',
    )
  })

  it('runs nothing, and text that looks like HTML stays text', () => {
    const html =
      '<script>alert(1)</script><style>p{}</style><p onclick="x()">See <a href=" javascript:alert(1)">here</a> <a href="java&#10;script:alert(1)">there</a></p>' +
      '<p>&lt;script&gt;alert(2)&lt;/script&gt; &amp;lt;</p><img src="data:image/png;base64,AAAA" alt="dot"><iframe src="https://v.test/1"></iframe>'
    const { markdown, unread } = markdownOf(html)
    expect(markdown).toBe('See here there\n\n\\<script>alert(2)\\</script> \\&lt;\n\ndot<https://v.test/1>')
    expect(unread).toEqual(expect.arrayContaining(['iframe', 'link javascript:alert(1)']))
  })

  it('of 100,000 elements in one another is refused', () => {
    for (const tag of ['div', 'ul><li', 'blockquote', 'b'])
      expect(() => markdownOf(`<${tag}>`.repeat(100_000))).toThrow(RangeError)
    expect(markdownOf('<p>a<br><li>b'.repeat(2_000)).markdown).toContain('a')
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
        expect(files).toMatchObject([{ path: 'Large', code: 'file_too_large' }, { path: 'two-2.de.md' }])
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

describe('wikitext', () => {
  const wiki = {
    categoryNames: new Set(['category']),
    fileNames: new Set(['file']),
    pathOf: (title: string) => (title === 'Other page' ? 'other.md' : undefined),
  }
  const read = (text: string) => markdownOfWikitext(text, wiki)

  it.each([
    ["''italic'' '''bold''' '''''both'''''", '*italic* **bold** ***both***'],
    ['= Top =\n=== Third ===', '## Top\n\n### Third'],
    ['* a\n** b\n*# c\n# d', '- a\n  - b\n  1. c\n1. d'],
    ['[https://x.test/a label] [https://x.test/b]', '[label](<https://x.test/a>) <https://x.test/b>'],
    ['[[Other page]] [[other_page#Some part|there]]', '[Other page](<other.md>) [there](<other.md#some-part>)'],
    ["İ İ <nowiki>'''not'''</nowiki> end", "İ İ '''not''' end"],
    ["<nowiki>'''not [[bold]]'''</nowiki>", "'''not \\[\\[bold\\]\\]'''"],
    ['<pre>a < b</pre>', '```\na < b\n```'],
    ['1. no list, *no* _emphasis_ `no` code', '\\1. no list, \\*no\\* \\_emphasis\\_ \\`no\\` code'],
    ['Term <!-- hidden\n-->here __NOTOC__', 'Term here'],
    ['[javascript:alert(1) x]', '\\[javascript:alert(1) x\\]'],
  ])('%s becomes Markdown', (text, markdown) => {
    expect(read(text).markdown).toBe(markdown)
  })

  it('keeps what it does not understand as text, and names it', () => {
    const { markdown, unread } = read('See {{key|Ctrl}} and <ref>note</ref>.\n{|\n| a\n|}\n{{Box\n| b = c\n}}\nEnd')
    expect(markdown).toBe(
      'See `{{key|Ctrl}}` and \\<ref\\>note\\</ref\\>.\n\n```wikitext\n{|\n| a\n|}\n```\n\n```wikitext\n{{Box\n| b = c\n}}\n```\n\nEnd',
    )
    expect(unread).toEqual(['{{key|Ctrl}}', '<ref>', '</ref>', 'table', '{{Box}}'])
  })

  it.each(["'''''a", '[[a|', '{{', '<!--', '<nowiki>', '<pre>', '== ', '[https://x ', "''a'b", '<a ', '&a', '* ', ';'])(
    'of 500,000 characters of %s is read',
    (piece) => {
      expect(read(piece.repeat(500_000 / piece.length)).markdown.length).toBeGreaterThan(100_000)
    },
    20_000,
  )
})
