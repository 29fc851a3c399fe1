import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { MappingInput } from './mapping.ts'
import { at, bringIn, deeds, eventsOf, inFolder, newDesk } from '../testing/index.ts'

describe('an import of deeds', () => {
  it('imports the texts of all actors', () =>
    inFolder(async (folder) => {
      const desk = newDesk()
      const file = join(folder, 'log.ndjson')
      const deed = (minute: number, did: string, by: string, text: string) =>
        JSON.stringify({ case: 'D', at: at(minute), did, by, customer: 'carl', text })
      await writeFile(
        file,
        [
          deed(0, 'opened', 'carl', 'It is broken.'),
          deed(1, 'asked', 'ann', 'Which one?'),
          deed(2, 'wrote', 'carl', 'The red one.'),
          deed(2, 'wrote', 'carl', 'The red one.'),
          deed(3, 'noted', 'ann', 'Again.'),
          deed(4, 'answered', 'ann', ''),
          deed(5, 'solved', 'ann', 'Done.'),
        ].join('\n'),
      )
      const account = await bringIn(desk, file, deeds)
      expect(account).toMatchObject({ rows: 7, applied: 6, unchanged: 1, refused: 0 })
      expect((await eventsOf(desk, 'D')).map(({ type, by }) => `${by.id} ${type}`)).toEqual([
        'carl TicketOpened',
        'ann AgentReplied',
        'ann TicketStarted',
        'ann CustomerWaitStarted',
        'carl CustomerReplied',
        'carl CustomerWaitEnded',
        'ann InternalNoteAdded',
        'ann AgentReplied',
        'ann TicketResolved',
      ])
    }))

  const deedsOf = (...rows: readonly (readonly [number, string, string, string?])[]) =>
    inFolder(async (folder) => {
      const desk = newDesk()
      const file = join(folder, 'log.ndjson')
      const lines = rows.map(([minute, did, text, by = 'ann']) =>
        JSON.stringify({ case: 'D', at: at(minute), did, by, customer: 'carl', text }),
      )
      await writeFile(file, lines.join('\n'))
      expect(await bringIn(desk, file, deeds)).toMatchObject({ refused: 0 })
      return (await eventsOf(desk, 'D')).map((event) => [event.type, 'body' in event ? event.body : undefined])
    })

  it('says who answered though nobody wrote down what', async () => {
    expect(await deedsOf([0, 'opened', 'Help.'], [1, 'answered', ''], [2, 'wrote', '', 'carl'])).toEqual([
      ['TicketOpened', 'Help.'],
      ['AgentReplied', ''],
      ['TicketStarted', undefined],
      ['CustomerReplied', ''],
    ])
  })

  it.each(['answered', 'noted'])('does not import the text of a first row twice that %s', async (did) => {
    const [opened, said] = await deedsOf([0, did, 'Have you tried it again?'])
    expect(opened).toEqual(['TicketOpened', 'Case D'])
    expect(said?.[1]).toBe('Have you tried it again?')
  })

  it('keeps what the customer wrote in an opening row that comes after an answer', async () => {
    const recorded = await deedsOf([0, 'answered', 'Have you tried it again?'], [0, 'opened', 'It is broken.', 'carl'])
    expect(recorded.filter(([, body]) => body !== undefined)).toEqual([
      ['TicketOpened', 'Case D'],
      ['AgentReplied', 'Have you tried it again?'],
      ['CustomerReplied', 'It is broken.'],
    ])
  })

  const actors = (mapping: MappingInput) =>
    inFolder(async (folder) => {
      const desk = newDesk()
      const file = join(folder, 'log.ndjson')
      const dids = ['opened', 'answered', 'noted', 'solved', 'wrote', 'closed']
      const lines = dids.map((did, n) =>
        JSON.stringify({ case: 'D', at: at(n), did, by: 'carl', customer: 'carl', text: `Text ${n}` }),
      )
      await writeFile(file, lines.join('\n'))
      expect(await bringIn(desk, file, mapping)).toMatchObject({ refused: 0 })
      return (await eventsOf(desk, 'D')).map(({ type, by }) => `${by.kind} ${type}`)
    })

  it('takes an actor who is the customer of the row for the customer, except in what only the desk does', async () => {
    expect(await actors(deeds)).toEqual([
      'customer TicketOpened',
      'agent AgentReplied',
      'agent TicketStarted',
      'system InternalNoteAdded',
      'agent TicketResolved',
      'customer CustomerReplied',
      'customer TicketReopened',
      'agent TicketClosed',
    ])
  })

  it('takes every actor for what the mapping says that they are', async () => {
    const kinds = await actors({ ...deeds, actor: { id: 'by', kind: 'agent' } })
    expect(kinds.at(-1)).toBe('agent TicketClosed')
  })
})
