import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { Server, ServerCredentials } from '@grpc/grpc-js'
import { afterEach, describe, expect, it } from 'vitest'
import { notes, sampleCatalogue as catalogue } from '../contract/sample-events.ts'
import { isDatabaseAway } from '../postgres/index.ts'
import { eventStoreDbStore } from './index.ts'
import { startEventStoreServer } from './testing/index.ts'

const stopping: (() => unknown)[] = []
afterEach(async () => {
  for (const stop of stopping.splice(0)) await stop()
})

const failure = async (connectionString: string, patienceMs?: number): Promise<unknown> =>
  eventStoreDbStore({ connectionString, catalogue, ...(patienceMs !== undefined && { patienceMs }) }).then(
    () => 'opened',
    (error: unknown) => error,
  )

const started = async (...options: Parameters<typeof startEventStoreServer>) => {
  const server = await startEventStoreServer(...options)
  stopping.push(server.stop)
  return server
}

describe('opening a store in EventStoreDB', () => {
  it('says in one line, without the password, that nothing answers', async () => {
    const server = await startEventStoreServer()
    await server.stop()
    const error = await failure(`esdb://admin:open%20sesame@127.0.0.1:${server.port}?tls=false`)
    expect(error).toMatchObject({
      name: 'StoreUnavailable',
      message: expect.stringMatching(/^EventStoreDB at 127\.0\.0\.1:\d+ cannot be reached \(.*ECONNREFUSED.*\)$/),
    })
    expect(isDatabaseAway(error)).toBe(true)
  })

  it('waits for an answer no longer than it is told', async () => {
    const silent = createServer(() => undefined)
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    stopping.push(() => silent.close())
    const error = await failure(`esdb://127.0.0.1:${(silent.address() as AddressInfo).port}?tls=false`, 200)
    expect(error).toMatchObject({ name: 'StoreUnavailable', message: expect.stringContaining('200 ms') })
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

  it('is refused on a server that does not tell its version', async () => {
    expect(await failure((await started({ version: undefined })).url)).toMatchObject({ reason: 'eventstore_too_old' })
  })

  it.each(['22.6.0.0', '24.10.1', '25.0.0'])('goes well on version %s', async (version) => {
    const store = await eventStoreDbStore({ connectionString: (await started({ version })).url, catalogue })
    expect(await store.head()).toBeUndefined()
    await store.close()
  })

  it('is refused by whatever speaks gRPC but is not EventStoreDB', async () => {
    const other = new Server()
    const port = await new Promise<number>((resolve, reject) =>
      other.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    )
    stopping.push(() => other.forceShutdown())
    expect(await failure(`esdb://127.0.0.1:${port}?tls=false`)).toMatchObject({ reason: 'not_an_eventstore' })
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

  it('says that no node of a cluster answers', async () => {
    const error = await failure('esdb://127.0.0.1:1,127.0.0.1:2?tls=false&maxDiscoverAttempts=2')
    expect(error).toMatchObject({
      name: 'StoreUnavailable',
      message: 'EventStoreDB at 127.0.0.1:1,127.0.0.1:2 cannot be reached (Failed to discover after 2 attempts.)',
    })
  })

  it('is refused with a certificate that is not there', async () => {
    const error = await failure('esdb://admin:secret@localhost:2113?tlsCAFile=/nowhere/ca.pem')
    expect(error).toMatchObject({ reason: 'address_invalid', message: expect.stringContaining('certificates') })
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
  ])('is refused at the address %s, of which it repeats no password', async (url) => {
    const error = await failure(url)
    expect(error).toMatchObject({ reason: 'address_invalid', message: expect.not.stringContaining('secret') })
  })
})
