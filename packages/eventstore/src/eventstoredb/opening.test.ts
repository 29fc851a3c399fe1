import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Server, ServerCredentials } from '@grpc/grpc-js'
import { afterEach, describe, expect, it } from 'vitest'
import { notes, sampleCatalogue as catalogue } from '../contract/harness.ts'
import { isDatabaseAway } from '../postgres/pool.ts'
import { certificate } from '../testing/network.ts'
import { eventStoreDbStore } from './store.ts'
import { startEventStoreServer } from './testing/index.ts'

const stopping: (() => unknown)[] = []
afterEach(async () => {
  for (const stop of stopping.splice(0)) await stop()
})

const failure = async (connectionString: string, patienceMs?: number): Promise<unknown> =>
  eventStoreDbStore({ connectionString, catalogue, ...(patienceMs !== undefined && { patienceMs }) }).then(
    async (store) => {
      await store.close()
      return 'opened'
    },
    (error: unknown) => error,
  )

const started = async (...options: Parameters<typeof startEventStoreServer>) => {
  const server = await startEventStoreServer(...options)
  stopping.push(server.stop)
  return server
}

/** The authority of the certificate, where the client finds it. */
const authorityFile = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'guichet-authority-'))
  stopping.push(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'ca.pem'), certificate.ca)
  return join(folder, 'ca.pem')
}

