import type { Desk } from '@guichet/domain'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ProjectedHistory } from '../testing/projected-history.ts'
import { projectHistory } from '../testing/projected-history.ts'
import { emptyDesk, historyOf } from '../testing/random-history.ts'

const by = { kind: 'agent', id: 'agent-1' } as const
const relevance = { by: 'relevance', direction: 'desc' } as const

let desk: Desk
let history: ProjectedHistory
let projected = 0
beforeAll(async () => {
  desk = emptyDesk()
  history = await projectHistory([])
})
afterAll(() => history.drop())

/** A text in a ticket: visible to its customer by default, or a note. */
type TicketText = { readonly text: string; readonly note?: boolean }

/** Opens a ticket of a customer with some texts. */
async function open(customer: string, subject: string, ...texts: readonly TicketText[]): Promise<string> {
  const id = `ticket-${(await historyOf(desk)).length}`
  await desk.execute(
    'ticket',
    id,
    { type: 'open', subject, body: '-', language: 'fr', customer: { id: customer } },
    { by },
  )
  for (const each of texts) await addText(id, each)
  return id
}

async function addText(id: string, { text, note = false }: TicketText): Promise<void> {
  await desk.execute('ticket', id, { type: note ? 'addNote' : 'agentReply', body: text }, { by })
}

/** The tickets that a customer finds; on pages of fewer than 50, with their places in the list. */
async function found(customer: string, search: string, limit = 50): Promise<string[]> {
  const events = await historyOf(desk)
  await history.project([events.slice(projected)])
  projected = events.length
  const pages: string[] = []
  let after: { readonly value: string; readonly id: string } | undefined
  for (let more = true; more;) {
    const filter = { and: [{ search }, { customerId: [customer] }] }
    const slice = await history.models.tickets.list(filter, relevance, { limit, ...(after && { after }) }, 'public')
    pages.push(...slice.rows.map(({ row, keyset }) => (limit === 50 ? row.id : `${row.id} ${keyset.value}`)))
    after = slice.rows.at(-1)?.keyset
    more = slice.hasNext
  }
  return pages
}

describe('a customer’s search', () => {
  it.each([
    ['a misspelling', 'contracdlhezqa', 'Contracdlhezqx', 'contracdlhezqx'],
    ['a misspelling of something in a message', 'Bonjour', 'Imprimantezqb', 'imprmiantezqb', 'L’imprimantezqb'],
    ['a beginning', 'Contrazzlhqcompte', 'Contrazzlhq', 'contrazzlhq'],
    ['a beginning of something in a message', 'Bonjour', 'Clignozzq', 'clignozzq', 'Elle clignozzqtera'],
    ['a part', 'BetTrackerzqd', 'trackerzqd', 'trackerzqd'],
  ])('finds %s though others write it as searched', async (name, subject, others, search, message?: string) => {
    const own = await open(`own ${name}`, subject, { text: message ?? 'Rien' })
    const before = await found(`own ${name}`, search, 1)
    expect(before).toEqual([expect.stringContaining(`${own} `)])
    await open(`other ${name}`, others, { text: others }, { text: `${others} ${subject}`, note: true })
    expect(await found(`own ${name}`, search, 1)).toEqual(before)
    expect(await found(`nobody ${name}`, search)).toEqual([])
  })

  it.each(['own', 'foreign'])(
    'matches the customer’s own words, however many nearer ones are in a note on a ticket of %s',
    async (whose) => {
      const own = await open(whose, `Formulaire${whose}mt`)
      const near = Array.from('abcdefgh', (letter) => `formulaire${whose}${letter}z`).join(' ')
      const search = `formulaire${whose}zz`
      expect(await found(whose, search)).toEqual([own])
      if (whose === 'own') await addText(own, { text: near, note: true })
      else await open('somebody', 'Bonjour', { text: near, note: true }, { text: near })
      expect(await found(whose, search)).toEqual([own])
    },
  )

  it('matches parts of the customer’s own words, however many better ones others have', async () => {
    const own = await open('parts', 'Bonjour', { text: 'Le sousgardezqpluslongtemps clignote' })
    expect(await found('parts', 'gardezq')).toEqual([own])
    for (let n = 0; n < 25; n++) await open('better', `gardezq${String.fromCharCode(97 + n)}`)
    expect(await found('parts', 'gardezq')).toEqual([own])
  })

  it('takes a word as written when a heading of the customer contains it', async () => {
    const exact = await open('exact', 'Contratzqe')
    await open('exact', 'Contracts', { text: 'Rien' })
    expect(await found('exact', 'contratzqe')).toEqual([exact])
  })

  it('matches words of the customer’s former subjects, name and all tickets', async () => {
    const id = await open('hélénezqf', 'Imprimantezqg')
    await desk.execute('ticket', id, { type: 'rename', subject: 'Tonerzqh' }, { by })
    for (const search of ['helnezqf', 'imprmiantezqg', 'primantezqg', 'tonrzqh', 'tonerz']) {
      expect(await found('hélénezqf', search), search).toEqual([id])
    }
  })

  it('matches words as written when the filter names no customer', async () => {
    await open('unasked', 'Perroquetzqi')
    expect(await found('unasked', 'perroqetzqi')).toHaveLength(1)
    const anybodys = async (search: string) =>
      (await history.models.tickets.list({ search }, relevance, { limit: 5 }, 'public')).rows.length
    expect(await anybodys('perroquetzqi')).toBe(1)
    expect(await anybodys('perroqetzqi')).toBe(0)
  })
})

/** A small vocabulary of similar words, of their beginnings and parts, ending in the letters of a run. */
const stems = [
  'contract',
  'contracd',
  'contrat',
  'contra',
  'contracts',
  'sucontract',
  'contractuel',
  'cotract',
  'cntrat',
]
const word = fc.constantFrom(...stems)
const text = fc.array(word, { minLength: 1, maxLength: 6 })
const ticket = fc.record({
  subject: text,
  texts: fc.array(fc.record({ words: text, note: fc.boolean() }), { maxLength: 3 }),
})

it('returns the same to a customer whatever other customers’ tickets and notes contain', async () => {
  let run = 0
  const property = fc.asyncProperty(
    fc.array(ticket, { minLength: 1, maxLength: 3 }),
    fc.array(ticket, { maxLength: 3 }),
    fc.array(text, { maxLength: 2 }),
    async (own, others, notes) => {
      const mark = `q${String.fromCharCode(97 + Math.floor(run / 20), 97 + (run++ % 20))}`
      const marked = (words: readonly string[]) => words.map((each) => `${mark}${each} ${each}${mark}`).join(' ')
      const openAll = async (customer: string, tickets: typeof own) => {
        const ids: string[] = []
        for (const { subject, texts } of tickets) {
          const added = texts.map(({ words, note }) => ({ text: marked(words), note }))
          ids.push(await open(customer, marked(subject), ...added))
        }
        return ids
      }
      const searches = [...stems.flatMap((each) => [`${mark}${each}`, `${each}${mark}`]), `tract${mark}`, `${mark}cont`]
      const answers = async () => {
        const all: string[][] = []
        for (const search of searches) all.push(await found(`own-${mark}`, search, 2))
        return all
      }
      const ids = await openAll(`own-${mark}`, own)
      const before = await answers()
      await openAll(`others-${mark}`, others)
      for (const words of notes) for (const id of ids) await addText(id, { text: marked(words), note: true })
      expect(await answers()).toEqual(before)
    },
  )
  await fc.assert(property, { numRuns: 30 })
})
