import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import { mkdtemp, rm } from 'node:fs/promises'
import type { Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { readEnvironment } from '../environment/environment.ts'
import type { Serving } from '../serving/serving.ts'
import { serve } from '../serving/serving.ts'
import { issueToken } from '../tokens/issue-token.ts'

type Span = {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly links?: readonly { readonly traceId: string }[]
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[]
}
type Exported = {
  readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: readonly Span[] }[] }[]
}

let database: TestDatabase
let home: string
let collector: Server
let server: Serving
const spans: Span[] = []

beforeAll(async () => {
  database = await createTestDatabase()
  home = await mkdtemp(join(tmpdir(), 'guichet-observed-'))
  collector = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => (body += text))
    request.on('end', () => {
      const { resourceSpans } = JSON.parse(body) as Exported
      spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)))
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
  })
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve))
  const { port } = collector.address() as AddressInfo
  const variables = {
    NODE_ENV: 'production',
    DATABASE_URL: database.url,
    GUICHET_HOME: home,
    GUICHET_JWT_SECRET: 's'.repeat(32),
    PORT: '0',
    GUICHET_METRICS: '127.0.0.1:0',
    GUICHET_SMTP_URL: 'smtp://127.0.0.1:1',
    GUICHET_MAIL_FROM: 'support@desk.example',
    GUICHET_TRACES: `http://127.0.0.1:${port}/v1/traces`,
  }
  server = await serve(readEnvironment(variables), pino({ level: 'silent' }))
})
afterAll(async () => {
  await server.stop()
  collector.close()
  collector.closeAllConnections()
  await database.drop()
  await rm(home, { recursive: true })
})

