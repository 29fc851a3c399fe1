import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Position } from '@guichet/domain'
import { configurationSchema, declareIncident, importCorrelation, instant } from '@guichet/domain'
import type { ProjectedHistory } from '../testing/projected-history.ts'
import { projectHistory } from '../testing/projected-history.ts'
import { emptyDesk, historyOf } from '../testing/random-history.ts'
import type { InboxFilter, InboxQueries } from './queries.ts'

const agent = { by: { kind: 'agent', id: 'agent-1' } } as const

async function desk() {
  const desk = emptyDesk()
  const open = { type: 'open', subject: 'Facture', body: 'y' } as const
  for (const [id, customer] of [
    ['a', 'marie'],
    ['b', 'paul'],
  ] as const) {
    await desk.execute(
      'ticket',
      id,
      { ...open, customer: { id: customer } },
      { by: { kind: 'customer', id: customer } },
    )
    await desk.execute('ticket', id, { type: 'agentReply', body: 'z' }, { ...agent, commandId: `reply-${id}` })
  }
  await desk.execute('recipient', 'paul', { type: 'changePreference', preference: 'email_only' }, agent)
  await desk.execute('ticket', 'b', { type: 'resolve' }, agent)
  await desk.execute('recipient', 'paul', { type: 'changePreference', preference: 'none' }, agent)
  await desk.execute('ticket', 'b', { type: 'close' }, agent)
  await desk.execute('ticket', 'a', { type: 'escalate', team: 'tech', reason: 'x' }, agent)
  await desk.execute('ticket', 'a', { type: 'resolve' }, { ...agent, correlationId: importCorrelation('old') })
  for (const id of ['c', 'd']) {
    const at = id === 'c' ? instant('2026-03-27T10:00:00Z') : instant('2026-03-27T09:30:00Z')
    await desk.execute(
      'ticket',
      id,
      { ...open, customer: { id: 'paula' } },
      { by: { kind: 'customer', id: 'paula' }, at },
    )
    if (id === 'c')
      await desk.execute('ticket', id, { type: 'addWatcher', watcher: { id: 'watcher' } }, { ...agent, at })
    await desk.execute('ticket', id, { type: 'agentReply', body: 'z' }, { ...agent, at })
    if (id === 'd') await desk.execute('ticket', id, { type: 'resolve' }, { ...agent, at })
    if (id === 'd') await desk.execute('ticket', id, { type: 'close' }, { ...agent, at })
  }
  return desk
}

let history: ProjectedHistory
beforeAll(async () => {
  history = await projectHistory([await historyOf(await desk())])
})
afterAll(() => history.drop())

const shown = async (recipient: string) =>
  (await history.models.inbox.ofRecipient(recipient, { limit: 10 })).rows.map(({ row }) => row)

