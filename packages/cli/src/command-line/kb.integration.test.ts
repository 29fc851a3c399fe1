import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ArticleEvent } from '@guichet/domain'
import { articleTreeId } from '@guichet/domain'
import { NoPreview } from '@guichet/files'
import type { FileListRow } from '@guichet/projections'
import type { Engine } from '../engine/engine.ts'
import { uninterrupted } from './interruption.ts'
import { useCli } from './testing.ts'
import { withEngine } from './with-engine.ts'

const cli = useCli({ beforeAll, afterAll })
const faq = fileURLToPath(new URL('../../../import/src/testing/faq', import.meta.url))
const alex = { kind: 'agent', id: 'alex' } as const

async function json(...args: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const { code, out, err } = await cli.run(...args, '--json')
  expect([code, err]).toEqual([0, ''])
  return JSON.parse(out) as Readonly<Record<string, unknown>>
}

const onDesk = <T>(work: (engine: Engine) => Promise<T>): Promise<T> =>
  withEngine(
    {
      terminal: {
        out: () => undefined,
        err: () => undefined,
        progress: () => ({ update: () => undefined, stop: () => undefined }),
      },
      variables: { DATABASE_URL: cli.databaseUrl, GUICHET_HOME: cli.folder },
      interruption: uninterrupted,
    },
    work,
  )

/** The files of a folder with their bytes, by their paths. */
async function filesOf(folder: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const contents = await Promise.all(files.map((path) => readFile(path, 'latin1')))
  return Object.fromEntries(files.map((path, index) => [path.slice(folder.length + 1), contents[index] ?? '']))
}

const folder = (name: string): string => join(cli.folder, name)
const write = async (path: string, text: string): Promise<void> => {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
}

/** Files with all that a text editor may do to them. */
const unusual = {
  'windows.md': '\ufeff---\r\ntitle: Windows\r\nx-own: [ 1,  2 ] # ours\r\n---\r\n\r\nOne\r\n\r\n{{ tts_table() }}\r\n',
  'windows.de.md': '---\r\ntitle: Fenster\r\n---\r\nEins',
  'mixed.md': 'One\r\nTwo\nThree\n\n\n',
  'broken.md': '---\ntitle: "Broken\nupdated: 2026-01-01\n---\nText.\n',
  'toml.md': '+++\ntitle = "TOML"\n+++\nText.\n',
  'deep/er/er/page.md': '    code first\n',
} as const

it('exports what it has imported byte for byte, changes nothing when run again, and is undone', async () => {
  await cp(faq, folder('faq'), { recursive: true })
  for (const [path, text] of Object.entries(unusual)) await write(join(folder('faq'), 'odd', path), text)
  const account = { import: 'faq', files: 18, imported: 18, unchanged: 0, skipped: [], stale: [] }
  expect(await json('kb', 'import', folder('faq'), '--dry-run')).toMatchObject({ ...account, dryRun: true })
  expect(await json('imports', 'status')).toEqual([])
  expect(await json('kb', 'import', folder('faq'))).toMatchObject(account)
  expect(await json('kb', 'export', folder('out'))).toMatchObject({ files: 18, unchanged: 18, changed: 0, written: 0 })
  expect(await filesOf(folder('out'))).toEqual(await filesOf(folder('faq')))
  expect(await cli.run('kb', 'export', folder('out'))).toMatchObject({ code: 2 })
  expect(await json('kb', 'import', folder('out'), '--name', 'faq')).toMatchObject({ imported: 0, unchanged: 18 })
  expect((await cli.run('import', 'undo', 'faq')).err).toContain('guichet kb undo faq')
  expect(await json('kb', 'undo', 'faq')).toMatchObject({
    articles: 10,
    categories: 7,
    kept: { articles: [], categories: [] },
  })
  expect(await json('kb', 'export', folder('empty'))).toMatchObject({ files: 0 })
}, 60_000)

/** A picture of one colour, whose header may promise more pixels than anybody draws. */
const png = (colour: number, pixels = 2): Promise<Buffer> =>
  sharp({ create: { width: pixels, height: pixels, channels: 3, background: { r: colour, g: 0, b: 0 } } })
    .png()
    .toBuffer()

const filesOfDesk = (): Promise<readonly FileListRow[]> =>
  onDesk(async ({ readModels, runner, store }) => {
    const head = await store.head()
    if (head !== undefined) expect(await runner.reached(head, 30_000)).toBe(true)
    return (await readModels.files.list({}, { limit: 100 })).rows.map(({ row }) => row)
  })

