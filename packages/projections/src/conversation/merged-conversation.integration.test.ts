import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Desk, EventEnvelope, TicketCommandInput, TicketEvent } from '@guichet/domain'
import type { Keyset, Page } from '../reading/reader.ts'
import type { AnalysedPlan, ProjectedHistory } from '../testing/projected-history.ts'
import { projectHistory } from '../testing/projected-history.ts'
import { emptyDesk, historyOf } from '../testing/random-history.ts'
import type { Visibility } from '../visibility.ts'
import type { MergedHistory } from './model.ts'
import { conversationOf } from './model.ts'

const agent = { kind: 'agent', id: 'agent-1', name: 'Anne' } as const
const customer = { kind: 'customer', id: 'c-1' } as const
const file = { type: 'attach', name: 'a.png', mediaType: 'image/png', bytes: 10 } as const

/** C is merged into B, B into A; some message ids occur in several of them. Then the desk goes on in A and B. */
async function merged(): Promise<Desk> {
  const desk = emptyDesk()
  const send = async (id: string, command: TicketCommandInput) => {
    const by = ['open', 'customerReply'].includes(command.type) ? customer : agent
    expect(await desk.execute('ticket', id, command, { by })).toMatchObject({ ok: true })
  }
  const merge = async (source: string, target: string) =>
    expect(await desk.mergeTickets(source, target, { by: agent })).toMatchObject({ ok: true })
  const open = (id: string) =>
    send(id, { type: 'open', subject: id, messageId: 'first', body: `${id} asks`, customer: { id: 'c-1' } })
  await open('A')
  await send('A', { type: 'agentReply', messageId: 'answer', body: 'A answers', then: 'waiting_customer' })
  await open('B')
  await send('B', { ...file, attachmentId: 'loose' })
  await open('C')
  await send('C', { type: 'customerReply', messageId: 'answer', body: 'C goes on' })
  await merge('C', 'B')
  await send('B', { type: 'customerReply', messageId: 'late', body: 'B goes on' })
  await send('B', { ...file, attachmentId: 'internal', messageId: 'late', visibility: 'internal' })
  await open('D')
  await merge('B', 'A')
  await send('A', { type: 'customerReply', messageId: 'next', body: 'A goes on' })
  await merge('D', 'A')
  await send('A', { type: 'agentReply', messageId: 'last', body: 'A ends' })
  await send('B', { type: 'addNote', messageId: 'note', body: 'Noted on B' })
  await send('C', { type: 'redactMessage', messageId: 'answer' })
  return desk
}

let desk: Desk
let history: ProjectedHistory
let events: readonly EventEnvelope<TicketEvent>[]
beforeAll(async () => {
  desk = await merged()
  events = (await historyOf(desk)) as EventEnvelope<TicketEvent>[]
  history = await projectHistory([events])
})
afterAll(() => history.drop())

const read = async (page: Page = { limit: 50 }, visibility: Visibility = 'all', id = 'A') =>
  (await history.models.conversation.ofTickets([id], page, visibility)).get(id)
const shown = async (...given: Parameters<typeof read>) =>
  (await read(...given))?.rows.map(({ row }) => `${row.ticketId} ${row.id}`)

const all = ['A first', 'A answer', 'B first', 'C first', 'C answer', 'B late', 'B note', 'A next', 'D first', 'A last']
const visibilities = ['all', 'public'] as const

function historyWithMerged(id: string, of: readonly EventEnvelope<TicketEvent>[]): MergedHistory {
  const own = of.filter(({ stream }) => stream === `ticket-${id}`)
  const sources = own.flatMap(({ event }) => (event.type === 'AbsorptionCompleted' ? [event.source] : []))
  return { history: own, merged: new Map(sources.map((source) => [source, historyWithMerged(source, of)])) }
}

