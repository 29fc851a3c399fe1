import { createWriteStream } from 'node:fs'
import { readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { once } from 'node:events'
import { pipeline } from 'node:stream/promises'
import { stringify } from 'csv-stringify'
import { makeFolder } from '../data-folder/make-folder.ts'
import { Fault } from '../fault/fault.ts'
import type { LogRow } from './log/log-row.ts'
import type { RowFault } from './read-row.ts'

/** The file of the rows that were refused: row number, field, code, reason, and the row as it was. */
export type Rejects = {
  add(row: LogRow, fault: RowFault): Promise<void>
  /** Gives the file its name. When no row was refused there is none, nor one of an earlier run. */
  finish(): Promise<void>
  /** Leaves nothing behind. */
  abandon(): Promise<void>
}

/**
 * Writes refused rows as CSV to a file of this process beside the wanted one, which is replaced by `finish` only.
 * @throws Fault `rejects_unwritable` when the file cannot be created; `add` and `finish` do when it takes no more.
 */
export async function openRejects(file: string, columns: readonly string[]): Promise<Rejects> {
  const part = `${file}.${process.pid}.part`
  const output = await create(file, part)
  let rows = 0
  const csv = stringify({ header: true, columns: ['row', 'field', 'code', 'reason', ...columns] })
  const written = pipeline(csv, output).catch((cause: unknown) => {
    throw unwritable(file, cause)
  })
  written.catch(() => {})
  return {
    add: async ({ row, original }, { field, code, reason }) => {
      rows++
      if (csv.destroyed) return written
      if (!csv.write([row, field, code, reason, ...original]))
        await Promise.race([once(csv, 'drain').catch(() => {}), written])
    },
    finish: async () => {
      csv.end()
      await written
      if (rows > 0) return rename(part, file)
      await Promise.all([rm(part), rm(file, { force: true })])
    },
    abandon: async () => {
      csv.end()
      await written.catch(() => {})
      await rm(part, { force: true })
    },
  }
}

async function create(file: string, part: string) {
  try {
    await makeFolder(dirname(resolve(file)))
    await removeOrphans(file)
    const output = createWriteStream(part, { mode: 0o600 })
    await once(output, 'open')
    return output
  } catch (cause) {
    throw unwritable(file, cause)
  }
}

/** Removes what processes of this machine have left that were killed while they wrote the file. */
async function removeOrphans(file: string): Promise<void> {
  const folder = dirname(resolve(file))
  for (const name of await readdir(folder).catch(() => [])) {
    const [, pid = ''] = /\.(\d+)\.part$/.exec(name) ?? []
    if (name === `${basename(file)}.${pid}.part` && !isAlive(Number(pid))) await rm(join(folder, name), { force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

function unwritable(file: string, cause: unknown): Fault {
  const { code } = cause as NodeJS.ErrnoException
  const reason = code === undefined ? '' : `: ${code}`
  return new Fault('rejects_unwritable', `the rejects file ${file} cannot be written${reason}`, { cause })
}