describe('an inbox', () => {
  it('shows a user’s notifications on the web, in the words of the ticket', async () => {
    expect(await shown('marie')).toEqual([
      {
        id: 'ticket-a/2:marie',
        position: expect.any(String) as Position,
        recipientId: 'marie',
        team: undefined,
        ticketId: 'a',
        incidentId: undefined,
        kind: 'reply',
        level: 'info',
        title: 'Ticket de support : Nouvelle réponse',
        message: "Vous avez reçu une réponse à votre ticket 'Facture'.",
        language: 'fr',
        channels: { web: true, email: true, push: true },
        at: '2026-03-27T09:00:00.000Z',
      },
    ])
  })

  it('shows the desk’s notifications only to those who work there', async () => {
    const atDesk = await history.models.inbox.ofRecipient('agent-2', { limit: 10 }, { withDesk: true })
    expect(atDesk.rows.map(({ row }) => row)).toMatchObject([
      { kind: 'escalated', recipientId: undefined, team: 'tech' },
    ])
    const both = await history.models.inbox.ofRecipient('marie', { limit: 10 }, { withDesk: true })
    expect(both.rows.map(({ row }) => row.kind).toSorted()).toEqual(['escalated', 'reply'])
    expect(await shown('agent-2')).toEqual([])
  })

  it('follows the preference as of the event', async () => {
    expect((await shown('paul')).map(({ kind }) => kind)).toEqual(['reply'])
    const { rows } = await history.pool.query<{ kind: string; web: boolean; email: boolean }>(
      `select kind, web, email from guichet_read.notification where recipient_id = 'paul' order by kind`,
    )
    expect(rows).toEqual([
      { kind: 'reply', web: true, email: true },
      { kind: 'resolved', web: false, email: true },
    ])
  })

  it('returns the latest notifications, in the order of the events, between two positions', async () => {
    const last = (options: Parameters<InboxQueries['newest']>[1]) => history.models.inbox.newest('paula', options)
    const all = await last({ limit: 9 })
    expect(all.map(({ kind, ticketId }) => `${kind} ${ticketId}`)).toEqual([
      'closed d',
      'resolved d',
      'reply d',
      'reply c',
    ])
    expect(all[3]?.at).toBe('2026-03-27T10:00:00.000Z')
    const [closed, resolved, , first] = all.map(({ position }) => position)
    expect(await last({ limit: 2 })).toEqual(all.slice(0, 2))
    expect(await last({ limit: 2, before: closed })).toEqual(all.slice(1, 3))
    expect(await last({ limit: 9, after: resolved })).toEqual(all.slice(0, 1))
    expect(await last({ limit: 9, before: closed, after: first })).toEqual(all.slice(1, 3))
    expect(await last({ limit: 9, after: '0-0' as Position })).toEqual(all)
    expect((await shown('paula')).map(({ kind, ticketId }) => `${kind} ${ticketId}`)[0]).toBe('reply c')
  })

  it('answers all requests of one turn with one query, each with its own notifications', async () => {
    const { inbox } = history.models
    const everybody: [string, Parameters<InboxQueries['newest']>[1]][] = [
      ['paula', { limit: 3 }],
      ['paula', { limit: 9, kinds: ['reply'] }],
      ['marie', { limit: 9, ownTickets: true }],
      ['agent-1', { limit: 9, withDesk: true }],
      ['nobody', { limit: 9 }],
      ...Array.from({ length: 40 }, (_, n): [string, { limit: number }] => [`agent-${n + 2}`, { limit: 9 }]),
    ]
    const alone: unknown[] = []
    for (const [id, options] of everybody) alone.push(await inbox.newest(id, options))
    const queries = vi.spyOn(history.pool, 'query')
    const together = await Promise.all(everybody.map(([id, options]) => inbox.newest(id, options)))
    expect(queries).toHaveBeenCalledTimes(1)
    queries.mockRestore()
    expect(together).toEqual(alone)
    expect(together.slice(0, 5).map((rows) => rows.map(({ kind }) => kind))).toEqual([
      ['closed', 'resolved', 'reply'],
      ['reply', 'reply'],
      ['reply'],
      expect.arrayContaining(['escalated']),
      [],
    ])
  })

  it('has the notifications of those who were merged into the user, each event once', async () => {
    const { inbox } = history.models
    const shown = { merged: ['paula'], ownTickets: true } as const
    const all = await inbox.newest('marie', { limit: 9, ...shown })
    expect(all.map(({ kind, ticketId }) => `${kind} ${ticketId}`)).toEqual([
      'closed d',
      'resolved d',
      'reply d',
      'reply c',
      'reply a',
    ])
    const before = all[1]?.position
    expect(await inbox.newest('marie', { limit: 2, before, ...shown })).toEqual(all.slice(2, 4))
    const { rows } = await inbox.ofRecipient('marie', { limit: 9 }, shown)
    expect(rows.map(({ row }) => row.id).toSorted()).toEqual(all.map(({ id }) => id).toSorted())
    expect(await inbox.newest('marie', { limit: 9, ownTickets: true })).toEqual(all.slice(4))
  })

  it('has what a merged customer is notified of once, also where the user watches the ticket', async () => {
    const { inbox } = history.models
    const shown = { merged: ['paula'], ownTickets: true } as const
    for (const rows of [
      await inbox.newest('watcher', { limit: 9, ...shown }),
      (await inbox.ofRecipient('watcher', { limit: 9 }, shown)).rows.map(({ row }) => row),
    ]) {
      expect(rows.map(({ ticketId, kind, recipientId }) => `${ticketId} ${kind} ${recipientId}`).toSorted()).toEqual([
        'c reply paula',
        'd closed paula',
        'd reply paula',
        'd resolved paula',
      ])
    }
    const all = await inbox.newest('watcher', { limit: 9, merged: ['paula'] })
    expect(all.filter(({ ticketId }) => ticketId === 'c').map(({ recipientId }) => recipientId)).toEqual(['watcher'])
  })

  it('is empty for imported history', async () => {
    expect((await shown('marie')).map(({ kind }) => kind)).not.toContain('resolved')
  })
})

