import { describe, expect, it } from 'vitest'
import type { TicketEvent } from '@guichet/domain'
import { instant } from '@guichet/domain'
import { ticketEvent, ticketOpened } from '@guichet/domain/testing'
import type { OfTicket } from '../streams/stream-folding.ts'
import type { SearchTexts } from './texts.ts'
import { searchTexts } from './texts.ts'

/** The texts of events of one ticket, the first of which is at a version. */
function textsFrom(version: number, ...events: readonly TicketEvent[]): SearchTexts {
  const envelopes = events.map((event, index) => ({ id: 'T1', envelope: { event, version: version + index } }))
  return searchTexts(envelopes as unknown as readonly OfTicket[])
}
const texts = (...events: readonly TicketEvent[]): SearchTexts => textsFrom(1, ...events)

const at = instant('2026-03-02T10:00:00Z')

describe('the texts of a ticket', () => {
  it('are the subject, the customer and what people wrote, without automatic messages; notes are not public', () => {
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
    const { opened, added } = texts(ticketOpened(), note, chase)
    expect(opened).toEqual([
      {
        ticket_id: 'T1',
        configuration: 'french',
        customer: ['camille@example.org', 't1', 'camille', 'durand', 'example', 'org'],
        words: ['facture', 'introuvable'],
        exact: [],
      },
    ])
    expect(added.map((text) => [text.version, text.public, text.words.join(' ')])).toEqual([
      [1, true, 'facture introuvable je ne trouve pas ma de fevrier'],
      [2, false, 'suspect'],
    ])
  })

  it('keep the words of public texts as written', () => {
    const note = ticketEvent('InternalNoteAdded', { messageId: 'n', body: 'Suspect' })
    const renamed = ticketEvent('TicketRenamed', { from: 'x', to: 'Factures égarées' })
    const { added } = texts(ticketOpened(), note, renamed)
    expect(added.map(({ heading, body }) => [heading, body])).toEqual([
      ['facture introuvable camille durand example org', 'trouve pas facture fevrier'],
      ['', ''],
      ['factures egarees', ''],
    ])
  })

  it('have the words of three letters or digits and more, and whether a heading contains them', () => {
    const renamed = ticketEvent('TicketRenamed', { from: 'x', to: 'Toner vide' })
    const { vocabulary } = texts(ticketOpened({ subject: 'Bug INC42 imprimante' }), renamed)
    const words = (heading: boolean) => [...vocabulary].filter(([, is]) => is === heading).map(([word]) => word)
    expect(words(true)).toEqual(['bug', 'inc42', 'imprimante', 'camille', 'durand', 'example', 'org', 'toner', 'vide'])
    expect(words(false)).toEqual(['trouve', 'pas', 'facture', 'fevrier'])
  })

  it('have no part of a random id, and no word of more than forty characters', () => {
    const id = '0b8f2a54-77aa-4c1e-9d33-5f6e7a8b9c0d'
    const { vocabulary } = texts(ticketOpened({ subject: `${'x'.repeat(40)} ${'y'.repeat(41)}`, customer: { id } }))
    expect([...vocabulary.keys()]).toContain('x'.repeat(40))
    expect([...vocabulary.keys()].filter((word) => word.startsWith('y') || id.includes(word))).toEqual([])
  })

  it('have at most five hundred words each', () => {
    const letters = (n: number): string =>
      Array.from(String(n + 1_000), (digit) => 'abcdefghij'[Number(digit)]).join('')
    const body = Array.from({ length: 5_000 }, (_, n) => letters(n)).join(' ')
    const { vocabulary } = texts(ticketOpened({ subject: 'x', body }))
    expect([...vocabulary.values()].filter((heading) => !heading)).toHaveLength(500)
  })

  it('have the latest subject in the heading, whether the ticket is opened in the batch or before it', () => {
    const once = ticketEvent('TicketRenamed', { from: 'x', to: 'Toner' })
    const twice = ticketEvent('TicketRenamed', { from: 'Toner', to: 'Toner vide' })
    const together = texts(ticketOpened(), once, twice)
    expect(together.opened.map(({ words }) => words)).toEqual([['toner', 'vide']])
    expect(together.renamed).toEqual([])
    const later = textsFrom(5, once, twice)
    expect(later.opened).toEqual([])
    expect(later.renamed).toEqual([{ ticket_id: 'T1', words: ['toner', 'vide'], exact: [] }])
    expect(later.added.map(({ version, words }) => [version, words])).toEqual([
      [5, ['toner']],
      [6, ['toner', 'vide']],
    ])
  })

  it('have the language of a ticket that is opened in the batch, and leave it to the heading otherwise', () => {
    const note = ticketEvent('InternalNoteAdded', { messageId: 'n', body: 'Suspect' })
    expect(texts(ticketOpened(), note).added.map(({ configuration }) => configuration)).toEqual(['french', 'french'])
    expect(textsFrom(2, note).added.map(({ configuration }) => configuration)).toEqual([undefined])
  })
})