it('brings the pictures of a folder in with the articles and out again byte for byte, and takes them back', async () => {
  const [red, bomb] = await Promise.all([png(200), png(1, 8_000)])
  const site = join(folder('pictures'), 'app')
  await write(
    join(site, 'index.md'),
    '\ufeff---\r\ntitle: App\r\n---\r\n![a](<img/a b.png> "A")\r\n![big](./img/bomb.png)\r\n',
  )
  await write(join(site, 'index.de.md'), '![a](img/a%20b.png) [Formular](../forms/form.pdf#page=2)\n')
  await write(join(site, 'more.md'), '[f]: ../forms/form.pdf\n\n[The form][f], `![a](img/a.png)`\n')
  for (const [path, content] of [
    ['app/img/a b.png', red],
    ['app/img/bomb.png', bomb],
    ['forms/form.pdf', Buffer.from('%PDF-1.7 form')],
  ] as const) {
    await mkdir(dirname(join(folder('pictures'), path)), { recursive: true })
    await writeFile(join(folder('pictures'), path), content)
  }
  const account = { files: 6, imported: 6, unchanged: 0, skipped: [] }
  expect(await json('kb', 'import', folder('pictures'), '--dry-run')).toMatchObject(account)
  expect(await filesOfDesk()).toEqual([])
  expect(await json('kb', 'import', folder('pictures'), '--audience', 'public')).toMatchObject(account)
  expect(await json('kb', 'import', folder('pictures'))).toMatchObject({ imported: 0, unchanged: 6 })
  const stored = await filesOfDesk()
  expect(stored.map(({ name, status, owner }) => [name, status, owner.split('-', 1)[0]]).toSorted()).toEqual([
    ['a b.png', 'clean', 'article'],
    ['a b.png', 'clean', 'article'],
    ['bomb.png', 'clean', 'article'],
    ['form.pdf', 'clean', 'article'],
    ['form.pdf', 'clean', 'article'],
  ])
  await onDesk(async ({ files, readModels }) => {
    const big = stored.find(({ name }) => name === 'bomb.png')
    await expect(files.preview(big as FileListRow)).rejects.toBeInstanceOf(NoPreview)
    const articleId = big?.owner.slice('article-'.length) ?? ''
    expect((await readModels.articles.publishedFiles(articleId)).toSorted()).toEqual(
      stored
        .filter(({ owner }) => owner === big?.owner)
        .map(({ id }) => id)
        .toSorted(),
    )
  })
  expect(await json('kb', 'export', folder('pictures-out'))).toMatchObject({
    files: 3,
    unchanged: 3,
    attachments: 3,
    missing: [],
  })
  expect(await filesOf(folder('pictures-out'))).toEqual(await filesOf(folder('pictures')))
  expect(await json('kb', 'undo', 'pictures')).toMatchObject({ articles: 2, files: 5 })
  expect((await filesOfDesk()).map(({ status }) => status)).toEqual(Array(5).fill('deleted'))
}, 120_000)

it('writes pictures that were uploaded here beside their texts, and names those that are not there', async () => {
  for (const [name, colour] of [
    ['here', 10],
    ['there', 20],
  ] as const) {
    await write(join(folder(name), `${name}.md`), '![a](a.png)\n')
    await writeFile(join(folder(name), 'a.png'), await png(colour))
    await json('kb', 'import', folder(name))
  }
  const [first] = await filesOfDesk()
  await onDesk(async ({ desk }) => {
    const create = { type: 'create', language: 'en', title: 'Own', body: `![a](file:${first?.id ?? ''})` } as const
    expect(await desk.execute('article', 'own', create, { by: alex })).toMatchObject({ ok: true })
  })
  const written = await json('kb', 'export', folder('uploads'))
  expect(written).toMatchObject({
    unchanged: 1,
    changed: 1,
    attachments: 2,
    missing: [`own/index.md: file:${first?.id ?? ''}`],
  })
  const files = await filesOf(folder('uploads'))
  const pictures = Object.keys(files).filter((path) => path.endsWith('.png'))
  expect(pictures).toEqual(expect.arrayContaining(['a.png', expect.stringMatching(/^a-kb-[0-9a-f]{24}\.png$/)]))
  const texts = [files['here.md'], files['there.md']]
  expect(texts.toSorted()).toEqual(pictures.map((path) => `![a](${path})\n`).toSorted())
  await onDesk(async ({ desk }) => {
    await desk.execute('article', 'own', { type: 'delete', reason: 'Done.' }, { by: alex })
  })
  for (const name of ['here', 'there']) await json('kb', 'undo', name)
}, 120_000)

