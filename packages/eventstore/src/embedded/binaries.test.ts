import { mkdir, mkdtemp, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findBinaries, linkLibraries } from './run-as.ts'

describe('the installed Postgres', () => {
  let root: string

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'guichet-binaries-'))
    await mkdir(join(root, 'native/lib'), { recursive: true })
    const links = ['libpq.so', 'libpq.so.5'].map((name) => ({
      source: 'native/lib/libpq.so.5.18',
      target: `native/lib/${name}`,
    }))
    await writeFile(join(root, 'native/pg-symlinks.json'), JSON.stringify(links))
  })

  afterEach(() => rm(root, { recursive: true, force: true }))

  it('is found', async () => {
    const { postgres } = await findBinaries()
    expect(postgres).toMatch(/native.bin.postgres/)
  })

  it('gets the links that npm could not create, also when several processes create them', async () => {
    await Promise.all(Array.from({ length: 5 }, () => linkLibraries(root)))
    await linkLibraries(root)
    expect(await readlink(join(root, 'native/lib/libpq.so'))).toBe('libpq.so.5.18')
    expect(await readlink(join(root, 'native/lib/libpq.so.5'))).toBe('libpq.so.5.18')
  })

  it('needs no links where the package lists none', async () => {
    await rm(join(root, 'native/pg-symlinks.json'))
    await expect(linkLibraries(root)).resolves.toBeUndefined()
  })
})
