import { randomUUID } from 'node:crypto'
import { createServer as createHttpServer } from 'node:http'
import type { AddressInfo, Server } from 'node:net'
import { createServer } from 'node:net'
import { Connection } from '@temporalio/client'
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { certificate } from '@guichet/eventstore/testing'
import type { Scene } from '../contract/index.ts'
import { openScene } from '../contract/index.ts'
import type { TemporalAddress } from './connection.ts'
import { listenToRuntime, registrationCommand } from './reports.ts'
import { clockIdIn, fedTemporalClock } from './testing/clock.ts'
import type { Gate, GateOptions } from './testing/gate.ts'
import { openGate } from './testing/gate.ts'

const server = inject('temporalServer') ?? ''
const patience = { interval: 20 }
const bytes = (text: string): Uint8Array => Buffer.from(text)
const waiting = 'Until then clocks wait, and everything else goes on'

/** gRPC statuses. */
const permissionDenied = 7
const unimplemented = 12
const unauthenticated = 16

/** Messages of the SDK's runtime itself, of which a process has one. */
const besides: string[] = []
beforeAll(() => listenToRuntime((error, context) => void besides.push(`${context}: ${String(error)}`)))

const disposals: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const dispose of disposals.splice(0).reverse()) await dispose()
})

const gateTo = async (options?: GateOptions): Promise<Gate> => {
  const gate = await openGate(server, options)
  disposals.unshift(gate.close)
  return gate
}

const listening = async (other: Server): Promise<string> => {
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  disposals.push(async () => other.close())
  return `127.0.0.1:${(other.address() as AddressInfo).port}`
}

/** A running engine, with all its messages. */
async function engineOn(
  connection: TemporalAddress['connection'],
  { namespace = 'default', lookMs = 10_000, reconcileMs = 180_000 } = {},
): Promise<{ scene: Scene; lines: string[]; early: string; closed(...ids: string[]): Promise<unknown> }> {
  const lines: string[] = []
  const scene = await openScene(
    (process) =>
      fedTemporalClock(process, {
        temporal: { connection, namespace },
        lookMs,
        reconcileMs,
        log: (_, line) => void lines.push(line),
        onError: (error, context) => void lines.push(`${context}: ${String(error)}`),
      }),
    { policy: { closeResolvedAfter: 1_000 } },
  )
  disposals.push(scene.dispose)
  const early = await scene.resolvedTicket()
  await scene.startEngine()
  const closed = async (...ids: string[]): Promise<unknown> =>
    vi.waitUntil(
      async () => (await Promise.all(ids.map((id) => scene.firedOn(id)))).every((fired) => fired.length > 0),
      patience,
    )
  return { scene, lines, early, closed }
}

const reported = (lines: readonly string[], count: number): Promise<unknown> =>
  vi.waitUntil(() => lines.length >= count, patience)

/** What the watch reports. Work on its way when the server is lost may meet that first, and reports its own failure. */
const ofServer = (lines: readonly string[]): string[] => lines.filter((line) => line.startsWith('Temporal at '))

