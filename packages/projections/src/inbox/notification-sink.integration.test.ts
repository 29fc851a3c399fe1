import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterEach, describe, expect, it } from 'vitest'
import type { Instant, Notification } from '@guichet/domain'
import { createDesk, days, guichetEvents, importCorrelation, inMemoryStore, instant, later } from '@guichet/domain'
import type { ProjectedHistory } from '../testing/projected-history.ts'
import { projectHistory } from '../testing/projected-history.ts'
import { emptyDesk, historyOf } from '../testing/random-history.ts'
import type { NotificationSink } from './model.ts'

const agent = { by: { kind: 'agent', id: 'agent-1' } } as const
const histories: ProjectedHistory[] = []
afterEach(async () => {
  for (const history of histories.splice(0)) await history.drop()
})

const now = instant('2026-03-27T09:00:00Z')

/** A ticket to which an agent has replied at an instant, recorded now. */
async function repliedTicket(at: Instant = now, correlationId?: string) {
  const store = inMemoryStore({ catalogue: guichetEvents, now: () => now })
  const desk = createDesk({ store, now: () => now, newId: randomUUID }).engine
  const customer = { id: 'marie', email: 'marie@desk.example' }
  const by = { kind: 'customer', id: 'marie' } as const
  await desk.execute('ticket', 'a', { type: 'open', subject: 'Facture', body: 'y', customer }, { by, at })
  await desk.execute('ticket', 'a', { type: 'agentReply', body: 'z' }, { ...agent, at, correlationId })
  return desk
}

async function reportedBy(
  desk: Awaited<ReturnType<typeof repliedTicket>>,
  options: { readonly replaying?: boolean } = {},
): Promise<readonly Notification[]> {
  const reported: Notification[] = []
  const notificationSink: NotificationSink = async (tx, notifications) => {
    await sql`select count(*) from notification`.execute(tx)
    reported.push(...notifications)
  }
  histories.push(await projectHistory([await historyOf(desk)], { ...options, notificationSink }))
  return reported
}

describe('the notifications that the inboxes report', () => {
  it('are those by e-mail or push, with the address from the ticket', async () => {
    expect(await reportedBy(await repliedTicket())).toMatchObject([
      {
        id: expect.stringMatching(/:marie$/) as string,
        recipientId: 'marie',
        address: 'marie@desk.example',
        kind: 'reply',
        channels: { email: true, push: true },
      },
    ])
  })

  it('exclude users who want notifications only on the web, and the desk', async () => {
    const desk = emptyDesk()
    await desk.execute('recipient', 'marie', { type: 'changePreference', preference: 'web_only' }, agent)
    const by = { kind: 'customer', id: 'marie' } as const
    const opening = { type: 'open', subject: 'x', body: 'y', customer: { id: 'marie' } } as const
    await desk.execute('ticket', 'a', opening, { by })
    await desk.execute('ticket', 'a', { type: 'agentReply', body: 'z' }, agent)
    await desk.execute('ticket', 'a', { type: 'escalate', team: 'tech', reason: 'x' }, agent)
    expect(await reportedBy(desk)).toEqual([])
  })

  it('are none while a rebuild replays', async () => {
    expect(await reportedBy(await repliedTicket(), { replaying: true })).toEqual([])
  })

  it('are none for imported history, nor for events more than a day before their recording', async () => {
    expect(await reportedBy(await repliedTicket(undefined, importCorrelation('old')))).toEqual([])
    expect(await reportedBy(await repliedTicket(later(now, -days(1) - 1)))).toEqual([])
    expect(await reportedBy(await repliedTicket(later(now, -days(1))))).toHaveLength(1)
  })

  it('fail the whole batch when the sink fails, so that nothing is shown that is not delivered', async () => {
    const notificationSink: NotificationSink = async () => {
      throw new Error('no room')
    }
    const history = await projectHistory([], { notificationSink })
    histories.push(history)
    await expect(history.project([await historyOf(await repliedTicket())])).rejects.toThrow('no room')
    expect((await history.rows())['notification']).toEqual([])
  })
})
