import { spawnSync } from 'node:child_process'
import { readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { platform } from 'node:process'
import { describe, expect, it } from 'vitest'
import type { LogRow } from './log/log-row.ts'
import { openRejects } from './sources.ts'
import { inFolder } from '../testing/index.ts'

const fault = { field: 'at', code: 'value_unreadable', reason: 'no time' } as const
const row = (number: number, text: string): LogRow => ({ row: number, values: [], original: [text] })

describe('the file of refused rows', () => {
  it('has its name when it is finished, and nothing is left of one that is abandoned', () =>
    inFolder(async (folder) => {
      const file = join(folder, 'r.csv')
      const rejects = await openRejects(file, ['a'])
      await rejects.add(row(1, 'x'), fault)
      expect(await readdir(folder)).toEqual([`r.csv.${process.pid}.part`])
      await rejects.finish()
      expect(await readFile(file, 'utf8')).toBe('row,field,code,reason,a\n1,at,value_unreadable,no time,x\n')
      const again = await openRejects(file, ['a'])
      await again.add(row(1, 'y'), fault)
      await again.abandon()
      expect(await readdir(folder)).toEqual(['r.csv'])
    }))

  it('is written beside that of another process, and clears up behind one that was killed', () =>
    inFolder(async (folder) => {
      const file = join(folder, 'r.csv')
      const { pid: dead } = spawnSync(process.execPath, ['--version'])
      for (const pid of [process.ppid, dead]) await writeFile(`${file}.${pid}.part`, '')
      const rejects = await openRejects(file, ['a'])
      expect((await readdir(folder)).sort()).toEqual([`r.csv.${process.ppid}.part`, `r.csv.${process.pid}.part`].sort())
      await rejects.abandon()
    }))

  /** /dev/full behaves like a full disk. */
  it.runIf(platform === 'linux')('cannot be written on a full disk, and says so', async () => {
    const write = (rows: number) =>
      inFolder(async (folder) => {
        const file = join(folder, 'r.csv')
        await symlink('/dev/full', `${file}.${process.pid}.part`)
        const rejects = await openRejects(file, ['a'])
        try {
          for (let number = 0; number < rows; number++) await rejects.add(row(number, 'x'.repeat(1_000)), fault)
          await rejects.finish()
        } catch (error) {
          await rejects.abandon()
          expect(await readdir(folder)).toEqual([])
          throw error
        }
      })
    const unwritable = { code: 'rejects_unwritable', message: expect.stringContaining('ENOSPC') as string }
    await expect(write(1)).rejects.toMatchObject(unwritable)
    await expect(write(5_000)).rejects.toMatchObject(unwritable)
  })
})