describe.skipIf(!server)('a Temporal server', () => {
  let operator: Connection
  beforeAll(async () => {
    operator = await Connection.connect({ address: server })
  })
  afterAll(() => operator.close())

  const register = (namespace: string) =>
    operator.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
    })

  it('that is away at the start, and again later, is reported once each time, and nothing is lost', async () => {
    const gate = await openGate(server)
    await gate.close()
    const { scene, lines, early, closed } = await engineOn({ address: gate.address }, { lookMs: 500 })
    const heard = (count: number) => vi.waitUntil(() => ofServer(lines).length >= count, patience)
    await heard(1)
    const reopened = await openGate(server, { port: gate.port })
    await closed(early)
    await reopened.close()
    const meanwhile = await scene.resolvedTicket()
    await heard(3)
    await gateTo({ port: gate.port })
    const after = await scene.resolvedTicket()
    await closed(meanwhile, after)
    for (const id of [early, meanwhile, after]) expect(await scene.firedOn(id)).toHaveLength(1)

    const away = expect.stringMatching(
      /^Temporal at 127\.0\.0\.1:\d+ does not answer \(.+\); start it, or correct TEMPORAL_ADDRESS\. Until then/,
    ) as string
    const back = `Temporal at ${gate.address} can be used again; clocks catch up`
    await heard(4)
    expect(ofServer(lines), lines.join('\n')).toEqual([away, back, away, back])
  })

  it('that breaks a call off is reported as one that does not answer', async () => {
    const gate = await openGate(server)
    const { lines, early, closed } = await engineOn({ address: gate.address }, { lookMs: 500 })
    await closed(early)
    gate.rule((method) => (method === 'DescribeNamespace' ? 'held' : undefined))
    await vi.waitUntil(() => gate.holding > 0, patience)
    await gate.close()
    await vi.waitUntil(() => ofServer(lines).length >= 1, patience)
    expect(ofServer(lines)).toEqual([expect.stringContaining('does not answer')])
  })

  it('that refuses the key is reported without the key, and works as soon as it accepts it', async () => {
    const gate = await gateTo()
    gate.rule((_, { authorization }) =>
      authorization === 'Bearer right' ? undefined : { code: unauthenticated, message: `invalid ${authorization}` },
    )
    const { scene, lines, early, closed } = await engineOn({ address: gate.address, tls: false, apiKey: 'wr0ng' })
    await reported(lines, 1)
    expect(lines).toEqual([
      `Temporal at ${gate.address} refuses the credentials (invalid Bearer …); correct TEMPORAL_API_KEY, or give its owner leave ` +
        `to write in the namespace default. ${waiting}`,
    ])
    gate.rule(() => undefined)
    await closed(early)
    expect(lines.slice(1)).toEqual([`Temporal at ${gate.address} can be used again; clocks catch up`])
    expect(await scene.firedOn(early)).toHaveLength(1)
  })

  it('that revokes a key while clocks run is reported once, and nothing is lost', async () => {
    const gate = await gateTo()
    const { scene, lines, early, closed } = await engineOn({ address: gate.address }, { lookMs: 500 })
    await closed(early)
    gate.rule(() => ({ code: permissionDenied, message: 'Request unauthorized.' }))
    const meanwhile = await scene.resolvedTicket()
    await vi.waitUntil(() => ofServer(lines).length >= 1, patience)
    gate.rule(() => undefined)
    await closed(meanwhile)
    await vi.waitUntil(() => ofServer(lines).length >= 2, patience)
    expect(ofServer(lines)).toEqual([
      expect.stringContaining('refuses the credentials (Request unauthorized.)'),
      expect.stringContaining('can be used again'),
    ])
    expect(besides).toEqual([])
  })

  it('that lacks the namespace is reported with the command that creates it, and works as soon as it exists', async () => {
    const namespace = `desk-${randomUUID()}`
    const { lines, early, closed } = await engineOn({ address: server }, { namespace })
    await reported(lines, 1)
    expect(lines[0]).toMatch(
      `Temporal at ${server} lacks the namespace (Namespace ${namespace} is not found.); correct`,
    )
    expect(lines[0]).toMatch(`or run: temporal operator namespace create --namespace ${namespace}. ${waiting}`)
    await register(namespace)
    await closed(early)
    expect(lines.slice(1)).toEqual([`Temporal at ${server} can be used again; clocks catch up`])
  })

  it('that forbids adding search attributes is reported with the command, and clocks run without them', async () => {
    const namespace = `desk-${randomUUID()}`
    await register(namespace)
    const gate = await gateTo()
    gate.rule((method) =>
      method === 'AddSearchAttributes' ? { code: permissionDenied, message: 'ask your operator' } : undefined,
    )
    const { scene, lines, early, closed } = await engineOn({ address: gate.address }, { namespace, reconcileMs: 1_000 })
    await closed(early)
    const before = await scene.waitingTicket()
    await reported(lines, 1)
    expect(lines).toEqual([
      `Temporal does not let search attributes be added to the namespace ${namespace} (ask your operator); ` +
        `run: ${registrationCommand(namespace)}. Until then clocks run without them`,
    ])
    gate.rule(() => undefined)
    await reported(lines, 2)
    expect(lines[1]).toBe('registering the search attributes of clocks: goes well again')
    const later = await scene.waitingTicket()
    const isLabelled = async (id: string): Promise<boolean> => {
      const workflowId = await clockIdIn(scene.databaseUrl, `ticket-${id}`)
      const { workflowExecutionInfo } = await operator.workflowService
        .describeWorkflowExecution({ namespace, execution: { workflowId } })
        .catch(() => ({ workflowExecutionInfo: undefined }))
      return workflowExecutionInfo?.searchAttributes?.indexedFields?.['GuichetStatus'] !== undefined
    }
    for (const id of [before, later]) await vi.waitUntil(() => isLabelled(id), patience)
  })

  it('whose search attributes have another type is reported, and clocks run without them', async () => {
    const namespace = `desk-${randomUUID()}`
    await register(namespace)
    const double = 4
    await vi.waitUntil(
      () =>
        operator.operatorService.addSearchAttributes({ namespace, searchAttributes: { GuichetPriority: double } }).then(
          () => true,
          () => false,
        ),
      patience,
    )
    const { lines, early, closed } = await engineOn({ address: server }, { namespace })
    await closed(early)
    expect(lines).toEqual([
      `the namespace ${namespace} has search attributes of other types: GuichetPriority (wanted: Keyword); remove them, or set ` +
        'TEMPORAL_NAMESPACE to a namespace of its own. Until then clocks run without them',
    ])
  })

  it('that has no schedules is reported, and clocks run without the comparison', async () => {
    const gate = await gateTo()
    gate.rule((method) =>
      method.endsWith('Schedule') ? { code: unimplemented, message: `unknown method ${method}` } : undefined,
    )
    const { lines, early, closed } = await engineOn({ address: gate.address })
    await closed(early)
    await reported(lines, 1)
    expect(lines).toEqual([
      `scheduling the comparison of clocks with deadlines: Temporal at ${gate.address} is no Temporal server, or too old a one ` +
        '(unknown method CreateSchedule); correct TEMPORAL_ADDRESS, or use a newer server. It is tried again',
    ])
  })

  it('is used over TLS where its authority is known', async () => {
    const gate = await gateTo({ tls: certificate })
    const tls = { serverRootCACertificate: bytes(certificate.ca) }
    const { lines, early, closed } = await engineOn({ address: gate.address, tls, apiKey: 'k3y' })
    await closed(early)
    expect(lines).toEqual([])
  })
})

