import type { TicketEvent } from '@guichet/domain'
import { instant } from '@guichet/domain'
import { camille, ticketEvent, ticketOpened } from '@guichet/domain/testing'
import { describe, expect, it } from 'vitest'
import type { RecordedEvent } from '../runner/projection.ts'
import { counterDeltas } from './counters.ts'
import { searchTexts } from './search/texts.ts'
import { ticketRow } from './ticket-row.ts'
import { createTicketFolding } from './ticket-states.ts'

async function folded(...events: readonly TicketEvent[]) {
  const batch = events.map((event, index) => ({ event, id: String(index), stream: 'ticket-T1', version: index + 1 }))
  const { steps, ends } = await createTicketFolding()(batch as unknown as RecordedEvent[], async () => [])
  const state = ends[0]?.state
  if (!state || state.status === 'absent') throw new Error('no ticket was opened')
  return { steps, row: ticketRow('T1', events.length, state, state.updatedAt), state }
}

const at = instant('2026-03-02T10:00:00Z')
const resolved = ticketEvent('TicketResolved', {}, { at })
const reopened = ticketEvent('TicketReopened', { from: 'resolved', reason: 'manual' }, { at })
const closed = ticketEvent('TicketClosed', { from: 'resolved', reason: 'solved' }, { at })

describe('a ticket’s row', () => {
  it('shows a resolution while it stands', async () => {
    expect((await folded(ticketOpened(), resolved)).row.resolvedAt).toBe(at)
    expect((await folded(ticketOpened(), resolved, closed)).row).toMatchObject({
      resolvedAt: at,
      closeReason: 'solved',
    })
    expect((await folded(ticketOpened(), resolved, reopened)).row).toMatchObject({
      resolvedAt: undefined,
      reopenings: 1,
    })
    expect((await folded(ticketOpened(), resolved, reopened, resolved)).row.resolvedAt).toBe(at)
  })

  it('shows no resolution that was taken back, though all happened at one instant', async () => {
    const given = ticketEvent('TicketClosed', { from: 'in_progress', reason: 'other' }, { at })
    expect((await folded(ticketOpened(), resolved, reopened, given)).row.resolvedAt).toBeUndefined()
    expect((await folded(ticketOpened(), resolved, reopened, resolved, closed)).row.resolvedAt).toBe(at)
  })

  it('is made of a state that does not grow with the conversation', async () => {
    const reply = ticketEvent('CustomerReplied', { messageId: 'm', body: 'x'.repeat(1_000) }, { by: camille })
    const [short, long] = [await folded(ticketOpened(), reply), await folded(ticketOpened(), ...Array(50).fill(reply))]
    expect(JSON.stringify(long.state)).toHaveLength(JSON.stringify(short.state).length)
  })
})

describe('the counters', () => {
  it('move with the status, and not for what leaves it alone', async () => {
    const tagged = ticketEvent('TicketTagged', { tag: 'vip' })
    expect(counterDeltas((await folded(ticketOpened(), tagged)).steps)).toEqual([{ status: 'new', change: 1 }])
    const { steps } = await folded(ticketOpened(), resolved, closed)
    expect(counterDeltas(steps.slice(1))).toEqual([
      { status: 'new', change: -1 },
      { status: 'closed', change: 1 },
    ])
  })
})

describe('the texts of a ticket', () => {
  it('are the subject, the customer and what people wrote, notes apart', async () => {
    const note = ticketEvent('InternalNoteAdded', { messageId: 'n', body: 'Suspect' })
    const chase = ticketEvent('ChaseSent', {
      step: 1,
      dueAt: at,
      cycle: 1,
      messageId: 'c',
      body: 'Rappel',
      language: 'fr',
      policyVersion: '1',
    })
    const { headings, added } = searchTexts((await folded(ticketOpened(), note, chase)).steps)
    expect(headings).toEqual([
      {
        ticket_id: 'T1',
        configuration: 'french',
        words: ['facture', 'introuvable'],
        exact: ['camille@example.org', 't1', 'camille', 'durand', 'example', 'org'],
      },
    ])
    expect(added.map((text) => [text.version, text.public, text.words.join(' ')])).toEqual([
      [1, true, 'facture introuvable je ne trouve pas ma de fevrier'],
      [2, false, 'suspect'],
    ])
  })

  it('give the words that can be misspelled, and whether a heading holds them', async () => {
    const renamed = ticketEvent('TicketRenamed', { from: 'x', to: 'Toner vide' })
    const { vocabulary } = searchTexts((await folded(ticketOpened({ subject: 'Bug INC42 imprimante' }), renamed)).steps)
    const words = (heading: boolean) => [...vocabulary].filter(([, is]) => is === heading).map(([word]) => word)
    expect(words(true)).toEqual(['imprimante', 'camille', 'durand', 'example', 'toner', 'vide'])
    expect(words(false)).toEqual(['trouve', 'facture', 'fevrier'])
  })

  it('give at most a thousand words that can be misspelled each', async () => {
    const letters = (n: number): string =>
      Array.from(String(n + 1_000), (digit) => 'abcdefghij'[Number(digit)]).join('')
    const body = Array.from({ length: 5_000 }, (_, n) => letters(n)).join(' ')
    const { vocabulary } = searchTexts((await folded(ticketOpened({ subject: 'x', body }))).steps)
    expect([...vocabulary.values()].filter((heading) => !heading)).toHaveLength(1_000)
  })
})
