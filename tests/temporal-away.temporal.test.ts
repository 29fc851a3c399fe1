import { createTestDatabase } from '@guichet/eventstore/testing'
import { randomUUID } from 'node:crypto'
import { afterAll, describe, expect, inject, it } from 'vitest'
import type { Gate } from '../packages/workflows/src/temporal/testing/gate.ts'
import { openGate } from '../packages/workflows/src/temporal/testing/gate.ts'
import { query, readHistory } from './faults/history.ts'
import { firedOn, openOverdueTickets } from './faults/overdue.ts'
import { agentToken, send } from './process/graphql.ts'
import type { Run } from './process/guichet.ts'
import { eventually, guichet, killLeftovers, serve } from './process/guichet.ts'

const address = inject('temporalServer')
afterAll(killLeftovers)

/** The messages of a log of JSON lines. */
const logged = ({ printed }: Run): readonly string[] =>
  printed.err
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => (JSON.parse(line) as { msg: string }).msg)

describe.skipIf(!address)('guichet serve and guichet worker', () => {
  it('each log once that Temporal does not answer, serve all the same, and catch up when it does', async () => {
    const database = await createTestDatabase()
    let gate: Gate = await openGate(address ?? '')
    await gate.close()
    const environment = {
      DATABASE_URL: database.url,
      NODE_ENV: 'production',
      GUICHET_WORKER: 'child',
      TEMPORAL_ADDRESS: gate.address,
      GUICHET_LOG_LEVEL: 'warn',
    }
    try {
      const server = await serve(environment)
      const worker = guichet(['worker'], environment)
      await eventually(async () => [server, worker].every((each) => logged(each).length > 0))
      const opening = { kind: 'open', ticketId: 'meanwhile', commandId: randomUUID() } as const
      expect((await send(server.url, await agentToken('ana'), opening)).userErrors).toEqual([])
      await openOverdueTickets(database.url, 'overdue', 3)
      await eventually(async () => {
        const [row] = await query(database.url, 'select count(*)::integer as kept from guichet_workflows.clock_outbox')
        return Number(row?.['kept']) >= 6
      })
      expect((await fetch(`${server.url}/ready`)).status).toBe(200)

      gate = await openGate(address ?? '', { port: gate.port })
      await eventually(async () => firedOn(await readHistory(database.url)).size === 6)
      await eventually(async () => [server, worker].every((each) => logged(each).length > 1))
      for (const { child } of [server, worker]) child.kill('SIGTERM')
      const exits = await Promise.all([server.exited, worker.exited])
      expect(exits, server.printed.err + worker.printed.err).toEqual([0, 0])
      for (const run of [server, worker]) {
        expect(logged(run)).toEqual([
          `Temporal at ${gate.address} does not answer (connect ECONNREFUSED ${gate.address}); start it, or correct TEMPORAL_ADDRESS. ` +
            'Until then clocks wait, and everything else goes on',
          `Temporal at ${gate.address} can be used again; clocks catch up`,
        ])
      }
    } finally {
      await gate.close()
      await database.drop()
    }
  })

  it('stop on SIGTERM, though no server has ever answered', async () => {
    const database = await createTestDatabase()
    const worker = guichet(['worker'], { DATABASE_URL: database.url, TEMPORAL_ADDRESS: '127.0.0.1:1' })
    await eventually(async () => worker.printed.err.includes('does not answer'))
    worker.child.kill('SIGTERM')
    expect(await worker.exited).toBe(0)
    await database.drop()
  })

  it.each([
    [{ TEMPORAL_TLS: 'yes' }, 'TEMPORAL_TLS must be true or false'],
    [
      { TEMPORAL_TLS_SERVER_CA_CERT_PATH: '/nowhere/ca.pem' },
      "ENOENT: no such file or directory, open '/nowhere/ca.pem'",
    ],
  ])('do not start with unusable variables of Temporal: %o', async (variables, reason) => {
    for (const command of ['serve', 'worker']) {
      const run = guichet([command], { TEMPORAL_ADDRESS: 'temporal.example:7233', ...variables })
      expect(await run.exited).toBe(2)
      expect(run.printed.err).toBe(
        `error config_invalid: the TEMPORAL_ variables cannot be used: ${reason} (see docs/reference/configuration.md)\n`,
      )
    }
  })
})
