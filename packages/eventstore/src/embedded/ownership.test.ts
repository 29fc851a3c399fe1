import { mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { DataDirectoryInUse, processSpace, startOf, takeOwnership } from './ownership.ts'

describe('the ownership of a data directory', () => {
  let dataDir: string

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'guichet-ownership-'))
  })

  afterEach(() => rm(dataDir, { recursive: true, force: true }))

  it('is acquired by exactly one of many, repeatedly, and leaves one file', async () => {
    await writeFile(
      join(dataDir, 'postgres.owner.7'),
      JSON.stringify({ pid: process.pid, identity: 'an earlier start', space: await processSpace() }),
    )
    for (let round = 1; round <= 20; round++) {
      const settled = await Promise.allSettled(Array.from({ length: 20 }, () => takeOwnership(dataDir)))
      const owners = settled.filter((result) => result.status === 'fulfilled')
      expect(owners).toHaveLength(1)
      for (const result of settled) {
        if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(DataDirectoryInUse)
      }
      expect(await readdir(dataDir)).toEqual([`postgres.owner.${7 + round}`])
      await owners[0]?.value.release()
    }
  })

  it.each(['', '{"pid":', '\0}', '{}', '{"pid":0,"identity":"x"}', '{"pid":1,"identity":"long gone","space":"$here"}'])(
    'is free when the lock contains %j',
    async (content) => {
      await writeFile(join(dataDir, 'postgres.owner.1'), content.replace('$here', await processSpace()))
      await expect(takeOwnership(dataDir)).resolves.toBeDefined()
    },
  )

  it('belongs to an owner in another container for as long as its lock is touched', async () => {
    const lock = join(dataDir, 'postgres.owner.1')
    await writeFile(lock, JSON.stringify({ pid: process.pid, identity: 'x', space: 'another container' }))
    await expect(takeOwnership(dataDir)).rejects.toMatchObject({ name: 'DataDirectoryInUse', pid: undefined })
    const past = new Date(Date.now() - 60_000)
    await utimes(lock, past, past)
    const { release } = await takeOwnership(dataDir)
    const own = join(dataDir, 'postgres.owner.2')
    await utimes(own, past, past)
    await vi.waitUntil(async () => (await stat(own)).mtimeMs > past.getTime() + 1_000)
    await release()
  })

  it('is not touched by files of other names', async () => {
    await writeFile(join(dataDir, 'postgres.owner.x'), 'kept')
    await takeOwnership(dataDir)
    expect((await readdir(dataDir)).toSorted()).toEqual(['postgres.owner.1', 'postgres.owner.x'])
  })
})

describe('the start time of a process', () => {
  const fields = (state: string): string =>
    `7 (a) b) ${state} ${Array.from({ length: 18 }, (_, n) => n).join(' ')} 4711 0`

  it.each(['R', 'S', 'D', 'T'])('is known in state %s', (state) => expect(startOf(fields(state))).toBe('4711'))

  it.each(['Z', 'X', 'x'])(
    'is not known in state %s: the process has ended, though its parent has not reaped it',
    (state) => expect(startOf(fields(state))).toBeUndefined(),
  )
})