it('shows their notifications to those whom an incident affects, and to the desk that it pages', async () => {
  const incidents = emptyDesk()
  const declaration = { title: 'Panne', customer: { id: 'marie' }, customers: [{ id: 'zoe' }] }
  await declareIncident(incidents, 'i-1', declaration, { ...agent, commandId: 'declare' })
  await incidents.execute('incident', 'i-1', { type: 'postUpdate', message: 'On y est.' }, agent)
  await incidents.execute('incident', 'i-1', { type: 'postUpdate', message: 'Tout bas.', internal: true }, agent)
  const all = await historyOf(incidents)
  const { models, restart, project, drop } = await projectHistory([all.slice(0, 2)])
  try {
    restart()
    await project([all.slice(2)])
    const read = (id: string, shown: InboxFilter) => models.inbox.ofRecipient(id, { limit: 10 }, shown)
    for (const id of ['marie', 'zoe']) {
      const { rows } = await read(id, { ownTickets: true, kinds: ['incident_update'] })
      expect(rows.map(({ row }) => row)).toMatchObject([
        { incidentId: 'i-1', ticketId: 'i-1', recipientId: id, message: "Incident 'Panne' : On y est." },
      ])
    }
    const atDesk = await read('agent-2', { withDesk: true })
    expect(atDesk.rows.map(({ row }) => [row.kind, row.recipientId])).toEqual([
      ['escalated', undefined],
      ['incident_paged', undefined],
    ])
  } finally {
    await drop()
  }
})

it('keeps the words of a notification when a configuration is applied later for that time', async () => {
  const desk = emptyDesk()
  const at = (time: string) => ({ ...agent, at: instant(`2026-03-27T${time}Z`) })
  const open = { type: 'open', subject: 'Rechnung', body: 'y', customer: { id: 'marie' }, language: 'it' } as const
  await desk.execute('ticket', 'a', open, { ...at('09:00:00'), by: { kind: 'customer', id: 'marie' } })
  await desk.execute('ticket', 'a', { type: 'agentReply', body: 'z' }, at('09:01:00'))
  const configuration = configurationSchema.parse({ desk: { defaultLanguage: 'en' } })
  const effectiveFrom = instant('2026-03-27T08:00:00Z')
  const apply = { type: 'apply', configuration, effectiveFrom, retroactive: true } as const
  expect(await desk.execute('configuration', 'desk', apply, at('09:02:00'))).toMatchObject({ ok: true })
  await desk.execute('ticket', 'a', { type: 'agentReply', body: 'z' }, at('09:03:00'))
  const all = await historyOf(desk)
  const languages = async (batches: readonly (typeof all)[]) => {
    const { models, drop } = await projectHistory(batches)
    try {
      const { rows } = await models.inbox.ofRecipient('marie', { limit: 10 })
      return rows.map(({ row }) => row.language).toReversed()
    } finally {
      await drop()
    }
  }
  expect(await languages(all.map((event) => [event]))).toEqual(['fr', 'en'])
  expect(await languages([all])).toEqual(['fr', 'en'])
})
