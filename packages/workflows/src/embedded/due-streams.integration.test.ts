import { expect, it, vi } from 'vitest'
import type { Desk } from '@guichet/domain'
import { hours, streamName } from '@guichet/domain'
import { deskAround } from '@guichet/domain/testing'
import { openScene } from '../contract/index.ts'
import { fedClock } from '../testing/fed-clock.ts'
import { untilStatus } from '../testing/until.ts'

it('reports a stream that fails among many that are due, and delays none of them', async () => {
  let failing = ''
  const scene = await openScene((process) => fedClock({ ...process, desk: failsOn(process.desk, () => failing) }))
  try {
    const ids: string[] = []
    for (let number = 0; number < 40; number++) ids.push(await scene.resolvedTicket(hours(25)))
    failing = ids[20] ?? ''
    const { status } = await scene.startEngine()
    for (const id of ids) if (id !== failing) expect(await scene.untilFired(id, 1)).toHaveLength(1)
    await vi.waitUntil(async () => (await status()).failing === 1)
    expect((await status()).failures).toMatchObject([
      { stream: streamName('ticket', failing), message: 'out of paper' },
    ])
  } finally {
    await scene.dispose()
  }
})

/** A desk that cannot execute commands on one ticket. */
function failsOn(desk: Desk, ticket: () => string): Desk {
  return deskAround(desk, (entry) => ({
    execute: (category, id, command, sender) =>
      id === ticket() ? Promise.reject(new Error('out of paper')) : entry.execute(category, id, command, sender),
  }))
}

it('sleeps until an earlier deadline is announced and until the next one is due, however seldom it looks by itself', async () => {
  const scene = await openScene((process) => fedClock(process, { pollMs: hours(1) }), {
    policy: { closeResolvedAfter: 600 },
  })
  try {
    const engine = await scene.startEngine()
    expect(await scene.untilFired(await scene.resolvedTicket(hours(1)), 1)).toMatchObject([{ type: 'TicketClosed' }])
    await untilStatus(engine, ({ late }) => late === 0)
    expect(await scene.untilFired(await scene.resolvedTicket(), 1)).toMatchObject([{ type: 'TicketClosed' }])
  } finally {
    await scene.dispose()
  }
})
