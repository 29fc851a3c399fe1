import { existsSync } from 'node:fs'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeDataFolder } from './data-folder.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'guichet-folder-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('the data folder', () => {
  it('is created with its parents, and may exist already', async () => {
    const home = join(folder, 'a/b/c')
    await makeDataFolder(home)
    await makeDataFolder(home)
    expect((await stat(home)).isDirectory()).toBe(true)
  })

  it('is refused when a file is in its place or above it', async () => {
    const file = join(folder, 'file')
    await writeFile(file, '')
    for (const home of [file, join(file, 'below'), join(file, 'far/below')]) {
      await expect(makeDataFolder(home)).rejects.toMatchObject({
        code: 'data_folder_unusable',
        message: expect.stringContaining(home) as string,
      })
    }
  })

  it.skipIf(!existsSync('/proc/self'))('is refused at once where no folder can be created', async () => {
    await expect(makeDataFolder('/proc/guichet/home')).rejects.toMatchObject({ code: 'data_folder_unusable' })
  })
})