it('writes two files of one name beside one another', async () => {
  for (const [name, path] of [
    ['one', 'a.md'],
    ['two', 'a.md'],
    ['three', 'a.md/b.md'],
  ] as const) {
    await write(join(folder(name), path), `Text of ${name}.`)
    await json('kb', 'import', folder(name))
  }
  const { files, renamed } = await json('kb', 'export', folder('beside'))
  expect([files, (renamed as readonly string[]).length]).toEqual([3, 2])
  const texts = Object.values(await filesOf(folder('beside')))
  expect(texts.toSorted()).toEqual(['Text of one.', 'Text of three.', 'Text of two.'])
  for (const name of ['one', 'two', 'three']) await json('kb', 'undo', name)
}, 60_000)

it('writes a changed text with its own front matter, and one that never was in a file with a new one', async () => {
  await write(join(folder('site'), 'start/_index.md'), '---\ntitle: Start\nweight: 1\n---\nKept.\n')
  await write(join(folder('site'), 'start/windows.md'), unusual['windows.md'])
  await write(join(folder('site'), 'start/broken.md'), unusual['broken.md'])
  expect(await json('kb', 'import', folder('site'))).toMatchObject({ imported: 3 })
  await onDesk(async ({ desk, store }) => {
    const events = await store.readAll({ limit: 10_000 })
    const articles = new Map<string, string>()
    for (const { event, stream } of events) {
      const { source } = event as { readonly source?: { readonly path: string } }
      if (event.type === 'ArticleRevised' && source) articles.set(source.path, stream.slice('article-'.length))
    }
    const id = (path: string): string => articles.get(path) ?? ''
    const text = { body: 'One\nTwo', slug: 'windows', basedOn: 1 } as const
    for (const path of ['start/windows.md', 'start/broken.md'])
      expect(
        await desk.execute(
          'article',
          id(path),
          { type: 'revise', language: 'en', title: 'New', ...text },
          { by: alex },
        ),
      ).toMatchObject({ ok: true })
    await desk.execute(
      'article',
      id('start/windows.md'),
      { type: 'revise', language: 'fr', title: 'Fenêtres', ...text, basedOn: 0 },
      { by: alex },
    )
    const [[categoryId] = ['']] = Object.entries(
      (await desk.read('articleTree', articleTreeId)).state.categories,
    ).filter(([, { isRemoved }]) => !isRemoved)
    const names = [{ language: 'en', name: 'Begin', slug: 'start' }]
    await desk.execute('articleTree', articleTreeId, { type: 'change', categoryId, texts: names }, { by: alex })
    const ours = {
      type: 'create',
      language: 'en',
      title: 'Ours: all',
      excerpt: 'E',
      body: 'Ours.',
      categoryId,
    } as const
    await desk.execute('article', 'ours', ours, { by: alex })
  })
  expect(await json('kb', 'export', folder('changed'))).toMatchObject({
    files: 5,
    unchanged: 0,
    changed: 3,
    written: 2,
    frontMatterKept: ['start/broken.md'],
  })
  const files = await filesOf(folder('changed'))
  expect(files['start/_index.md']).toBe('---\ntitle: "Begin"\nweight: 1\n---\nKept.\n')
  expect(files['start/windows.md']).toBe(
    Buffer.from('\ufeff---\r\ntitle: "New"\r\nx-own: [ 1,  2 ] # ours\r\n---\r\n\r\nOne\r\nTwo\r\n').toString('latin1'),
  )
  expect(files['start/broken.md']).toBe('---\ntitle: "Broken\nupdated: 2026-01-01\n---\nOne\nTwo\n')
  expect(files['start/ours-all/index.md']).toBe(
    '---\ntitle: "Ours: all"\ndescription: "E"\nslug: "ours-all"\n---\n\nOurs.\n',
  )
  expect(Object.keys(files)).toContain('start/windows.fr.md')
  expect(await json('kb', 'undo', 'site')).toMatchObject({
    articles: 0,
    categories: 0,
    kept: { categories: [expect.any(String)] },
  })
}, 60_000)

