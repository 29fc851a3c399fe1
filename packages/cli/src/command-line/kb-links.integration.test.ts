import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDesk, guichetEvents, instant } from '@guichet/domain'
import { postgresStore } from '@guichet/eventstore'
import { guichet, useCli } from './testing.ts'

const cli = useCli({ beforeAll, afterAll })
let asked: string[] = []
const server = createServer((request, response) => {
  asked.push(`${request.method} ${request.url}`)
  if (request.url === '/moved') return void response.writeHead(301, { location: '/here' }).end()
  response.writeHead(request.url === '/gone' ? 404 : 200).end()
})
let site: string

beforeAll(async () => {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  site = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const store = await postgresStore({ connectionString: cli.databaseUrl, catalogue: guichetEvents })
  const desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID })
  const send = async (id: string, by: string, command: object): Promise<void> => {
    const result = await desk.execute('article', id, command as never, { by: { kind: 'agent', id: by } })
    if (!result.ok) throw new Error(JSON.stringify(result))
  }
  const links = ['here#part', 'gone', 'moved'].map((path) => `[${path}](${site}/${path})`).join(' ')
  const body = `${links} [mail](mailto:a@b.example) [other](article:other)`
  await send('reset', 'ana', { type: 'create', language: 'en', title: 'Reset', body })
  await send('reset', 'eve', { type: 'approve', language: 'en', revision: 1 })
  await send('reset', 'ana', { type: 'publish', language: 'en', revision: 1 })
  await send('draft', 'ana', { type: 'create', language: 'en', title: 'Draft', body: `[draft](${site}/draft)` })
  await store.close()
})
afterAll(async () => {
  await new Promise((resolve) => void server.close(resolve))
})

const run = (ranges: string, ...args: readonly string[]) =>
  guichet(
    {
      DATABASE_URL: cli.databaseUrl,
      GUICHET_HOME: cli.folder,
      ...(ranges !== '' && { GUICHET_LINK_RANGES: ranges }),
    },
    'kb',
    'links',
    ...args,
  )

describe('guichet kb links', () => {
  it('asks nobody in the network of the desk, unless the operator allows the range', async () => {
    const { code, out } = await run('', '--json')
    expect(code).toBe(0)
    const fault = 'address_refused'
    expect(JSON.parse(out)).toMatchObject({ checked: 3, links: 3, notReached: [{ fault }, { fault }, { fault }] })
    expect(asked).toEqual([])
  })

  it('lists the links of published texts that readers do not reach, once a week has passed', async () => {
    const client = new pg.Client({ connectionString: cli.databaseUrl })
    await client.connect()
    await client.query(`update guichet_knowledge.outside_link set checked_at = checked_at - interval '8 days'`)
    await client.end()
    const { code, out } = await run('127.0.0.0/8')
    expect(code).toBe(0)
    const lines = out.split('\n').map((line) => line.trim().split(/ {2,}/))
    expect(lines[0]).toEqual(['article', 'language', 'found', 'because', 'link'])
    expect(lines.slice(1, -1)).toEqual([
      ['reset', 'en', 'broken', '404', `${site}/gone`],
      ['reset', 'en', 'moved', '200', `${site}/moved → ${site}/here`],
    ])
    expect(lines.at(-1)?.[0]).toBe('3 links checked; 2 of 3 are not as they should be')
    expect(asked.toSorted()).toEqual(['GET /gone', 'HEAD /gone', 'HEAD /here', 'HEAD /here', 'HEAD /moved'])
  })

  it('does not ask again what it has asked lately', async () => {
    asked = []
    const { out } = await run('127.0.0.0/8', '--json')
    expect(JSON.parse(out)).toMatchObject({ checked: 0, links: 3 })
    expect(asked).toEqual([])
  })

  it('refuses ranges that are none', async () => {
    expect(await run('localhost')).toMatchObject({ code: 2, err: expect.stringContaining('config_invalid') as string })
  })
})