describe('the conversation of a ticket that others were merged into', () => {
  it('has their messages where they came along, each ticket’s in its own order', async () => {
    expect(await shown()).toEqual(all)
    expect(await shown({ limit: 50 }, 'all', 'B')).toEqual(all.slice(2, 7))
  })

  it('has a customer’s part of all that alone, with the attachments of each message', async () => {
    const rows = (await read({ limit: 50 }, 'public'))?.rows ?? []
    expect(rows.map(({ row }) => `${row.ticketId} ${row.id}`)).toEqual(all.filter((each) => each !== 'B note'))
    const attachmentsOf = async (visibility: Visibility) =>
      ((await read({ limit: 50 }, visibility))?.rows ?? []).flatMap(({ row }) =>
        row.attachments.map(({ id }) => `${row.ticketId} ${row.id}: ${id}`),
      )
    expect(await attachmentsOf('all')).toEqual(['B first: loose', 'B late: internal'])
    expect(await attachmentsOf('public')).toEqual(['B first: loose'])
  })

  it('shows what was noted and removed after the merge', async () => {
    const rows = (await read())?.rows.map(({ row }) => row)
    expect(rows?.[4]).toMatchObject({ ticketId: 'C', id: 'answer', body: '' })
    expect(rows?.[4]?.redactedAt).toBeDefined()
    expect(rows?.[6]).toMatchObject({ ticketId: 'B', kind: 'note', body: 'Noted on B' })
  })

  it.each(visibilities)('is read from either end and between any two of its messages, for %s', async (visibility) => {
    const whole = (await read({ limit: 50 }, visibility))?.rows ?? []
    const keysets: readonly (Keyset | undefined)[] = [undefined, ...whole.map(({ keyset }) => keyset)]
    for (const limit of [1, 3, 50])
      for (const backward of [false, true])
        for (const [from, after] of keysets.entries())
          for (const [to, before] of keysets.entries()) {
            if (before && to <= from) continue
            const between = whole.slice(from, before ? to - 1 : undefined)
            const expected = backward ? between.slice(-limit) : between.slice(0, limit)
            const slice = await read({ limit, backward, after, before }, visibility)
            expect(slice?.rows).toEqual(expected)
            const isCut = between.length > limit
            expect([slice?.hasPrevious, slice?.hasNext]).toEqual([
              after !== undefined || (isCut && backward),
              before !== undefined || (isCut && !backward),
            ])
          }
  })

  it('has no page at a message of another ticket, nor for a customer at a note', async () => {
    for (const [value, id, visibility] of [
      ['first', 'elsewhere', 'all'],
      ['next', 'B', 'all'],
      ['note', '', 'all'],
      ['note', 'B', 'public'],
    ] as const)
      expect(await read({ limit: 5, after: { value, id } }, visibility)).toBeUndefined()
    expect(await read({ limit: 5, after: { value: 'next', id: '' } }, 'all', 'B')).toBeUndefined()
  })

  it('counts the bytes of all texts of a page', async () => {
    for (const page of [
      { limit: 50 },
      { limit: 2, backward: true },
      { limit: 3, after: { value: 'first', id: 'B' } },
    ]) {
      const { rows = [] } = (await read(page)) ?? {}
      const overflow = page.limit < 50 ? ((await read({ ...page, limit: page.limit + 1 }))?.rows ?? []) : rows
      const bytes = overflow.reduce((sum, { row }) => sum + Buffer.byteLength(row.body), 0)
      expect(await history.models.conversation.bytesOf(['A'], page, 'all')).toBe(bytes)
    }
  })

  it.each(visibilities)('is the same folded from the histories, for %s', async (visibility) => {
    for (const id of ['A', 'B', 'C', 'D']) {
      const rows = (await read({ limit: 50 }, visibility, id))?.rows.map(({ row }) => row)
      expect(conversationOf(id, historyWithMerged(id, events), visibility)).toEqual(rows)
    }
  })

  it('is the same however the history is cut into batches', async () => {
    const piecemeal = await projectHistory(events.map((event) => [event]))
    const of = (models: ProjectedHistory['models']) => models.conversation.ofTickets(['A', 'B'], { limit: 50 }, 'all')
    expect(await of(piecemeal.models)).toEqual(await of(history.models))
    await piecemeal.drop()
  })
})

const nodes = (plan: AnalysedPlan): readonly AnalysedPlan[] => [plan, ...(plan.Plans ?? []).flatMap(nodes)]

it('reads of a long conversation one page, and of merged ones a page each', async () => {
  const long = emptyDesk()
  const open = { type: 'open', subject: 'x', body: 'x', customer: { id: 'c-1' } } as const
  for (const id of ['long', 'source', 'target']) {
    await long.execute('ticket', id, open, { by: customer })
    for (let n = 0; n < 300; n++) await long.execute('ticket', id, { type: 'agentReply', body: `${n}` }, { by: agent })
  }
  await long.mergeTickets('source', 'target', { by: agent })
  const projected = await projectHistory([await historyOf(long)])
  await projected.pool.query('analyze')
  const messagesRead = async (id: string, page: Page): Promise<number> => {
    const plans = await projected.analysed(({ conversation }) => conversation.ofTickets([id], page, 'all'))
    return plans
      .flatMap(nodes)
      .filter((node) => node['Relation Name'] === 'message' && node.Alias === 'message')
      .reduce((sum, node) => sum + Number(node['Actual Rows']) * Number(node['Actual Loops']), 0)
  }
  const [, fifth] =
    (await projected.models.conversation.ofTickets(['source'], { limit: 5 }, 'all')).get('source')?.rows ?? []
  for (const backward of [false, true]) {
    expect(await messagesRead('long', { limit: 10, backward })).toBe(11)
    expect(await messagesRead('target', { limit: 10, backward })).toBeLessThanOrEqual(22)
  }
  expect(await messagesRead('source', { limit: 10, after: fifth?.keyset })).toBe(11)
  await projected.drop()
})
