import { mkdir, open, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ArticleEvent, Desk } from '@guichet/domain'
import { isStaleTranslation } from '@guichet/domain'
import { importFolder as importInto, inFolder, newDesk } from '../testing/index.ts'
import { namedFiles, pathNamed, withIds, withTargets } from './file-targets.ts'

const png = Buffer.from('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489', 'hex')
const otherPng = Buffer.concat([png, Buffer.from('other')])
const attachments = { maxBytes: 1_000 }

const write = async (folder: string, path: string, content: string | Buffer): Promise<void> => {
  await mkdir(dirname(join(folder, path)), { recursive: true })
  await writeFile(join(folder, path), content)
}
const importFolder = (folder: string, desk: Desk | undefined) => importInto(folder, desk, { attachments })

type Revision = Extract<ArticleEvent, { readonly type: 'ArticleRevised' }>

/** The last revision that came from each file. */
async function revisionsOf({ store }: Desk): Promise<ReadonlyMap<string, Revision>> {
  const revisions = new Map<string, Revision>()
  for (const { event } of await store.readAll({ limit: 1_000 })) {
    const { type, source } = event as Revision
    if (type === 'ArticleRevised' && source) revisions.set(source.path, event as Revision)
  }
  return revisions
}

describe('an import of articles with files', () => {
  it('makes the files that texts name files of their articles, and names them by their ids', () =>
    inFolder(async (folder) => {
      const body =
        'See ![a](img/a.png "A") and ![again](./img/a.png), [form](<the form.pdf>).\n\n[b]: img/b%281%29.png\n\n![b]'
      await write(folder, 'reset.md', body)
      await write(folder, 'reset.de.md', '![a](img/a.png)')
      await write(folder, 'img/a.png', png)
      await write(folder, 'img/b(1).png', otherPng)
      await write(folder, 'img/left.png', png)
      await write(folder, 'the form.pdf', '%PDF-1.7 form')
      const desk = newDesk()
      const account = await importFolder(folder, desk)
      expect(account).toMatchObject({ files: 6, imported: 5, unchanged: 0 })
      expect(account.skipped).toEqual([{ path: 'img/left.png', code: 'not_markdown', reason: expect.any(String) }])
      expect(account.faults.filter(({ code }) => /picture|attachment|link/.test(code))).toEqual([])
      const revisions = await revisionsOf(desk)
      const { body: stored, source } = revisions.get('reset.md') as Revision
      expect(stored.match(/file:kb-[0-9a-f]{24}/g)).toHaveLength(4)
      expect(Object.values(source?.files ?? {})).toEqual([
        'img/a.png',
        './img/a.png',
        'the form.pdf',
        'img/b%281%29.png',
      ])
      expect(withTargets(stored, source?.files)).toBe(body)
      expect(await importFolder(folder, desk)).toMatchObject({ imported: 0, unchanged: 5, skipped: [{}] })
      expect(await importFolder(folder, undefined)).toMatchObject({ imported: 5, articles: 1 })
    }))

  it('takes a picture that was drawn anew for a corrected one, which makes no translation stale', () =>
    inFolder(async (folder) => {
      await write(folder, 'reset.md', '![a](a.png)')
      await write(folder, 'reset.de.md', 'Ohne Bild.')
      await write(folder, 'a.png', png)
      const desk = newDesk()
      await importFolder(folder, desk)
      await write(folder, 'a.png', otherPng)
      expect(await importFolder(folder, desk)).toMatchObject({ imported: 2, unchanged: 1, stale: [] })
      const { revision, change } = (await revisionsOf(desk)).get('reset.md') as Revision
      expect([revision, change]).toEqual([2, 'typo'])
      const [{ stream } = { stream: '' }] = (await desk.store.readAll({ limit: 9 })).filter(
        ({ event }) => event.type === 'ArticleCreated',
      )
      const { state } = await desk.read('article', stream.slice('article-'.length))
      expect(state.status !== 'absent' && state.status !== 'deleted' && isStaleTranslation(state, 'de')).toBe(false)
    }))

  it('reads nothing outside of the folder, by no link, no path and no address', () =>
    inFolder(async (outside) =>
      inFolder(async (folder) => {
        await write(outside, 'secret.png', png)
        await symlink(join(outside, 'secret.png'), join(folder, 'link.png'))
        await symlink(outside, join(folder, 'all'))
        const targets = [
          `../${outside.split('/').at(-1)}/secret.png`,
          '..%2f..%2fsecret.png',
          '../../secret.png',
          join(outside, 'secret.png'),
          `file://${outside}/secret.png`,
          'https://a.example/secret.png',
          '//a.example/secret.png',
          'link.png',
          'all/secret.png',
          '.hidden/secret.png',
        ]
        await write(folder, '.hidden/secret.png', png)
        await write(folder, 'sub/index.md', targets.map((target) => `![x](${target})`).join('\n\n'))
        const desk = newDesk()
        const { faults, skipped, imported } = await importFolder(folder, desk)
        expect(imported).toBe(1)
        expect((await revisionsOf(desk)).get('sub/index.md')?.body).not.toMatch(/file:kb-/)
        expect(Object.fromEntries(skipped.map(({ path, code }) => [path, code]))).toEqual({
          '.hidden': 'hidden',
          'link.png': 'symbolic_link',
          all: 'symbolic_link',
        })
        expect(faults.filter(({ code }) => code === 'link_outside')).toHaveLength(2)
      }),
    ))

  it('names the files that may not be stored, and the texts that lose them', () =>
    inFolder(async (folder) => {
      await write(folder, 'a.md', '![large](large.png) ![program](program.png) [x](large.png)')
      await write(folder, 'program.png', Buffer.concat([Buffer.from('MZ\x90\0\x03\0\0\0'), Buffer.alloc(100)]))
      const file = await open(join(folder, 'large.png'), 'w')
      await file.truncate(100 * 1_024 * 1_024)
      await file.close()
      const { skipped, faults } = await importFolder(folder, newDesk())
      expect(Object.fromEntries(skipped.map(({ path, code }) => [path, code]))).toEqual({
        'large.png': 'file_too_large',
        'program.png': 'file_type_refused',
      })
      expect(faults.filter(({ code }) => code === 'picture_not_imported')).toHaveLength(3)
    }))

  it('says that a file stays out with the text that names it', () =>
    inFolder(async (folder) => {
      await write(folder, 'a.md', `---\ntitle: A\n---\n![a](a.png)${'\n> '.repeat(1)}${'> '.repeat(60)}deep`)
      await write(folder, 'a.png', png)
      const { skipped } = await importFolder(folder, newDesk())
      expect(skipped.map(({ path, code }) => [path, code])).toEqual([
        ['a.md', 'article_too_deep'],
        ['a.png', 'text_skipped'],
      ])
    }))

  it('counts the places of a text by the parser: none in code', () => {
    const body =
      '`![a](a.png)` ![a](a.png)\n\n```\n![a](a.png)\n```\n\n    ![a](a.png)\n\n\\![a](a.png) [![v](a.png)](b.pdf)'
    const places = namedFiles(body, (target) => target)
    expect(places.map(({ at }) => at)).toEqual([1, 4, 5, 6])
    const text = withIds(body, new Map(places.map(({ at }) => [at, 'kb-1'])))
    expect(text.match(/file:kb-1/g)).toHaveLength(4)
    expect(text).toContain('`![a](a.png)` ![a](file:kb-1)')
  })

  it('reads a hostile text in time that grows with its length', () => {
    for (const body of [
      '](a.png'.repeat(14_000),
      `${'['.repeat(49_000)}](${'a('.repeat(24_000)}`,
      '](<a'.repeat(25_000),
    ])
      expect(namedFiles(body, () => 'a.png').length).toBeLessThan(501)
  })

  it.each([
    ['', 'a.png', 'a.png'],
    ['x/y', '../a%20b.png?v=2#top', 'x/a b.png'],
    ['x', String.raw`a\_b.png`, 'x/a_b.png'],
    ['x', '../../a.png', undefined],
    ['x', '/a.png', undefined],
    ['x', 'c:a.png', undefined],
    ['x', String.raw`..\..\a.png`, undefined],
    ['x', '%2e%2e/%2e%2e/a.png', undefined],
  ])('in the folder “%s” “%s” is %s', (folder, target, path) => {
    expect(pathNamed(folder, target)).toBe(path)
  })
})
