import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { isGzip, rawBytes } from './log/bytes.ts'
import { messagesAt } from './log/mbox-log.ts'
import type { Source, SourceRow } from './sources.ts'

/** The mailbox of the mails that were refused, beside the file of the refused rows. */
export const refusedMailsFile = (rejectsFile: string): string => `${rejectsFile.replace(/\.csv$/i, '')}.refused.mbox`

type RefusedMails = {
  add(row: SourceRow): void
  readonly count: number
  /** Copies the mails, as they are, from the mailboxes. Without any there is no file, nor that of an earlier run. */
  write(rejectsFile: string): Promise<void>
}

/** Notes which mails were refused, eight bytes each. The file of the refused rows has their headers alone. */
export function refusedMailsOf(sources: readonly Source[], isMailbox: readonly boolean[]): RefusedMails {
  const lines = sources.map(() => new Set<number>())
  const count = (): number => lines.reduce((sum, { size }) => sum + size, 0)
  return {
    add: ({ source, row }) => {
      if (isMailbox[source]) lines[source]?.add(row)
    },
    get count() {
      return count()
    },
    write: async (rejectsFile) => {
      const file = refusedMailsFile(rejectsFile)
      if (count() === 0) return isMailbox.includes(true) ? rm(file, { force: true }) : undefined
      const part = `${file}.${process.pid}.part`
      try {
        await pipeline(Readable.from(copied(sources, lines)), createWriteStream(part, { mode: 0o600 }))
        await rename(part, file)
      } catch (error) {
        await rm(part, { force: true })
        throw error
      }
    },
  }
}

async function* copied(sources: readonly Source[], lines: readonly ReadonlySet<number>[]): AsyncGenerator<Buffer> {
  for (const [index, { file }] of sources.entries()) {
    const lineNumbers = lines[index]
    if (!lineNumbers || lineNumbers.size === 0) continue
    let last: Buffer = Buffer.alloc(0)
    for await (const line of messagesAt(rawBytes(file, { gzip: await isGzip(file) }), lineNumbers)) yield (last = line)
    if (last.toString('latin1').trim() !== '') yield Buffer.from('\n\n')
  }
}