async function send(role: 'agent' | 'admin', query: string, variables: object, headers: Record<string, string> = {}) {
  const token = await issueToken(server.auth, { role, id: 'ann', seconds: 60 })
  const response = await fetch(`${server.address}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers },
    body: JSON.stringify({ query, variables }),
  })
  const { data } = (await response.json()) as { data: Readonly<Record<string, { readonly userErrors: unknown }>> }
  expect(Object.values(data).map(({ userErrors }) => userErrors)).toEqual([[]])
}

/** Opens a ticket with a target due within a second, so that its clock fires. */
async function openTicket(commandId: string, headers: Record<string, string> = {}): Promise<void> {
  const document = { sla: { policies: [{ name: 'at-once', firstResponse: '1s' }] } }
  const apply =
    'mutation ($input: ApplyConfigurationInput!) { applyConfiguration(input: $input) { userErrors { code message } } }'
  await send('admin', apply, { input: { commandId: `apply-${commandId}`, document } })
  const open = 'mutation ($input: OpenTicketInput!) { openTicket(input: $input) { userErrors { code message } } }'
  const input = {
    commandId,
    ticketId: commandId,
    subject: 'A blank page',
    body: 'Nothing shows.',
    customer: { id: 'carl' },
  }
  await send('agent', open, { input }, headers)
}

const attribute = ({ attributes }: Span, name: string): unknown => {
  const value = attributes.find(({ key }) => key === name)?.value
  return value?.['stringValue'] ?? value
}

describe('traces', () => {
  it('lead from a request over its events to the read models, and from there to the clock that they set', async () => {
    const traceId = 'ab'.repeat(16)
    await openTicket('traced-1', { traceparent: `00-${traceId}-${'cd'.repeat(8)}-01`, 'x-request-id': 'edge-1' })
    const of = (name: string) => spans.find((span) => span.name === name && span.traceId === traceId)
    const rung = () =>
      spans.find((span) => span.name === 'clock ticket' && attribute(span, 'guichet.ticket') === 'traced-1')
    await vi.waitFor(
      () => expect([of('POST /graphql'), of('append ticket'), of('project'), rung()]).not.toContain(undefined),
      {
        timeout: 30_000,
        interval: 100,
      },
    )
    const [request, append, project] = [of('POST /graphql'), of('append ticket'), of('project')]
    expect(request).toMatchObject({ parentSpanId: 'cd'.repeat(8) })
    expect(request && attribute(request, 'guichet.request_id')).toBe('edge-1')
    expect(append?.parentSpanId).toBe(request?.spanId)
    expect(project?.parentSpanId).toBe(append?.spanId)
    expect(rung()?.links?.map((link) => link.traceId)).toContain(traceId)
  })

  it('contain no texts and no ids of people', () => {
    const text = JSON.stringify(spans)
    for (const secret of ['blank page', 'Nothing shows', 'carl', '"ann"']) expect(text).not.toContain(secret)
  })
})

describe('metrics', () => {
  const scrape = async (): Promise<ReadonlyMap<string, number>> => {
    const response = await fetch(server.metrics ?? '')
    expect(response.headers.get('content-type')).toContain('version=0.0.4')
    const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    return new Map(
      lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
    )
  }

  it('describe the process, its requests, its read models and its clocks in the Prometheus format', async () => {
    await openTicket('measured-1')
    await vi.waitFor(
      async () => {
        const values = await scrape()
        const counted = 'guichet_http_request_duration_seconds_count{method="POST",route="/graphql",status="200"}'
        expect(values.get(counted)).toBeGreaterThanOrEqual(2)
        expect(values.get('guichet_tickets{status="new"}')).toBeGreaterThanOrEqual(1)
        expect(values.get('guichet_projection_events_total')).toBeGreaterThanOrEqual(2)
        for (const name of [
          'guichet_deadlines_late',
          'guichet_read_models_behind_events',
          'guichet_store_hidden_events',
        ])
          expect(values.get(name)).toBeGreaterThanOrEqual(0)
        expect(values.get('process_resident_memory_bytes')).toBeGreaterThan(1e6)
      },
      { interval: 200 },
    )
  })

  it('count each operation by its name, and by the code of its refusal or error', async () => {
    const counted = (type: string, operation: string, code: string): string =>
      `guichet_graphql_operations_total{type="${type}",operation="${operation}",code="${code}"}`
    const before = await scrape()
    const token = await issueToken(server.auth, { role: 'customer', id: 'carl', seconds: 60 })
    const ask = async (query: string): Promise<void> => {
      const response = await fetch(`${server.address}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ query }),
      })
      await response.text()
    }
    const reply = `customerReply(input: { commandId: "c", ticketId: "nowhere", body: "Hello?" }) { repeated }`
    await ask(`mutation Secret8e1f { mine: ${reply} }`)
    await ask('query Secret8e1f { viewer { role } other: __typename audit(first: 1) { nodes { id } } }')
    await ask('{ secret8e1f }')
    const after = await scrape()
    const grown = [...after].filter(
      ([name, value]) => name.startsWith('guichet_graphql_operations_total') && value > (before.get(name) ?? 0),
    )
    expect(grown.map(([name]) => name).toSorted()).toEqual(
      [
        counted('mutation', 'customerReply', 'ticket_not_found'),
        counted('query', 'audit', 'forbidden'),
        counted('none', 'none', 'validation_failed'),
      ].toSorted(),
    )
    expect([...after.keys()].join('\n')).not.toMatch(/8e1f/i)
  })

  it('count the promises of tickets and chats, and the deliveries of each channel', async () => {
    await openTicket('promised-1')
    await vi.waitFor(
      async () => {
        const values = await scrape()
        const target = 'subject="ticket",target="first_response"'
        expect(values.get(`guichet_sla_targets{${target},state="breached"}`)).toBeGreaterThanOrEqual(1)
        expect(values.get(`guichet_sla_targets_last_hour{${target},outcome="missed"}`)).toBeGreaterThanOrEqual(1)
        expect(values.get(`guichet_sla_targets{${target},state="about_to_breach"}`)).toBeGreaterThanOrEqual(0)
        expect(values.get('guichet_sla_targets{subject="chat",target="first_answer",state="on_time"}')).toBe(0)
        for (const count of ['waiting', 'failing', 'refused'])
          expect(values.get(`guichet_deliveries_${count}{channel="email"}`)).toBeGreaterThanOrEqual(0)
      },
      { interval: 200 },
    )
  })

  it('are at a separate address, which serves nothing else', async () => {
    expect((await fetch(`${server.address}/metrics`)).status).toBe(404)
    expect((await fetch(`${new URL(server.metrics ?? '').origin}/`)).status).toBe(404)
  })
})

it('tells that the mail server is away, and stays ready', async () => {
  const ready = async () => {
    const response = await fetch(`${server.address}/ready`)
    return { status: response.status, body: (await response.json()) as { checks: Record<string, string> } }
  }
  await expect.poll(async () => (await ready()).body.checks['mail']).toBe('degraded')
  expect(await ready()).toMatchObject({ status: 200, body: { status: 'degraded', checks: { delivery: 'ok' } } })
})