describe('opening a store in EventStoreDB', () => {
  it('reports in one line, without the password, that nothing answers', async () => {
    const server = await startEventStoreServer()
    await server.stop()
    const error = await failure(`esdb://admin:open%20sesame@127.0.0.1:${server.port}?tls=false`, 500)
    expect(error).toMatchObject({
      name: 'StoreUnavailable',
      message: expect.stringMatching(/^EventStoreDB at 127\.0\.0\.1:\d+ cannot be reached \(.*ECONNREFUSED.*\)$/),
    })
    expect(isDatabaseAway(error)).toBe(true)
  })

  it('reports in one line that an operator’s metadata replaced its identity', async () => {
    const server = await started()
    const data = new TextEncoder().encode('{"$maxAge":60}')
    const metadata = { id: randomUUID(), type: '$metadata', contentType: 'application/json', data }
    server.log.append('$$guichet-store', 'any', [{ ...metadata, metadata: new Uint8Array() }])
    expect(await failure(server.url)).toMatchObject({
      name: 'StoreUnusable',
      reason: 'identity_missing',
      message: 'the metadata of the stream guichet-store has no identity of an event store',
    })
  })

  it('waits for an answer no longer than its patience', async () => {
    const silent = createServer(() => undefined)
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    stopping.push(() => silent.close())
    const error = await failure(`esdb://127.0.0.1:${(silent.address() as AddressInfo).port}?tls=false`, 200)
    expect(error).toMatchObject({ name: 'StoreUnavailable', message: expect.stringContaining('200 ms') })
  })

  it('waits for a server that is starting, which breaks connections and is not ready at first', async () => {
    let attempts = 0
    const starting = createServer((socket) => {
      attempts++
      socket.destroy()
    })
    await new Promise<void>((resolve) => starting.listen(0, '127.0.0.1', resolve))
    const { port } = starting.address() as AddressInfo
    const opening = failure(`esdb://127.0.0.1:${port}?tls=false`, 60_000)
    await expect.poll(() => attempts).toBeGreaterThan(3)
    await new Promise((resolve) => starting.close(resolve))
    const server = await started({ port })
    server.faults.unavailable = 8
    expect(await opening).toBe('opened')
    expect(server.faults.unavailable).toBe(0)
  })

  it('is refused with wrong credentials', async () => {
    const server = await started()
    server.faults.locked = true
    expect(await failure(server.url)).toMatchObject({ name: 'StoreUnusable', reason: 'credentials_refused' })
  })

  it.each(['21.10.9.0', '22.5.1', 'unknown'])('is refused on version %s', async (version) => {
    const server = await started({ version })
    expect(await failure(server.url)).toMatchObject({
      reason: 'eventstore_too_old',
      message: expect.stringContaining(`EventStoreDB ${version} is too old: 22.6`),
    })
  })

  it('is refused on a server that does not report its version', async () => {
    expect(await failure((await started({ version: undefined })).url)).toMatchObject({ reason: 'eventstore_too_old' })
  })

  it.each(['22.6.0.0', '24.10.1', '25.0.0'])('succeeds on version %s', async (version) => {
    const store = await eventStoreDbStore({ connectionString: (await started({ version })).url, catalogue })
    expect(await store.head()).toBeUndefined()
    await store.close()
  })

  it('is refused by a gRPC server other than EventStoreDB', async () => {
    const other = new Server()
    const port = await new Promise<number>((resolve, reject) =>
      other.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    )
    stopping.push(() => other.forceShutdown())
    expect(await failure(`esdb://127.0.0.1:${port}?tls=false`)).toMatchObject({ reason: 'not_an_eventstore' })
  })

  it('is refused with a wrong password, which it does not repeat', async () => {
    const server = await started({ tls: certificate })
    server.faults.authorization = `Basic ${Buffer.from('guichet:right').toString('base64')}`
    const authority = await authorityFile()
    const url = (password: string): string =>
      `esdb://guichet:${password}@localhost:${server.port}?tlsCAFile=${authority}`
    expect(await failure(url('wr0ng'))).toMatchObject({
      reason: 'credentials_refused',
      message: expect.not.stringContaining('wr0ng'),
    })
    expect(await failure(url('right'))).toBe('opened')
  })

  it('is refused by a web server', async () => {
    const web = createHttpServer((_, answer) => answer.end('hello'))
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve))
    stopping.push(() => web.close())
    const { port } = web.address() as AddressInfo
    expect(await failure(`esdb://127.0.0.1:${port}?tls=false`)).toMatchObject({ reason: 'not_an_eventstore' })
  })

  it('is refused over TLS by a server without it', async () => {
    const { port } = await started()
    expect(await failure(`esdb://127.0.0.1:${port}`)).toMatchObject({
      reason: 'tls_mismatch',
      message: `EventStoreDB at 127.0.0.1:${port} takes no encrypted connections: its address needs tls=false`,
    })
  })

  it('is refused without TLS by a server that has it', async () => {
    const { port } = await started({ tls: certificate })
    expect(await failure(`esdb://127.0.0.1:${port}?tls=false`)).toMatchObject({
      reason: 'tls_mismatch',
      message: `EventStoreDB at 127.0.0.1:${port} takes encrypted connections only: its address must go without tls=false`,
    })
  })

  it('is refused by a server whose authority it does not know, until the authority is configured', async () => {
    const { port } = await started({ tls: certificate })
    expect(await failure(`esdb://localhost:${port}`)).toMatchObject({
      reason: 'tls_mismatch',
      message: expect.stringMatching(/has a certificate that is not trusted \(.+\): tlsCAFile names its authority/),
    })
    expect(await failure(`esdb://localhost:${port}?tlsCAFile=${await authorityFile()}`)).toBe('opened')
  })

  it('reports that the name of a server is not known', async () => {
    expect(await failure('esdb://nowhere.invalid:2113?tls=false', 1_000)).toMatchObject({
      name: 'StoreUnavailable',
      message: expect.stringMatching(
        /^EventStoreDB at nowhere\.invalid:2113 cannot be reached \(.*(Name|ENOTFOUND).*\)$/,
      ),
    })
  })

  it('finds the leader when the address is a follower’s', async () => {
    const leader = await started()
    const follower = await started({ log: leader.log })
    follower.faults.leader = { host: '127.0.0.1', port: leader.port }
    const store = await eventStoreDbStore({ connectionString: follower.url, catalogue })
    expect(await store.head()).toBeUndefined()
    await store.close()
  })

  it.each([true, false])('finds the leader of a cluster by any of its nodes, %s', async (leaderFirst) => {
    const leader = await started()
    const follower = await started({ log: leader.log })
    follower.faults.leader = { host: '127.0.0.1', port: leader.port }
    const hosts = [leader, follower].map(({ port }) => `127.0.0.1:${port}`)
    const url = `esdb://${(leaderFirst ? hosts : hosts.reverse()).join(',')}?tls=false`
    const store = await eventStoreDbStore({ connectionString: url, catalogue })
    expect(await store.append(notes('note-1', 'any', 'a'))).toMatchObject({ kind: 'appended', version: 1 })
    await store.close()
  })

  it('reports that no node of a cluster answers', async () => {
    const error = await failure('esdb://127.0.0.1:1,127.0.0.1:2?tls=false&maxDiscoverAttempts=2', 2_000)
    expect(error).toMatchObject({
      name: 'StoreUnavailable',
      message: 'EventStoreDB at 127.0.0.1:1,127.0.0.1:2 cannot be reached (Failed to discover after 2 attempts.)',
    })
  })

  it('is refused with a missing certificate file', async () => {
    const error = await failure('esdb://admin:secret@localhost:2113?tlsCAFile=/nowhere/ca.pem')
    expect(error).toMatchObject({ reason: 'address_invalid', message: expect.stringContaining('tlsCAFile') })
  })

  it.each([
    'postgres://localhost/events',
    'esdb://',
    'esdb://user@host:2113',
    'esdb://host:2113?colour=red',
    'esdb://host:2113?tls=perhaps',
    'esdb://host:2113?tlsVerifyCert=false',
    'esdb://host:2113?throwOnAppendFailure=false',
    'esdb://admin:secret word@host:2113',
  ])('is refused at the address %s, without repeating a password', async (url) => {
    const error = await failure(url)
    expect(error).toMatchObject({ reason: 'address_invalid', message: expect.not.stringContaining('secret') })
  })
})
