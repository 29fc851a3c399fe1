import type { ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDesk, guichetEvents, instant } from '@guichet/domain'
import { postgresStore } from '@guichet/eventstore'
import { createTestDatabase } from '@guichet/eventstore/testing'
import { createClient } from 'graphql-ws'
import { expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { ended, firstLine, guichet, startGuichet } from '../command-line/testing.ts'

const secret = 'a secret of the test that is long enough'
const patience = { interval: 200 }

it(
  'visitors whose server was killed, and whose page was closed, are gone, and those who are connected elsewhere are not',
  { timeout: 300_000 },
  async () => {
    const database = await createTestDatabase()
    const store = await postgresStore({ connectionString: database.url, catalogue: guichetEvents })
    const desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID })
    const folder = await mkdtemp(join(tmpdir(), 'guichet-gone-'))
    const variables = { DATABASE_URL: database.url, GUICHET_HOME: folder, GUICHET_JWT_SECRET: secret }
    const processes: ChildProcess[] = []
    const start = async (...args: readonly string[]): Promise<string> => {
      const child = startGuichet(variables, ...args)
      processes.push(child)
      return firstLine(child)
    }
    const lead = { kind: 'agent', id: 'lead' } as const
    const configuration = { chat: { times: { keepPlaceFor: '1s' } } } as const
    try {
      const applied = await desk.execute('configuration', 'desk', { type: 'apply', configuration }, { by: lead })
      expect(applied).toMatchObject({ ok: true })
      expect(await start('worker')).toMatch(/^Guichet works/)
      const addresses: string[] = []
      for (let n = 0; n < 2; n++) {
        const line = await start('serve', '--worker', 'none', '--port', '0', '--json')
        addresses.push((JSON.parse(line) as { address: string }).address)
      }
      const tokenOf = async (id: string, role = 'customer'): Promise<string> =>
        (await guichet(variables, 'token', '--role', role, '--id', id)).out.trim()
      const agentToken = await tokenOf('lead', 'agent')
      /** The presence of a chat's customer, as the first server shows it to the desk. */
      const presenceOf = async (id: string): Promise<unknown> => {
        const response = await fetch(`${addresses[0]}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: `Bearer ${agentToken}` },
          body: JSON.stringify({ query: `{ chat(id: "${id}") { presence { customer { status } } } }` }),
        })
        return response.json()
      }
      /** Starts a chat and holds a subscription to its place, at one of the servers. */
      const wait = async (id: string, server: number) => {
        const by = { kind: 'customer', id } as const
        expect(await desk.startChat(id, { customer: { id } }, { by })).toMatchObject({ ok: true })
        const token = await tokenOf(id)
        let shown = false
        const client = createClient({
          url: `${(addresses[server] ?? '').replace('http', 'ws')}/graphql`,
          webSocketImpl: WebSocket,
          lazy: false,
          retryAttempts: 0,
          onNonLazyError: () => undefined,
          connectionParams: { authorization: `Bearer ${token}` },
          on: { connected: () => (shown = true) },
        })
        await expect.poll(() => shown, patience).toBe(true)
        return client
      }
      await wait('killed', 1)
      const closed = await wait('closed', 0)
      const stays = await wait('stays', 0)
      for (const id of ['killed', 'closed', 'stays']) {
        const online = { data: { chat: { presence: { customer: { status: 'ONLINE' } } } } }
        await expect.poll(() => presenceOf(id), patience).toEqual(online)
      }
      processes[2]?.kill('SIGKILL')
      await closed.dispose()
      const endOf = async (id: string) => {
        const { state } = await desk.read('chat', id)
        return state.status === 'absent' ? undefined : { status: state.status, reason: state.closed?.reason }
      }
      for (const id of ['killed', 'closed']) {
        await expect.poll(() => endOf(id), patience).toEqual({ status: 'closed', reason: 'gone' })
      }
      expect(await endOf('stays')).toEqual({ status: 'waiting', reason: undefined })
      await stays.dispose()
    } finally {
      for (const child of processes) {
        child.kill('SIGKILL')
        await ended(child)
      }
      await store.close()
      await database.drop()
      await rm(folder, { recursive: true, force: true })
    }
  },
)
