import { createHash, randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import type { AddressInfo, Socket } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeFileStorage } from './contract/index.ts'
import { folderStorage } from './folder-storage.ts'
import { s3Storage } from './s3-storage.ts'
import type { FileStorage } from './storage.ts'
import { StorageUnavailable } from './storage.ts'
import { startS3Server } from './testing/s3-server.ts'
import { installedServer } from './testing/servers.ts'

describeFileStorage('a folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'guichet-files-'))
  return { storage: folderStorage(folder), close: () => rm(folder, { recursive: true, force: true }) }
})

const content = randomBytes(200_000)
const expected = { bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') }

const everyMethod = (storage: FileStorage): Promise<unknown>[] => [
  storage.put('a', Readable.from([content]), expected),
  storage.get('a').then(buffer),
  storage.head('a'),
  storage.delete('a'),
  (async () => {
    for await (const each of storage.list()) expect(each).toBeUndefined()
  })(),
]

const expectUnavailable = async (storage: FileStorage): Promise<void> => {
  const outcomes = await Promise.allSettled(everyMethod(storage))
  for (const outcome of outcomes) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(StorageUnavailable) as unknown })
  }
}

const versitygw = await installedServer('versitygw')

describe.skipIf(!versitygw)('a real S3-compatible server', () => {
  const start = () => startS3Server(versitygw ?? { path: '' })

  describeFileStorage('a bucket of it', async () => {
    const { options, close } = await start()
    return { storage: s3Storage(options), close }
  })

  it('is unavailable when it refuses the credentials', async () => {
    const server = await start()
    try {
      await expectUnavailable(s3Storage({ ...server.options, secretAccessKey: 'wrong' }))
    } finally {
      await server.close()
    }
  })
})

it('sweeps a folder of what a killed process has left, and of nothing younger', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'guichet-files-'))
  const storage = folderStorage(folder)
  await mkdir(join(folder, 'incoming'))
  for (const name of ['cut', 'arriving']) await writeFile(join(folder, 'incoming', name), 'half of it')
  const anHourAgo = new Date(Date.now() - 3_600_000)
  await utimes(join(folder, 'incoming', 'cut'), anHourAgo, anHourAgo)
  expect(await storage.sweep(1_800_000)).toBe(1)
  expect(await readdir(join(folder, 'incoming'))).toEqual(['arriving'])
  await rm(folder, { recursive: true })
})

it('says that a folder which cannot be written is unavailable', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'guichet-files-'))
  await writeFile(join(folder, 'incoming'), 'in the way')
  const put = folderStorage(folder).put('a', Readable.from(['x']), { bytes: 1, sha256: '' })
  await expect(put).rejects.toBeInstanceOf(StorageUnavailable)
  await rm(folder, { recursive: true })
})

describe('a bucket that fails', () => {
  const credentials = { region: 'us-east-1', accessKeyId: 'test', secretAccessKey: 'wrong' }
  it('is unavailable when nothing listens', () =>
    expectUnavailable(s3Storage({ ...credentials, url: 'http://127.0.0.1:1/files' })))

  describe('that takes connections and stalls', () => {
    let address = ''
    let answer: string
    const sockets = new Set<Socket>()
    const server = createServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.resume()
      if (answer !== '') socket.write(answer)
    })
    beforeAll(async () => {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/files`
    })
    afterAll(() => {
      for (const socket of sockets) socket.destroy()
      server.close()
    })

    it('is unavailable after the time-out when it never answers', async () => {
      answer = ''
      await expectUnavailable(s3Storage({ ...credentials, url: address, stalledMs: 100 }))
    })

    it('is unavailable after the time-out when it stops in the middle of a file', async () => {
      answer = 'HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nhalf'
      const read = s3Storage({ ...credentials, url: address, stalledMs: 100 })
        .get('a')
        .then(buffer)
      await expect(read).rejects.toBeInstanceOf(StorageUnavailable)
    })
  })
})
