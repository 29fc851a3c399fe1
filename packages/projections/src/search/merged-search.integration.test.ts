import type { Desk, TicketCommandInput } from '@guichet/domain'
import { importActor, importCorrelation } from '@guichet/domain'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ProjectedHistory } from '../testing/projected-history.ts'
import { projectHistory } from '../testing/projected-history.ts'
import { emptyDesk, historyOf } from '../testing/random-history.ts'
import type { Visibility } from '../visibility.ts'

const agent = { kind: 'agent', id: 'agent-1' } as const
const customer = { kind: 'customer', id: 'c-1' } as const

let desk: Desk
let history: ProjectedHistory
let projected = 0
beforeAll(async () => {
  desk = emptyDesk()
  history = await projectHistory([])
})
afterAll(() => history.drop())

const send = async (id: string, command: TicketCommandInput) => {
  const by = ['open', 'customerReply'].includes(command.type) ? customer : agent
  expect(await desk.execute('ticket', id, command, { by })).toMatchObject({ ok: true })
}
const open = (id: string, subject: string, body: string) =>
  send(id, { type: 'open', messageId: 'first', subject, body, customer: { id: 'c-1' } })
const note = (id: string, body: string) => send(id, { type: 'addNote', messageId: `note-${body}`, body })
const merge = async (source: string, target: string) =>
  expect(await desk.mergeTickets(source, target, { by: agent })).toMatchObject({ ok: true })

/** Projects what has happened since, one batch or one for each event. */
async function project(batches: 'together' | 'one by one'): Promise<void> {
  const events = (await historyOf(desk)).slice(projected)
  projected += events.length
  await history.project(batches === 'together' ? [events] : events.map((event) => [event]))
}

async function found(search: string, visibility: Visibility = 'all'): Promise<readonly string[]> {
  const filter = { search, customerId: ['c-1'] }
  const order = { by: 'relevance', direction: 'desc' } as const
  const { rows } = await history.models.tickets.list(filter, order, { limit: 50 }, visibility)
  return rows.map(({ row }) => row.id).toSorted()
}

it.each(['together', 'one by one'] as const)(
  'finds a ticket by what was merged into it, projected %s',
  async (batches) => {
    const tag = batches === 'together' ? 'wxvk' : 'jjhgq'
    const [a, b, c] = ['a', 'b', 'c'].map((letter) => `${letter}${tag}`) as [string, string, string]
    const word = (text: string) => `${text}${tag}`
    await open(a, 'Facture', word('bonjour'))
    await open(b, word('imprimante'), word('fumee'))
    await open(c, 'Autre', word('papier'))
    await note(b, word('secret'))
    await merge(c, b)
    await merge(b, a)
    await note(c, word('tardif'))
    await project(batches)
    expect(await found(word('fumee'))).toEqual([a, b])
    expect(await found(word('imprimante'))).toEqual([a, b])
    expect(await found(word('papier'))).toEqual([a, b, c])
    expect(await found(word('tardif'))).toEqual([a, b, c])
    expect(await found(`${word('bonjour')} ${word('fumee')} ${word('papier')}`)).toEqual([a])
    expect(await found(word('papier').slice(1))).toEqual([a, b, c])
    for (const hidden of ['secret', 'tardif']) expect(await found(word(hidden), 'public')).toEqual([])
    expect(await found(word('papier'), 'public')).toEqual([a, b, c])
    expect(await found(word('papeir'), 'public')).toEqual([a, b, c])

    await note(b, word('ensuite'))
    await send(c, { type: 'redactMessage', messageId: 'first' })
    await project(batches)
    expect(await found(word('ensuite'))).toEqual([a, b])
    expect(await found(word('papier'))).toEqual([])
    expect(await found(word('bonjour'))).toEqual([a])
    expect(await found(word('fumee'))).toEqual([a, b])
  },
)

it.each(['together', 'one by one'] as const)(
  'finds a ticket, and those that it was merged into, by no subject that was removed, projected %s',
  async (batches) => {
    const tag = batches === 'together' ? 'qvzk' : 'mmbxw'
    const [own, survivor] = [`own${tag}`, `survivor${tag}`]
    const word = (text: string) => `${text}${tag}`
    await open(own, `${word('carte')} 4970 送货地址`, `${word('merci')} c-1`)
    await send(own, { type: 'rename', subject: word('numero') })
    await send(own, { type: 'agentReply', messageId: 'reply', body: word('reponse') })
    await open(survivor, 'Autre', word('suite'))
    await merge(own, survivor)
    await project(batches)
    for (const each of ['carte', 'numero', 'merci']) expect(await found(word(each))).toEqual([own, survivor])
    await send(own, { type: 'redactMessage', messageId: 'reply', subject: word('paiement') })
    await project(batches)
    for (const each of [word('carte'), word('numero'), word('reponse'), `4970 ${word('merci')}`, '送货地址'])
      expect(await found(each)).toEqual([])
    for (const each of ['paiement', 'merci']) expect(await found(word(each))).toEqual([own, survivor])
    for (const each of ['carte', 'numero']) expect(await found(word(each), 'public')).toEqual([])
    for (const each of ['paiement', 'merci']) expect(await found(word(each), 'public')).toEqual([own, survivor])
    expect(await found(`c-1 ${word('paiement')}`)).toEqual([own, survivor])
  },
)

it('is separate from a ticket that is imported again under the id of the withdrawn one it was merged into', async () => {
  const imported = { by: importActor, correlationId: importCorrelation('old') }
  const opening = { type: 'open', subject: 'x', body: 'importezqc', customer: { id: 'c-1' } } as const
  const importOld = async () =>
    expect(await desk.engine.execute('ticket', 'old', opening, imported)).toMatchObject({ ok: true })
  await importOld()
  await open('inner', 'x', 'dedanszqc')
  await merge('inner', 'old')
  await project('together')
  expect(await found('dedanszqc')).toEqual(['inner', 'old'])
  const withdrawal = { type: 'withdrawImport', importId: 'old' } as const
  expect(await desk.engine.execute('ticket', 'old', withdrawal, imported)).toMatchObject({ ok: true })
  await importOld()
  await note('inner', 'apreszqc')
  await project('together')
  expect(await found('importezqc')).toEqual(['old'])
  for (const search of ['dedanszqc', 'apreszqc']) expect(await found(search)).toEqual(['inner'])
  const conversation = await history.models.conversation.ofTickets(['old'], { limit: 9 }, 'all')
  expect(conversation.get('old')?.rows.map(({ row }) => row.ticketId)).toEqual(['old'])
})

it('finds a ticket by a subject without spaces after its first message was redacted', async () => {
  await open('moved', '关于送货地址', '我家在上海东边')
  await project('together')
  for (const search of ['送货地址', '上海']) expect(await found(search)).toEqual(['moved'])
  await send('moved', { type: 'redactMessage', messageId: 'first' })
  await project('together')
  expect(await found('送货地址')).toEqual(['moved'])
  expect(await found('上海')).toEqual([])
})
