import { Writable } from 'node:stream'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ana, openTicket, tokenFor, useApi, zoe } from './testing/api-under-test.ts'

const logged: { level: number; err?: unknown; msg: string }[] = []
const log = pino(
  { level: 'info' },
  new Writable({ write: (line: Buffer, _, done) => (logged.push(JSON.parse(String(line)) as never), done()) }),
)
const api = useApi({ beforeAll, afterAll }, { log, reachTimeoutMs: 600_000 })

const byFilter = 'query ($filter: TicketFilter) { tickets(first: 1, filter: $filter) { nodes { id } } }'

describe('variables', () => {
  it.each([
    ['a field', { statu: ['new'] }],
    ['a value', { status: ['ne'] }],
  ])('that misspell %s are answered without the names of the schema, but for the desk', async (_, filter) => {
    const [toCustomer] = (await api.ask(zoe, byFilter, { filter })).errors
    const [toAgent] = (await api.ask(ana, byFilter, { filter })).errors
    expect(toCustomer?.extensions.code).toBe('malformed_input')
    expect(toCustomer?.message).not.toContain('Did you mean')
    expect(toAgent?.message).toContain('Did you mean')
  })

  it('that repeat what a suggestion begins with are answered in time', async () => {
    const status = 'Did you mean '.repeat(75_000)
    const { errors } = await api.ask(zoe, byFilter, { filter: { status: [status] } })
    expect(errors).toMatchObject([{ extensions: { code: 'malformed_input' } }])
    const inDocument = `{ tickets(first: 1, filter: { status: ["${status}"] }) { nodes { id } } }`
    expect((await api.ask(zoe, inDocument)).errors).toMatchObject([{ extensions: { code: 'validation_failed' } }])
  })

  it.each([1_000, 50_000])('that are nested %i deep are refused by a code of their own', async (depth) => {
    const filter = `${'{"not":'.repeat(depth)}{}${'}'.repeat(depth)}`
    const response = await api.app.inject({
      method: 'POST',
      url: '/graphql',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${await tokenFor(zoe)}` },
      payload: `{"query":${JSON.stringify(byFilter)},"variables":{"filter":${filter}}}`,
    })
    expect(response.json<{ errors: unknown }>().errors).toMatchObject([
      { message: expect.stringContaining('variables') as string, extensions: { code: 'too_deep' } },
    ])
  })
})

describe('a position that the store has not reached', () => {
  it('is refused at once, and is not logged as a failure of the server', async () => {
    const ticketId = await openTicket(api, zoe)
    const headers = { 'guichet-min-position': '99999999999999-99' }
    logged.length = 0
    const { errors } = await api.ask(zoe, `{ ticket(id: "${ticketId}") { id } }`, {}, headers)
    expect(errors).toMatchObject([{ extensions: { code: 'position_not_reached' } }])
    expect(logged.filter(({ level, err }) => level >= 50 || err !== undefined)).toEqual([])
  })
})
