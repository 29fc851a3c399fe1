import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Desk } from '@guichet/domain'
import { limits } from '@guichet/domain'
import type { ProjectedHistory } from '../testing/projected-history.ts'
import { projectHistory } from '../testing/projected-history.ts'
import { emptyDesk, historyOf } from '../testing/random-history.ts'
import type { TicketFilter } from '../tickets/ticket-query.ts'
import type { Visibility } from '../visibility.ts'

const by = { kind: 'agent', id: 'agent-1' } as const
const relevance = { by: 'relevance', direction: 'desc' } as const

async function open(desk: Desk, id: string, subject: string, body: string, customer: object = {}, language = 'fr') {
  await desk.execute('ticket', id, { type: 'open', subject, body, language, customer: { id, ...customer } }, { by })
}

async function desk(): Promise<Desk> {
  const desk = emptyDesk()
  const zoe = { name: 'Zoé Vandenberghe', email: 'zoe.vandenberghe@messageri-exemple.org' }
  await open(desk, 'subject', 'BetTracker ne répond plus', 'Depuis hier, rien.')
  await open(desk, 'message', 'Rien ne va', 'Le BetTracker est en panne.')
  await open(desk, 'whole', 'Application', 'Mon tracker est en panne.')
  await open(desk, 'invoice', 'Facture introuvable', 'Elle était là.', zoe)
  await open(desk, 'order', 'Commande ORD-7421-FR', 'Colis CMD98765XZ non reçu, numéro de série 00447421-B')
  await open(desk, 'spanish', 'Reembolso', 'Necesito una contraseñación rápida, señorita.', {}, 'es')
  await open(desk, 'german', 'Reise', 'Die Rückerstattungsanfrage läuft', {}, 'de')
  await open(desk, '0b8f2a54-77aa-4c1e-9d33-5f6e7a8b9c0d', 'Autre', 'Rien')
  await desk.execute('ticket', 'subject', { type: 'addNote', body: 'Voir surfacturation' }, { by })
  return desk
}

let history: ProjectedHistory
beforeAll(async () => {
  history = await projectHistory([await historyOf(await desk())])
})
afterAll(() => history.drop())

async function found(filter: TicketFilter | string, visibility: Visibility = 'all'): Promise<string[]> {
  const asked = typeof filter === 'string' ? { search: filter } : filter
  const { rows } = await history.models.tickets.list(asked, relevance, { limit: 50 }, visibility)
  return rows.map(({ row }) => row.id)
}

/** All results of a search for a part of a word. */
const findsParts = (): void => {
  it.each([
    ['a subject', 'introuv', 'invoice'],
    ['a subject, inside a word', 'trouvab', 'invoice'],
    ['a message', 'ettracke panne', 'message'],
    ['a message in German', 'erstattung', 'german'],
    ['a name', 'denberg', 'invoice'],
    ['the name of a mailbox', 'vanden', 'invoice'],
    ['the domain of an address', 'sageri', 'invoice'],
    ['an address, and its end', 'sageri-exemple.org', 'invoice'],
    ['an identifier', '742', 'order'],
    ['an identifier with a hyphen', 'ORD-7421', 'order'],
    ['an identifier of letters and digits', '98765', 'order'],
    ['a number', '4474', 'order'],
    ['a word with an accent', 'SEÑACIÓN', 'spanish'],
    ['a word with an umlaut', 'rückerst', 'german'],
    ['a word before the last one', 'fact introuvable', 'invoice'],
    ['several words', 'trouvab vandenb fact', 'invoice'],
  ])('finds a part of %s: %s', async (_, search, id) => {
    expect(await found(search)).toEqual([id])
  })

  it('puts whole words before parts, each of them with headings first', async () => {
    expect(await found('tracker')).toEqual(['whole', 'subject', 'message'])
    const ascending = { ...relevance, direction: 'asc' } as const
    const { rows } = await history.models.tickets.list({ search: 'tracker' }, ascending, { limit: 50 }, 'all')
    expect(rows.map(({ row }) => row.id)).toEqual(['message', 'subject', 'whole'])
  })

  it('pages through whole words and parts', async () => {
    const ids: string[] = []
    let after: { readonly value: string; readonly id: string } | undefined
    for (let more = true; more;) {
      const page = { limit: 1, ...(after && { after }) }
      const { rows, hasNext } = await history.models.tickets.list({ search: 'tracker' }, relevance, page, 'all')
      ids.push(...rows.map(({ row }) => row.id))
      after = rows.at(-1)?.keyset
      more = hasNext
    }
    expect(ids).toEqual(['whole', 'subject', 'message'])
  })

  it('never looks for parts in notes for a customer', async () => {
    expect(await found('urfactura')).toEqual(['subject'])
    const customerId = ['whole', 'subject', 'message']
    expect(await found({ search: 'urfactura', customerId }, 'public')).toEqual([])
    expect(await found({ search: 'tracker', customerId }, 'public')).toEqual(customerId)
  })

  it.each(['%%%', '___', '\\\\\\', 'r%r', 'f_ct_re', 't%k%r', '%', '%a%'])('takes no wildcards: %s', async (search) => {
    expect(await found(search)).toEqual([])
  })

  it('treats fewer than three characters as a whole word', async () => {
    expect(await found('tr')).toEqual([])
    expect(await found('74')).toEqual([])
  })

  it('does not look for parts of stop words', async () => {
    expect(await found('una tracker')).toEqual(await found('tracker'))
    expect(await found('est')).not.toContain('spanish')
  })

  it('excludes tickets that contain a part when negated', async () => {
    expect(await found({ not: { search: 'tracker' }, search: 'rien' })).not.toContain('subject')
    expect(await found({ or: [{ search: 'denberg' }, { search: '98765' }] })).toHaveLength(2)
  })
}

describe('with the index', () => {
  it('has the index', async () => {
    const { rows } = await history.pool.query<{ schema: string }>(
      `select schemaname as schema from pg_indexes where tablename = 'ticket_word' and indexdef like '%gin_trgm_ops%'`,
    )
    expect(rows).toHaveLength(1)
  })

  findsParts()

  it('uses the index', async () => {
    const plans = await history.plansOf(({ tickets }) =>
      tickets.list({ search: 'denberg' }, relevance, { limit: 25 }, 'all'),
    )
    expect(plans.filter((line) => line.includes('Seq Scan'))).toEqual([])
    expect(plans.filter((line) => line.includes('ticket_word_word_idx'))).not.toEqual([])
  })
})

describe('without the index', () => {
  beforeAll(() => history.pool.query('drop extension pg_trgm cascade'))
  findsParts()
})

it('stores no part of a random id, no long word and few words of one text', async () => {
  const words = async (like: string): Promise<number> => {
    const { rows } = await history.pool.query('select from guichet_read.ticket_word where word like $1', [like])
    return rows.length
  }
  expect(await words('0b8f2a54')).toBe(0)
  expect(await found('0b8f2a54-77aa-4c1e-9d33-5f6e7a8b9c0d')).toHaveLength(1)
  const [before, each] = [await words('%'), 'qz'.repeat(15)]
  const many = emptyDesk()
  let body = `${'x'.repeat(41)} `
  for (let n = 0; body.length < limits.body - 40; n++) body += `${each}${n} `
  await open(many, 'long', 'Long', body)
  await history.project([await historyOf(many)])
  expect(await words('xxxx%')).toBe(0)
  expect((await words('%')) - before).toBeLessThanOrEqual(1_010)
})
