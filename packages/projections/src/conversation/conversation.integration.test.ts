import { ticketDeadlines } from '@guichet/domain'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ProjectedHistory } from '../testing/projected-history.ts'
import { projectHistory } from '../testing/projected-history.ts'
import { emptyDesk, historyOf } from '../testing/random-history.ts'

const agent = { by: { kind: 'agent', id: 'agent-1', name: 'Anne' } } as const
const customer = { by: { kind: 'customer', id: 'c-1' } } as const
const clock = { kind: 'system', id: 'clock' } as const

/** A ticket with a note, attachments of every sort, two chases and a closing message; and another ticket. */
async function desk() {
  const desk = emptyDesk()
  const { execute } = desk
  const who = { id: 'c-1', name: 'Marie' }
  const file = { type: 'attach', name: 'a.png', mediaType: 'image/png', bytes: 10 } as const
  const open = { type: 'open', body: 'Bonjour', customer: who } as const
  await execute('ticket', 't', { ...open, messageId: 'm1', subject: 'Facture' }, customer)
  await execute('ticket', 't', { type: 'addNote', messageId: 'm2', body: 'Client difficile' }, agent)
  await execute('ticket', 't', { ...file, attachmentId: 'loose' }, customer)
  await execute('ticket', 't', { ...file, attachmentId: 'on-note', messageId: 'm2' }, agent)
  await execute('ticket', 't', { ...file, attachmentId: 'hidden', messageId: 'm1', visibility: 'internal' }, agent)
  await execute('ticket', 't', { type: 'agentReply', messageId: 'm3', body: 'Voici', then: 'waiting_customer' }, agent)
  await execute('ticket', 't', { ...file, attachmentId: 'named', messageId: 'm1' }, customer)
  for (let step = 1; step <= 3; step++) {
    const [due] = ticketDeadlines((await desk.read('ticket', 't')).state, desk.policy)
    if (due)
      await execute('ticket', 't', { type: 'fire', ...due }, { by: clock, at: due.dueAt, commandId: `step-${step}` })
  }
  await execute('ticket', 'other', { ...open, messageId: 'n1', subject: 'Autre' }, customer)
  return desk
}

let history: ProjectedHistory
beforeAll(async () => {
  history = await projectHistory([await historyOf(await desk())])
})
afterAll(() => history.drop())

async function conversation(visibility: 'public' | 'all', options: { afterVersion?: number; limit?: number } = {}) {
  const found = await history.models.conversation.ofTickets(['t'], { visibility, limit: 50, ...options })
  return (found.get('t') ?? []).map(({ id, kind, attachments }) => [id, kind, attachments.map((each) => each.id)])
}

describe('a conversation', () => {
  it('holds the messages of both sides, notes, chases and the closing message in order', async () => {
    expect(await conversation('all')).toEqual([
      ['m1', 'customer', ['loose', 'hidden', 'named']],
      ['m2', 'note', ['on-note']],
      ['m3', 'agent', []],
      ['step-1', 'automatic', []],
      ['step-2', 'automatic', []],
      ['step-3', 'automatic', []],
    ])
  })

  it('shows a customer no note, nothing attached to one, and nothing internal', async () => {
    expect(await conversation('public')).toEqual([
      ['m1', 'customer', ['loose', 'named']],
      ['m3', 'agent', []],
      ['step-1', 'automatic', []],
      ['step-2', 'automatic', []],
      ['step-3', 'automatic', []],
    ])
  })

  it('goes on after a version, so many messages at a time', async () => {
    expect(await conversation('all', { afterVersion: 1, limit: 2 })).toEqual([
      ['m2', 'note', ['on-note']],
      ['m3', 'agent', []],
    ])
  })

  it('says who wrote, what and when', async () => {
    const found = await history.models.conversation.ofTickets(['t', 'other', 'unknown'], {
      visibility: 'all',
      limit: 9,
    })
    expect(found.get('unknown')).toEqual([])
    expect(found.get('other')).toEqual([
      {
        id: 'n1',
        ticketId: 'other',
        version: 1,
        kind: 'customer',
        author: { kind: 'customer', id: 'c-1' },
        body: 'Bonjour',
        at: '2026-03-27T09:00:00.000Z',
        attachments: [],
      },
    ])
    expect(found.get('t')?.[1]?.author).toEqual({ kind: 'agent', id: 'agent-1', name: 'Anne' })
  })
})
