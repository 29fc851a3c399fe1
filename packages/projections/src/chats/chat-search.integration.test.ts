import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Actor, ChatCommandInput, Instant } from '@guichet/domain'
import { later } from '@guichet/domain'
import type { ProjectedHistory } from '../testing/projected-history.ts'
import { projectHistory } from '../testing/projected-history.ts'
import { emptyDesk, historyOf } from '../testing/random-history.ts'

const start = '2026-03-27T09:00:00.000Z' as Instant
const anne = { kind: 'agent', id: 'anne', name: 'Anne' } as const

let history: ProjectedHistory

beforeAll(async () => {
  const desk = emptyDesk()
  let now = 0
  const does = async (id: string, by: Actor, command: ChatCommandInput) => {
    const outcome = await desk.execute('chat', id, command, { by, at: later(start, ++now * 1_000) })
    expect(outcome).toMatchObject({ ok: true })
  }
  const starts = async (id: string, name: string, language: string, body: string) => {
    const customer = { id: `of-${id}`, name, email: `${id}@example.com` }
    const by = { kind: 'customer', id: customer.id } as const
    await does(id, by, { type: 'start', customer, language, message: { messageId: 'first', body } })
    await does(
      id,
      { kind: 'system', id: 'router' },
      { type: 'offer', round: 1, agent: { id: 'anne', name: 'Anne' }, agentVersion: 1 },
    )
    await does(id, anne, { type: 'accept' })
  }
  await starts('a', 'Zoé Dupont', 'fr', 'Mes factures sont introuvables')
  await starts('b', 'John Smith', 'en', 'The Printer is jammed')
  await does('b', anne, { type: 'send', messageId: 'n', kind: 'note', body: 'a difficult grumbler' })
  await does('b', { kind: 'customer', id: 'of-b' }, { type: 'send', messageId: 's', body: 'my secret is swordfish' })
  await does('b', { kind: 'customer', id: 'of-b' }, { type: 'send', messageId: 'e', body: 'it is a Canno' })
  await does('a', anne, { type: 'send', messageId: 'p', body: 'Une imprimante, ou un printer ?' })
  await starts('c', '佐々木太郎', 'ja', '東京サーバーが壊れました')
  const first = await historyOf(desk)
  await does('b', anne, { type: 'redact', messageId: 's' })
  await does('b', { kind: 'customer', id: 'of-b' }, { type: 'edit', messageId: 'e', body: 'it is a Kyocera' })
  history = await projectHistory([first, (await historyOf(desk)).slice(first.length)])
})

afterAll(() => history.drop())

const found = async (search: string, customer?: string) => {
  const filter = { search, ...(customer !== undefined && { customerId: [customer] }) }
  const order = { by: 'startedAt', direction: 'asc' } as const
  const visibility = customer === undefined ? 'all' : 'public'
  return (await history.models.chats.list(filter, order, { limit: 10 }, visibility)).rows.map(({ row }) => row.id)
}

it('finds chats by the words of their messages and customers, in any form, and misspelled', async () => {
  expect(await found('printer')).toEqual(['a', 'b'])
  expect(await found('printer jammed')).toEqual(['b'])
  expect(await found('facture')).toEqual(['a'])
  expect(await found('fcatures')).toEqual(['a'])
  expect(await found('dupont')).toEqual(['a'])
  expect(await found('b@example.com')).toEqual(['b'])
  expect(await found('rint')).toEqual(['a', 'b'])
  expect(await found('nothing')).toEqual([])
  expect(await found('')).toEqual([])
})

it('finds any two or more characters of a text without spaces', async () => {
  for (const search of ['サーバ', '東京', '京サ', '太郎', '佐々木 壊れ']) {
    expect([search, await found(search)]).toEqual([search, ['c']])
    expect([search, await found(search, 'of-c')]).toEqual([search, ['c']])
  }
  for (const search of ['東サ', '京東', '太郎佐']) expect([search, await found(search)]).toEqual([search, []])
})

it('finds the present text: neither what was redacted nor what was changed', async () => {
  expect(await found('swordfish')).toEqual([])
  expect(await found('canno')).toEqual([])
  expect(await found('kyocera')).toEqual(['b'])
})

it('finds notes for the desk alone, and customers’ own words alone for customers', async () => {
  expect(await found('grumbler')).toEqual(['b'])
  expect(await found('grumbler', 'of-b')).toEqual([])
  expect(await found('grumbelr', 'of-b')).toEqual([])
  expect(await found('prnter', 'of-b')).toEqual(['b'])
  expect(await found('facture', 'of-b')).toEqual([])
  expect(await found('kyocera', 'of-b')).toEqual(['b'])
})
