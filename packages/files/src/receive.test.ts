import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createReceiver } from './receive.ts'
import { StorageUnavailable } from './storage.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'guichet-receive-'))
})
afterEach(() => rm(folder, { recursive: true }))

it('rejects with the reason of the signal, and leaves nothing behind', async () => {
  const content = new PassThrough()
  const gone = new AbortController()
  const received = createReceiver(folder).receive(content, { name: 'a', maxBytes: 100, signal: gone.signal })
  content.write('half of it')
  gone.abort(new Error('the client has gone'))
  await expect(received).rejects.toThrow('the client has gone')
  expect(await readdir(folder)).toEqual([])
})

it('says that its folder is unavailable when that takes no content', async () => {
  const path = join(folder, 'received')
  await writeFile(path, 'in the way')
  const received = createReceiver(path).receive(Readable.from(['x']), { name: 'a', maxBytes: 100 })
  await expect(received).rejects.toBeInstanceOf(StorageUnavailable)
})
