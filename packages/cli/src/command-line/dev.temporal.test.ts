import type { ChildProcess } from 'node:child_process'
import { execFile } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client, Connection } from '@temporalio/client'
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { searchAttributes } from '@guichet/workflows/temporal'
import type { DevGreeting } from './greeting.ts'
import { ended, firstLine, startGuichet } from './testing.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The executable of the dev server; undefined if there is none. */
    devServer: string | undefined
  }
}

const patience = { interval: 100 }
const execute = promisify(execFile)

describe.skipIf(!inject('devServer'))('guichet dev', () => {
  let home: string
  let dev: ChildProcess | undefined
  let connection: Connection | undefined

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'guichet-dev-'))
    await chmod(folder, 0o755)
    home = join(folder, 'home')
  })
  const stop = async (): Promise<void> => {
    await connection?.close()
    connection = undefined
    if (dev) {
      dev.kill('SIGKILL')
      await ended(dev)
      dev = undefined
    }
  }
  afterAll(async () => {
    await stop()
    await vi.waitUntil(async () => (await processes()).length === 0, patience)
    await rm(join(home, '..'), { recursive: true, force: true })
  })

  /** Starts everything in the data folder of these tests; resolves with its output and a client of its Temporal. */
  async function start(...args: readonly string[]) {
    const cache = process.env['GUICHET_CACHE']
    const variables = { GUICHET_HOME: home, TEMPORAL_ADDRESS: '', ...(cache && { GUICHET_CACHE: cache }) }
    dev = startGuichet(variables, 'dev', '--json', '--port', '0', '--temporal-port', '0', '--ui-port', '0', ...args)
    const greeting = JSON.parse(await firstLine(dev)) as DevGreeting & { lists: { withinTheHour: { filter: string } } }
    connection = await Connection.connect({ address: greeting.temporal })
    return { greeting, client: new Client({ connection }), process: dev }
  }

  /** Returns all servers that run on the data folder of these tests. */
  async function processes(): Promise<readonly { readonly pid: number; readonly args: string }[]> {
    const { stdout } = await execute('ps', ['-eo', 'pid=,args='])
    return stdout.split('\n').flatMap((line) => {
      const [, pid = '', args = ''] = /^ *(\d+) (.*)$/.exec(line) ?? []
      return args.includes(home) && !args.startsWith('ps ') ? [{ pid: Number(pid), args }] : []
    })
  }

  async function ask<T>({ api, tokens }: DevGreeting, role: 'customer' | 'agent', query: string): Promise<T> {
    const headers = { authorization: `Bearer ${tokens?.[role]}`, 'content-type': 'application/json' }
    const response = await fetch(`${api}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) })
    const { data, errors } = (await response.json()) as { data: T; errors?: unknown }
    if (errors) throw new Error(JSON.stringify(errors))
    return data
  }

  describe('that runs', () => {
    let running: Awaited<ReturnType<typeof start>>
    beforeAll(async () => {
      running = await start()
    })
    afterAll(stop)

    it('shows the clock of a ticket and what falls due within the hour', async () => {
      const { greeting, client } = running
      const { own, lists, until } = greeting
      expect((await fetch(own.url ?? '')).status).toBe(200)
      await ask(
        greeting,
        'customer',
        `mutation { openTicket(input: {commandId: "${own.commandId}", subject: "x", body: "y", category: "account_support"}) { ticket { ticketId: id } userErrors { code } } }`,
      )
      await ask(
        greeting,
        'agent',
        `mutation { agentReply(input: {commandId: "a1", ticketId: "${own.ticketId}", body: "z", then: WAITING_CUSTOMER}) { userErrors { code } } }`,
      )
      // Urgent targets run around the clock, so the test works at any hour. The sample desk has business hours.
      for (const number of [1, 2, 3]) {
        const urgent = `commandId: "urgent-${number}", subject: "x", body: "y", customer: { id: "c-1" }, priority: URGENT`
        await ask(greeting, 'agent', `mutation { openTicket(input: {${urgent}}) { userErrors { code } } }`)
      }
      const clock = client.workflow.getHandle(own.clock ?? '')
      const described = await vi.waitUntil(() => clock.describe().catch(() => undefined), patience)
      const labels = described.typedSearchAttributes
      expect(described.status.name).toBe('RUNNING')
      expect([labels.get(searchAttributes.status), labels.get(searchAttributes.category)]).toEqual([
        'waiting_customer',
        'account_support',
      ])
      expect([labels.get(searchAttributes.nextDueKind), labels.get(searchAttributes.breached)]).toEqual([
        'chase',
        false,
      ])

      type Open = { tickets: { nodes: { ticketId: string; deadlines: { dueAt: string }[] }[] } }
      const isDue = ({ dueAt }: { readonly dueAt: string }): boolean => Date.parse(dueAt) <= Date.parse(until)
      const clocksDue = async (): Promise<string[]> => {
        const { tickets } = await ask<Open>(
          greeting,
          'agent',
          '{ tickets(first: 100, filter: {status: [NEW, IN_PROGRESS, WAITING_CUSTOMER, RESOLVED]}) { nodes { ticketId: id deadlines { dueAt } } } }',
        )
        const due = tickets.nodes.filter(({ deadlines }) => deadlines.some(isDue)).map(({ ticketId }) => ticketId)
        expect(due.length).toBeGreaterThanOrEqual(3)
        expect(due.length).toBeLessThan(tickets.nodes.length)
        return due.map((ticketId) => (own.clock ?? '').replace(own.ticketId, ticketId))
      }
      const listed = async (): Promise<string[]> => {
        const found: string[] = []
        const query = lists.withinTheHour.filter
        for await (const { workflowId } of client.workflow.list({ query })) found.push(workflowId)
        return found
      }
      // Deadlines take effect meanwhile.
      const differences = async (): Promise<object> => {
        const [due, found] = [await clocksDue(), await listed()]
        return { missing: due.filter((id) => !found.includes(id)), more: found.filter((id) => !due.includes(id)) }
      }
      await expect.poll(differences, patience).toEqual({ missing: [], more: [] })

      expect(await client.workflow.count('WorkflowType = "deadlineClock" AND GuichetStatus IS NULL')).toEqual({
        count: 0,
        groups: [],
      })
    })

    it('is refused in one line when a requested port or the data folder is in use', async () => {
      const { greeting } = running
      const port = new URL(greeting.ui ?? '').port
      const refusals = [
        [
          ['--ui-port', port],
          /^error port_unavailable: 127\.0\.0\.1:\d+ is in use \(choose another one with --ui-port\)$/,
        ],
        [[], /^error data_folder_in_use: .*\(stop that process, or .*\)$/],
      ] as const
      for (const [args, line] of refusals) {
        const GUICHET_HOME = args.length > 0 ? `${home}-other` : home
        const refused = startGuichet({ GUICHET_HOME, TEMPORAL_ADDRESS: '' }, 'dev', ...args)
        const err: string[] = []
        refused.stderr?.on('data', (chunk: Buffer) => void err.push(chunk.toString()))
        expect(await ended(refused)).toBe(3)
        expect(err.join('').trimEnd()).toMatch(line)
      }
    })

    it('ends with everything it has started', async () => {
      const { process } = running
      expect((await processes()).length).toBeGreaterThan(2)
      process.kill('SIGINT')
      expect(await ended(process)).toBe(0)
      expect(await processes()).toEqual([])
    })
  })

  it('keeps its clocks when it is started again, when their server dies, and leaves no server behind when it is killed', async () => {
    const { greeting, client, process } = await start()
    const clock = client.workflow.getHandle(greeting.own.clock ?? '')
    const { runId, startTime } = await clock.describe()
    expect(startTime.getTime()).toBeLessThan(Date.now())
    const servers = (await processes()).filter(({ args }) => /^\S+temporal\S* server start-dev/.test(args))
    expect(servers).toHaveLength(1)
    globalThis.process.kill(servers[0]?.pid ?? 0, 'SIGKILL')
    await vi.waitUntil(async () => (await processes()).every(({ pid }) => pid !== servers[0]?.pid), patience)
    const again = await vi.waitUntil(() => clock.describe().catch(() => undefined), patience)
    expect(again.status.name).toBe('RUNNING')
    // The desk may replace the run meanwhile, but a server that had lost its data would no longer know it.
    const before = await client.workflow.getHandle(clock.workflowId, runId).describe()
    expect(before).toMatchObject({ runId, startTime })

    process.kill('SIGKILL')
    await ended(process)
    await vi.waitUntil(async () => (await processes()).length === 0, patience)
  })
})