describe.skipIf(!server)(
  'what is no Temporal server, or cannot be reached as it is tried',
  { timeout: 180_000 },
  () => {
    const silent = () => listening(createServer(() => undefined))
    const web = () => listening(createHttpServer((_, answer) => answer.end('hello')))
    const plain = async () => (await gateTo()).address
    const encrypted = async () => (await gateTo({ tls: certificate })).address
    const mutual = async () => (await gateTo({ tls: certificate, mutual: true })).address
    const old = async (): Promise<string> => {
      const gate = await gateTo()
      gate.rule((method) => ({ code: unimplemented, message: `unknown method ${method}` }))
      return gate.address
    }
    const trusting = { serverRootCACertificate: bytes(certificate.ca) }
    const wrongName = { serverRootCACertificate: bytes(certificate.ca), serverNameOverride: 'temporal.example' }

    it.each<[string, () => Promise<string>, TemporalAddress['connection']['tls'], string, string]>([
      ['an address that is silent', silent, undefined, 'does not answer', 'start it'],
      [
        'a name that is not known',
        async () => 'nowhere.invalid:7233',
        undefined,
        'cannot be resolved',
        'TEMPORAL_ADDRESS',
      ],
      ['a web server', web, undefined, 'is no Temporal server', 'TEMPORAL_ADDRESS'],
      ['a server that implements nothing', old, undefined, 'is no Temporal server', 'use a newer server'],
      ['a plain server, over TLS', plain, true, 'takes no encrypted connections', 'TEMPORAL_TLS=false'],
      ['a server with TLS, without', encrypted, undefined, 'takes encrypted connections only', 'TEMPORAL_TLS=true'],
      ['a server of an unknown authority', encrypted, true, 'is not trusted', 'TEMPORAL_TLS_SERVER_CA_CERT_PATH'],
      [
        'a server that wants a certificate',
        mutual,
        trusting,
        'certificate, or its having none',
        'TEMPORAL_TLS_CLIENT_CERT_PATH',
      ],
      ['a server of another name', encrypted, wrongName, 'is not trusted', 'TEMPORAL_TLS_SERVER_NAME'],
    ])(
      '%s is reported in one line, while commands continue, and lets the engine stop',
      async (_, open, tls, wrong, next) => {
        const { scene, lines } = await engineOn({ address: await open(), ...(tls !== undefined && { tls }) })
        await reported(lines, 1)
        expect(lines[0]).toContain(wrong)
        expect(lines[0]).toContain(next)
        expect(lines[0]).not.toContain('\n')
        await scene.resolvedTicket()
        const dispose = disposals.splice(disposals.indexOf(scene.dispose), 1)[0]
        await dispose?.()
        expect(lines).toHaveLength(1)
      },
    )
  },
)
