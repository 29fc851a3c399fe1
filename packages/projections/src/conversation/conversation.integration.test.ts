import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Desk, EventEnvelope, TicketEvent } from '@guichet/domain'
import { ticketDeadlines } from '@guichet/domain'
import type { Page } from '../reading/reader.ts'
import type { ProjectedHistory } from '../testing/projected-history.ts'
import { projectHistory } from '../testing/projected-history.ts'
import { emptyDesk, historyOf } from '../testing/random-history.ts'
import type { Visibility } from '../visibility.ts'
import { conversationOf } from './model.ts'

const agent = { by: { kind: 'agent', id: 'agent-1', name: 'Anne' } } as const
const customer = { by: { kind: 'customer', id: 'c-1' } } as const
const clock = { kind: 'system', id: 'clock' } as const
/** The ids that the desk derives for the messages of the commands `step-1`, `step-2` and `step-3`. */
const chase1 = 'e-730c9c02075c1e053cd95fd23dabb22d'
const chase2 = 'e-d1d972f9e6830359ef44abb2c60ca21d'
const closing = 'e-3e13d852debf7e62719cbdafe049c47b'

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
    const [due] = ticketDeadlines((await desk.read('ticket', 't')).state, desk.timeline)
    if (due)
      await execute('ticket', 't', { type: 'fire', ...due }, { by: clock, at: due.dueAt, commandId: `step-${step}` })
  }
  await execute('ticket', 'other', { ...open, messageId: 'n1', subject: 'Autre' }, customer)
  return desk
}

let populated: Desk
let history: ProjectedHistory
beforeAll(async () => {
  populated = await desk()
  history = await projectHistory([await historyOf(populated)])
})
afterAll(() => history.drop())

async function conversation(visibility: Visibility, page: Page = { limit: 50 }) {
  const found = await history.models.conversation.ofTickets(['t'], page, visibility)
  return (found.get('t')?.rows ?? []).map(({ row }) => [row.id, row.kind, row.attachments.map((each) => each.id)])
}

const visibilities = ['all', 'public'] as const

describe('a conversation', () => {
  it('has the messages of both sides, notes, chases and the closing message in order', async () => {
    expect(await conversation('all')).toEqual([
      ['m1', 'customer', ['loose', 'hidden', 'named']],
      ['m2', 'note', ['on-note']],
      ['m3', 'agent', []],
      [chase1, 'automatic', []],
      [chase2, 'automatic', []],
      [closing, 'automatic', []],
    ])
  })

  it('shows a customer no notes, no attachments of notes, and nothing internal', async () => {
    expect(await conversation('public')).toEqual([
      ['m1', 'customer', ['loose', 'named']],
      ['m3', 'agent', []],
      [chase1, 'automatic', []],
      [chase2, 'automatic', []],
      [closing, 'automatic', []],
    ])
  })

  it('is read from either end and between any two messages', async () => {
    const all = (await conversation('public')).map(([id]) => String(id))
    const keyset = (index: number | undefined) => {
      const value = index === undefined ? undefined : all[index]
      return value === undefined ? undefined : { value, id: '' }
    }
    const read = async (limit: number, backward: boolean, after?: number, before?: number) => {
      const page = { limit, backward, after: keyset(after), before: keyset(before) }
      const slice = (await history.models.conversation.ofTickets(['t'], page, 'public')).get('t')
      return [slice?.rows.map(({ keyset }) => keyset.value), slice?.hasPrevious, slice?.hasNext]
    }
    expect(all).toEqual(['m1', 'm3', chase1, chase2, closing])
    expect(await read(2, false)).toEqual([['m1', 'm3'], false, true])
    expect(await read(2, false, 1)).toEqual([[chase1, chase2], true, true])
    expect(await read(2, true)).toEqual([[chase2, closing], true, false])
    expect(await read(2, true, undefined, 3)).toEqual([['m3', chase1], true, true])
    expect(await read(9, true, 0, 4)).toEqual([['m3', chase1, chase2], true, true])
    expect(await read(9, false, 4)).toEqual([[], true, false])
  })

  it.each(['unknown', 'n1', 'm2'])('has no page for a customer that begins at %j', async (value) => {
    const page = { limit: 5, after: { value, id: '' } }
    expect((await history.models.conversation.ofTickets(['t'], page, 'public')).has('t')).toBe(false)
  })

  it.each(visibilities)('is the same read from the tables and folded from the history, for %s', async (visibility) => {
    const events = await historyOf(populated)
    for (const id of ['t', 'other']) {
      const own = events.filter(({ stream }) => stream === `ticket-${id}`)
      const found = await history.models.conversation.ofTickets([id], { limit: 50 }, visibility)
      const folded = conversationOf(id, { history: own as EventEnvelope<TicketEvent>[], merged: new Map() }, visibility)
      expect(folded).toEqual(found.get(id)?.rows.map(({ row }) => row))
    }
  })

  it('shows who wrote, what and when', async () => {
    const found = await history.models.conversation.ofTickets(['t', 'other', 'unknown'], { limit: 9 }, 'all')
    const rows = (id: string) => found.get(id)?.rows.map(({ row }) => row)
    expect(rows('unknown')).toEqual([])
    expect(rows('other')).toEqual([
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
    expect(rows('t')?.[1]?.author).toEqual({ kind: 'agent', id: 'agent-1', name: 'Anne' })
  })
})
