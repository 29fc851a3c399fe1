import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { instant } from '@guichet/domain'
import type { ApiUnderTest } from '../../server/testing/api-under-test.ts'
import { ana, openTicket, startApi, useApi, zoe } from '../../server/testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll })
const replies = 60
const length = 65_000
/** A unique text. */
const text = (n: number): string => `${n}:`.padEnd(length, 'x')

let ticketId: string
beforeAll(async () => {
  ticketId = await openTicket(api, zoe, { body: 'Bonjour' })
  let position
  for (let n = 1; n <= replies; n++) {
    const reply = { type: 'customerReply', messageId: `m${n}`, body: text(n) } as const
    const outcome = await api.desk.execute('ticket', ticketId, reply, { by: { kind: 'customer', id: 'zoe' } })
    if (outcome.ok) position = outcome.value.position
  }
  if (position) await api.settled(position)
})

const now = instant(new Date('2099-01-01'))
const bodies = (nodes: unknown): readonly string[] => (nodes as { body?: string }[]).map(({ body = '' }) => body)
const codes = async (on: ApiUnderTest, query: string) =>
  (await on.ask(ana, query)).errors.map(({ extensions }) => extensions.code)
const ticket = (selection: string): string => `{ ticket(id: "${ticketId}") { ${selection} } }`
const asOf = (selection: string): string => ticket(`asOf(at: "${now}") { ${selection} }`)

describe('a ticket with many long texts', () => {
  it.each(['first', 'last'])('shows the texts of the %s page of its conversation as it was', async (end) => {
    const page = `conversation(${end}: 5) { nodes { body } }`
    const [then, present] = [await api.dataOf(ana, asOf(page)), await api.dataOf(ana, ticket(page))]
    const of = (view: unknown) => bodies((view as { conversation: { nodes: unknown } }).conversation.nodes)
    const expected = end === 'first' ? ['Bonjour', 1, 2, 3, 4] : [56, 57, 58, 59, 60]
    const all = expected.map((each) => (typeof each === 'number' ? text(each) : each))
    expect(of((then['ticket'] as { asOf: unknown }).asOf)).toEqual(all)
    expect(of(present['ticket'])).toEqual(all)
  })

  it('shows the texts of its timeline', async () => {
    const query = ticket('timeline(last: 4) { nodes { ... on CustomerReplied { body } } }')
    const data = (await api.dataOf(ana, query)) as { ticket: { timeline: { nodes: unknown } } }
    expect(bodies(data.ticket.timeline.nodes)).toEqual([57, 58, 59, 60].map(text))
  })

  it('is shown to several concurrent readers, with few places', async () => {
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => api.dataOf(ana, asOf('conversation(first: 1) { nodes { body } }'))),
    )
    expect(answers).toHaveLength(6)
  })
})

describe('an operation', () => {
  it('is limited in the events of histories that it reads', async () => {
    const narrow = await startApi(api.databaseUrl, { limits: { historyEvents: 50 } })
    expect(await codes(narrow, asOf('status'))).toEqual(['too_complex'])
    expect(await codes(narrow, ticket('status'))).toEqual([])
    await narrow.close()
  })

  it.each([
    ['a conversation', (page: string) => ticket(`conversation(${page}) { nodes { body } }`)],
    ['a conversation as it was', (page: string) => asOf(`conversation(${page}) { nodes { body } }`)],
    ['a timeline', (page: string) => ticket(`timeline(${page}) { nodes { ... on CustomerReplied { body } } }`)],
  ])('is limited in the texts of %s that it returns', async (_, query) => {
    const narrow = await startApi(api.databaseUrl, { limits: { textBytes: 10 * length } })
    expect(await codes(narrow, query('last: 40'))).toEqual(['too_complex'])
    expect(await codes(narrow, query('last: 9'))).toEqual([])
    await narrow.close()
  })
})
