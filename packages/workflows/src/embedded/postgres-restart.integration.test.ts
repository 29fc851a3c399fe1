import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { EmbeddedPostgres } from '@guichet/eventstore'
import { startEmbeddedPostgres } from '@guichet/eventstore'
import { openScene } from '../contract/index.ts'
import { fedClock } from '../testing/fed-clock.ts'
import { untilStatus } from '../testing/until.ts'

let dataDir: string
let postgres: EmbeddedPostgres

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'guichet-clock-'))
  await chmod(dataDir, 0o755)
  postgres = await startEmbeddedPostgres({ dataDir })
})

afterAll(async () => {
  await postgres.stop()
  await rm(dataDir, { recursive: true, force: true })
})

it('continues after a restart of Postgres, with deadlines that fell due meanwhile and with later ones', async () => {
  const failures: string[] = []
  const scene = await openScene(
    (process) =>
      fedClock(process, { leaseMs: 2_000, pollMs: 50, onError: (_error, context) => void failures.push(context) }),
    { policy: { closeResolvedAfter: 1_000 } },
    { url: postgres.url, drop: async () => undefined },
  )
  const engine = await scene.startEngine()
  const before = await scene.resolvedTicket()
  await scene.untilFired(before, 1)
  const meanwhile = await scene.resolvedTicket()
  await untilStatus(engine, ({ nextDue }) => nextDue !== undefined)

  await postgres.stop()
  await vi.waitUntil(() => failures.length > 0)
  postgres = await startEmbeddedPostgres({ dataDir })

  const after = await scene.resolvedTicket()
  for (const id of [before, meanwhile, after]) {
    expect(await scene.untilFired(id, 1)).toMatchObject([{ type: 'TicketClosed', reason: 'solved' }])
  }
  await untilStatus(engine, ({ nextDue }) => nextDue === undefined)
  await scene.dispose()
})
