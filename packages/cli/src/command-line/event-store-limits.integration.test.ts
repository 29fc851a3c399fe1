import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EventStoreServer, TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase, startEventStoreServer } from '@guichet/eventstore/testing'
import { row, snapshots, writeSnapshots } from '@guichet/import/testing'
import type { Ran } from './testing.ts'
import { guichet } from './testing.ts'

let database: TestDatabase
let folder: string
let server: EventStoreServer
const run = (...args: readonly string[]): Promise<Ran> =>
  guichet({ DATABASE_URL: database.url, GUICHET_HOME: folder, EVENTSTORE_URL: server.url }, ...args)

beforeAll(async () => {
  server = await startEventStoreServer()
  database = await createTestDatabase()
  folder = await mkdtemp(join(tmpdir(), 'guichet-cli-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
  await database.drop()
  await server.stop()
})

const file = async (name: string, text: string): Promise<string> => {
  const path = join(folder, name)
  await writeFile(path, text)
  return path
}

describe('the command line on EventStoreDB', () => {
  it('refuses a configuration that is larger than the server takes, and names the limit', async () => {
    const names = Array.from({ length: 40 }, (_, index) => `team-${index}-${'x'.repeat(40)}`)
    const teams = names.map((name) => `  - { name: ${name} }`).join('\n')
    const path = await file(
      'desk.yaml',
      `sla: { policies: [{ name: all, firstResponse: 1h }] }\nteams:\n  - { name: supervisors }\n${teams}\n`,
    )
    server.faults.maxAppendSize = 1_000
    const { code, err } = await run('config', 'apply', path)
    server.faults.maxAppendSize = 1_048_576
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringMatching(/^error configuration_refused: .*1000 bytes at most/),
    })
    expect(server.log.stream('configuration-desk')).toBeUndefined()
  })

  it('refuses the row of an import that is larger, with the code and the limit, and imports the others', async () => {
    const mapping = await file('mapping.json', JSON.stringify(snapshots))
    const rejects = join(folder, 'rejects.csv')
    const path = join(folder, 'large.csv')
    await writeSnapshots(path, [row(0, 'New', { case: 'A' }), row(0, 'New', { case: 'B', team: 'x'.repeat(190) })])
    server.faults.maxAppendSize = 1_400
    const { code, out, err } = await run('import', path, '--mapping', mapping, '--rejects', rejects, '--json')
    server.faults.maxAppendSize = 1_048_576
    expect({ code, err, out: JSON.parse(out) }).toMatchObject({ code: 0, out: { applied: 1, refused: 1 } })
    expect(await readFile(rejects, 'utf8')).toMatch(/command_too_large.*1400 bytes at most/)
  })

  it('says of a ticket whose stream was deleted or cut that it was, and names it among the read models', async () => {
    const streams = server.log.all.map(({ stream }) => stream).filter((stream) => stream.startsWith('ticket-'))
    const id = streams[0]!.slice('ticket-'.length)
    const event = { id: crypto.randomUUID(), type: '$metadata', contentType: 'application/json' }
    const data = new TextEncoder().encode('{"$tb":1}')
    server.log.append(`$$ticket-${id}`, 'any', [{ ...event, data, metadata: new Uint8Array() }])
    expect(await run('replay', id)).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^error history_deleted: the stream ticket-\S+ has lost its first events/),
    })
    server.log.tombstone(`ticket-${id}`)
    expect(await run('replay', id)).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^error history_deleted: the stream ticket-\S+ was deleted/),
    })
    expect(await run('reactions', 'restart')).toMatchObject({
      code: 0,
      out: 'The log has the last event of every reaction.',
    })
  })
})
