import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import pg from 'pg'
import { postgresBus } from '@guichet/eventstore'
import { webhookSignature } from '@guichet/workflows'
import { openCustomerAlerts } from '../../live-data/customer-alerts.ts'
import type { LiveData } from '../../live-data/live-data.ts'
import { createLiveData } from '../../live-data/live-data.ts'

/** Live data of which tests release the connections. */
export type LiveDataUnderTest = LiveData & { stop(): Promise<void> }

/** The secret that the desk and the source of the tests share. */
export const sourceSecret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

/** A source of live data at an HTTP server of its own. */
export type SourceServer = { readonly url: string; close(): void }

/** Starts a source that answers as given. */
export async function serveSource(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<SourceServer> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/live`,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** Opens the live data of a server process: the source `battery` at an address, which also pushes alerts. */
export async function openLiveData(databaseUrl: string, url?: string, timeoutMs = 2_000): Promise<LiveDataUnderTest> {
  const onError = (error: unknown): never => {
    throw error
  }
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 })
  const bus = postgresBus({ connectionString: databaseUrl, onError: () => undefined })
  const alerts = await openCustomerAlerts({ pool, bus, onError })
  const sources = [{ name: 'battery', secrets: [sourceSecret], url }]
  return {
    ...createLiveData({ sources, alerts, timeoutMs, log: () => undefined }),
    stop: async () => {
      await alerts.stop()
      await bus.close()
      await pool.end()
    },
  }
}

type Signing = { readonly at?: Date; readonly timestamp?: string; readonly secret?: string }

/** A signed message with which a source pushes alerts: sent at a moment, and about a moment. */
export function alertsMessage(
  id: string,
  data: object,
  { at = new Date(), timestamp = at.toISOString(), secret = sourceSecret }: Signing = {},
): { readonly headers: Record<string, string>; readonly payload: string } {
  const payload = JSON.stringify({ type: 'customer.alerts', timestamp, data })
  return { headers: { ...webhookSignature([secret]).headers(id, at, payload) }, payload }
}
