import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDesk, guichetEvents, instant } from '@guichet/domain'
import { postgresStore } from '@guichet/eventstore'
import { useCli } from './testing.ts'
import { shareOf } from './work/kb-evaluate.ts'

const cli = useCli({ beforeAll, afterAll })
const queries = fileURLToPath(new URL('testing/queries.json', import.meta.url))

beforeAll(async () => {
  const store = await postgresStore({ connectionString: cli.databaseUrl, catalogue: guichetEvents })
  const desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID })
  const send = async (id: string, by: string, command: object): Promise<void> => {
    const result = await desk.execute('article', id, command as never, { by: { kind: 'agent', id: by } })
    if (!result.ok) throw new Error(JSON.stringify(result))
  }
  const publish = async (id: string, language: string, title: string): Promise<void> => {
    await send(id, 'ana', { type: 'create', language, title, body: title, audience: 'public' })
    await send(id, 'eve', { type: 'approve', language, revision: 1 })
    await send(id, 'ana', { type: 'publish', language, revision: 1 })
  }
  await publish('reset', 'en', 'Reset the password')
  await publish('invoice', 'en', 'Download an invoice')
  await publish('karte', 'de', 'Karte herunterladen')
  await store.close()
})

describe('guichet kb evaluate', () => {
  it('shows how often the right article is found, by language and kind', async () => {
    const { code, out } = await cli.run('kb', 'evaluate', queries)
    const [head, all, ...rows] = out.split('\n')
    expect(code).toBe(0)
    expect(head).toMatch(/^queries +number +first +among the first three$/)
    expect(all).toMatch(/^all +4 +75\.0 % \(30–95 %\) +75\.0 % \(30–95 %\)/)
    expect(rows.map((row) => row.replace(/ {2,}.*/, ''))).toEqual([
      'language de',
      'language en',
      'kind synonym',
      'kind typo',
      'kind words',
      '4 queries; in brackets, where the share lies with a probability of 95 %',
    ])
  })

  it('prints the figures and what was missed as JSON', async () => {
    const { out } = await cli.run('kb', 'evaluate', queries, '--json')
    expect(JSON.parse(out)).toMatchObject({
      queries: 4,
      firstThree: { share: 0.75, from: 0.3006, to: 0.9544 },
      byKind: { synonym: { queries: 1, first: { share: 0 } }, typo: { queries: 1, first: { share: 1 } } },
      missed: [{ language: 'en', query: 'locked out of my account', place: null }],
    })
  })

  it('refuses a file that holds no queries, or cannot be read', async () => {
    const file = join(cli.folder, 'queries.json')
    for (const content of ['no', '{}', '{ "queries": [] }', '{ "queries": [{ "language": "en", "query": "" }] }']) {
      await writeFile(file, content)
      expect(await cli.run('kb', 'evaluate', file)).toMatchObject({
        code: 2,
        err: expect.stringContaining('error queries_invalid') as string,
      })
    }
    expect(await cli.run('kb', 'evaluate', join(cli.folder, 'none.json'))).toMatchObject({
      code: 2,
      err: expect.stringContaining('error file_unreadable') as string,
    })
  })
})

it.each([
  [0, 10, { share: 0, from: 0, to: 0.2775 }],
  [10, 10, { share: 1, from: 0.7225, to: 1 }],
  [50, 100, { share: 0.5, from: 0.4038, to: 0.5962 }],
])('gives %i of %i with its Wilson interval', (cases, all, share) => {
  expect(shareOf(cases, all)).toEqual(share)
})