it('writes texts whose addresses are too long for a file system', async () => {
  const slug = 'क'.repeat(100)
  await onDesk(async ({ desk }) => {
    const texts = [{ language: 'hi', name: 'श्रेणी', slug }]
    await desk.execute('articleTree', articleTreeId, { type: 'add', categoryId: 'long', texts }, { by: alex })
    for (const id of ['long-1', 'long-2']) {
      const create = { type: 'create', language: 'hi', title: id, body: id, slug, categoryId: 'long' } as const
      expect(await desk.execute('article', id, create, { by: alex })).toMatchObject({ ok: true })
    }
  })
  const before = await json('kb', 'export', folder('long'))
  expect(before).toMatchObject({ renamed: [] })
  const texts = Object.values(await filesOf(folder('long'))).map((text) => text.trim().split('\n').at(-1))
  expect(texts).toEqual(expect.arrayContaining(['long-1', 'long-2']))
  await onDesk(async ({ desk }) => {
    for (const id of ['long-1', 'long-2'])
      await desk.execute('article', id, { type: 'delete', reason: 'Done.' }, { by: alex })
  })
}, 60_000)

it('gives a desk with two first languages back as it was', async () => {
  await write(join(folder('german'), 'a.md'), 'Eins.\n')
  await write(join(folder('german'), 'a.en.md'), 'One.\n')
  await write(join(folder('german'), 'b/_index.md'), '---\ntitle: Anfang\n---\n')
  await write(join(folder('german'), 'b/c.md'), 'Zwei.\n')
  for (const name of ['d', 'e', 'f', 'g']) await write(join(folder('english'), `${name}.md`), `${name}\n`)
  await json('kb', 'import', folder('german'), '--language', 'de')
  await json('kb', 'import', folder('english'))
  const firstLanguages = () =>
    onDesk(async ({ desk, store }) => {
      const languages = new Map<string, string>()
      for (const { event, stream } of await store.readAll({ limit: 10_000 })) {
        if (event.type !== 'ArticleRevised') continue
        const { state } = await desk.read('article', stream.slice('article-'.length))
        const { language, body } = event as Extract<ArticleEvent, { readonly type: 'ArticleRevised' }>
        if (state.status !== 'active' || !['Eins.', 'One.', 'Zwei.', 'd', 'g'].includes(body)) continue
        languages.set(`${language} ${body}`, state.language)
      }
      return Object.fromEntries(languages)
    })
  const before = await firstLanguages()
  expect(before).toMatchObject({ 'de Eins.': 'de', 'en One.': 'de', 'en d': 'en' })
  const { language } = await json('kb', 'export', folder('both'))
  expect(language).toBe('en')
  const files = await filesOf(folder('both'))
  expect(files['a.de.md']).toBe('---\nfirst_language: "de"\n---\n\nEins.\n')
  expect(files).toMatchObject({ 'b/c.de.md': 'Zwei.\n', 'b/_index.de.md': '---\ntitle: Anfang\n---\n' })
  for (const name of ['german', 'english']) await json('kb', 'undo', name)
  await json('kb', 'import', folder('both'))
  expect(await firstLanguages()).toEqual(before)
  await json('kb', 'export', folder('again'))
  expect((await filesOf(folder('again')))['a.de.md']).toBe(files['a.de.md'])
  await json('kb', 'undo', 'both')
}, 60_000)

it('says in words what came in, what did not, and why', async () => {
  await write(join(folder('words'), 'a.md'), 'Text.')
  await write(join(folder('words'), 'p.png'), 'x')
  const { code, out } = await cli.run('kb', 'import', folder('words'), '--audience', 'public')
  expect([code, out.split('\n')]).toEqual([
    0,
    expect.arrayContaining([
      '2 files of words: 1 imported, 0 unchanged, 1 skipped',
      '1 new article, 0 new categories; languages: en',
      'skipped p.png: not_markdown, is no .md file, and no text names it',
      'title_missing: 1 fault',
      '  a.md: “A” stands in its place',
      'no translation became stale',
    ]),
  ])
  expect((await cli.run('kb', 'undo', 'words')).out).toBe('1 article of words deleted, 0 categories removed')
  expect(await cli.run('kb', 'undo', 'none')).toMatchObject({ code: 1 })
  expect(await cli.run('kb', 'import', folder('nowhere'))).toMatchObject({ code: 2 })
})
