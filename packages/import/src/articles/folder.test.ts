import { execFileSync } from 'node:child_process'
import { mkdir, open, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { inFolder } from '../testing/index.ts'
import { folderLimits, readFolder } from './folder.ts'

const codesOf = async (folder: string): Promise<Readonly<Record<string, string>>> => {
  const { files } = await readFolder(folder)
  return Object.fromEntries(
    files.map((file) => [file.path, 'code' in file ? file.code : 'text' in file ? file.text : `${file.bytes} bytes`]),
  )
}

it('reads the Markdown files of a folder, and says of all others why it does not', () =>
  inFolder(async (folder) => {
    await mkdir(join(folder, 'app'))
    await writeFile(join(folder, 'app', 'index.md'), '\ufeffText.\r\n')
    await writeFile(join(folder, 'app', 'picture.png'), 'x')
    await writeFile(join(folder, '.hidden.md'), 'x')
    await writeFile(join(folder, 'latin.md'), Buffer.from('caf\xe9', 'latin1'))
    await writeFile(join(folder, 'zero.md'), 'a\0b')
    await writeFile(join(folder, 'bell\u0007.md'), 'x')
    await writeFile(join(folder, 'line\nend.md'), 'x')
    await writeFile(join(folder, 'back\\slash.md'), 'x')
    execFileSync('mkfifo', [join(folder, 'pipe.md')])
    expect(await codesOf(folder)).toEqual({
      'app/index.md': '\ufeffText.\r\n',
      'app/picture.png': '1 bytes',
      '.hidden.md': 'hidden',
      'latin.md': 'not_text',
      'zero.md': 'not_text',
      'bell.md': 'name_unusable',
      'line end.md': 'name_unusable',
      'back\\slash.md': 'name_unusable',
      'pipe.md': 'not_a_file',
    })
  }))

it('follows no symbolic link, out of the folder or within it', () =>
  inFolder(async (outside) =>
    inFolder(async (folder) => {
      await writeFile(join(outside, 'secret.md'), 'Secret.')
      await writeFile(join(folder, 'real.md'), 'Real.')
      await symlink(join(outside, 'secret.md'), join(folder, 'secret.md'))
      await symlink(outside, join(folder, 'all'))
      await symlink('real.md', join(folder, 'again.md'))
      await symlink('.', join(folder, 'round'))
      expect(await codesOf(folder)).toEqual({
        'real.md': 'Real.',
        'secret.md': 'symbolic_link',
        all: 'symbolic_link',
        'again.md': 'symbolic_link',
        round: 'symbolic_link',
      })
    }),
  ))

it('reads no file of 100 MB, and no folder that is too deep', () =>
  inFolder(async (folder) => {
    const file = await open(join(folder, 'large.md'), 'w')
    await file.truncate(100 * 1_024 * 1_024)
    await file.close()
    const deep = join(folder, ...Array<string>(folderLimits.depth).fill('d'))
    await mkdir(deep, { recursive: true })
    await writeFile(join(deep, 'index.md'), 'x')
    expect(Object.values(await codesOf(folder))).toEqual(['too_deep', 'file_too_large'])
  }))

it('refuses a folder that is not there, and one that is too large', () =>
  inFolder(async (folder) => {
    await expect(readFolder(join(folder, 'none'))).rejects.toMatchObject({ code: 'folder_unreadable' })
    await writeFile(join(folder, 'file.md'), 'x')
    await expect(readFolder(join(folder, 'file.md'))).rejects.toMatchObject({ code: 'folder_unreadable' })
    const size = folderLimits.fileBytes
    for (let number = 0; number * size <= folderLimits.bytes; number++) {
      const file = await open(join(folder, `${number}.md`), 'w')
      await file.truncate(size)
      await file.close()
    }
    await expect(readFolder(folder)).rejects.toMatchObject({ code: 'folder_too_large' })
  }))
