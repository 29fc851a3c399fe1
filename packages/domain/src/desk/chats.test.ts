import { describe, expect, it } from 'vitest'
import type { Actor } from '../kernel/actor.ts'
import { deskInMemory } from '../testing/desk.ts'
import { agentProfile } from '../testing/specification.ts'
import type { Desk } from './port.ts'
import { settleChat } from './chats.ts'

const camille: Actor = { kind: 'customer', id: 'camille', name: 'Camille Durand' }
const customer = { id: 'camille', name: 'Camille Durand' }
const staff = { kind: 'system', id: 'staff' } as const
const agent = (id: string): Actor => ({ kind: 'agent', id })

async function hire({ execute }: Desk, ...ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    await execute('agent', id, { type: 'register', profile: agentProfile({ name: id }) }, { by: staff })
    await execute('agent', id, { type: 'setAvailability', availability: 'available' }, { by: staff })
  }
}

const chatsOf = async ({ read }: Desk, id: string): Promise<readonly string[]> => {
  const { state } = await read('agent', id)
  return state.status === 'absent' ? [] : Object.keys(state.claims)
}

describe('the start of a chat', () => {
  it('returns the chat that the customer has', async () => {
    const desk = deskInMemory()
    const first = await desk.startChat('one', { customer }, { by: camille })
    expect(first).toMatchObject({ ok: true, value: { stream: 'chat-one', repeated: false } })
    const second = await desk.startChat('two', { customer }, { by: camille })
    expect(second).toMatchObject({
      ok: true,
      value: { stream: 'chat-one', repeated: true, state: { status: 'waiting' } },
    })
    await desk.execute('chat', 'one', { type: 'end' }, { by: camille })
    const third = await desk.startChat('two', { customer }, { by: camille })
    expect(third).toMatchObject({ ok: true, value: { stream: 'chat-two', repeated: false } })
  })

  it('begins one chat, however many begin at once', async () => {
    const desk = deskInMemory()
    const ids = Array.from({ length: 20 }, (_, i) => `c${i}`)
    const outcomes = await Promise.all(ids.map((id) => desk.startChat(id, { customer }, { by: camille })))
    const streams = outcomes.flatMap((outcome) => (outcome.ok ? [outcome.value.stream] : []))
    const started = await Promise.all(ids.map(async (id) => (await desk.read('chat', id)).state.status !== 'absent'))
    expect(started.filter(Boolean)).toHaveLength(1)
    expect(new Set(streams).size).toBe(1)
  })

  it('takes over a reservation whose chat never began', async () => {
    const desk = deskInMemory()
    await desk.engine.execute('customer', 'camille', { type: 'reserveChat', chatId: 'lost' }, { by: staff })
    expect(await desk.startChat('one', { customer }, { by: camille })).toMatchObject({
      ok: true,
      value: { stream: 'chat-one' },
    })
  })

  it('leaves no reservation behind when it is refused', async () => {
    const desk = deskInMemory()
    const refusedStart = await desk.startChat('one', { customer, category: '\n' }, { by: camille })
    expect(refusedStart.ok).toBe(false)
    expect((await desk.read('customer', 'camille')).state).toMatchObject({ chatId: undefined })
  })
})

describe('the places of agents', () => {
  it('go to one of twenty who take a chat at once', async () => {
    const desk = deskInMemory()
    const agents = Array.from({ length: 20 }, (_, i) => `a${i}`)
    await hire(desk, ...agents)
    await desk.startChat('one', { customer }, { by: camille })
    const outcomes = await Promise.all(agents.map((id) => desk.acceptChat('one', { by: agent(id) })))
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1)
    const held = (await Promise.all(agents.map((id) => chatsOf(desk, id)))).flat()
    expect(held).toEqual(['chat-one'])
  })

  it('are three, however many chats an agent takes at once', async () => {
    const desk = deskInMemory()
    await hire(desk, 'ana')
    const ids = Array.from({ length: 10 }, (_, i) => `c${i}`)
    for (const id of ids)
      await desk.startChat(id, { customer: { id: `of-${id}` } }, { by: { kind: 'customer', id: `of-${id}` } })
    const outcomes = await Promise.all(ids.map((id) => desk.acceptChat(id, { by: agent('ana') })))
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(3)
    expect(await chatsOf(desk, 'ana')).toHaveLength(3)
    const refused = outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome.refusal.code]))
    expect(new Set(refused)).toEqual(new Set(['agent_full']))
  })

  it('are given back at the end of a chat, and after a transfer', async () => {
    const desk = deskInMemory()
    await hire(desk, 'ana', 'ben')
    await desk.startChat('one', { customer }, { by: camille })
    await desk.acceptChat('one', { by: agent('ana') })
    await desk.execute('chat', 'one', { type: 'transfer', to: { agent: { id: 'ben' } } }, { by: agent('ana') })
    expect(await desk.acceptChat('one', { by: agent('ben') })).toMatchObject({
      ok: true,
      value: { state: { assignee: { id: 'ben' } } },
    })
    await settleChat(desk, 'one', ['ana'])
    expect([await chatsOf(desk, 'ana'), await chatsOf(desk, 'ben')]).toEqual([[], ['chat-one']])
    await desk.execute('chat', 'one', { type: 'close' }, { by: agent('ben') })
    await settleChat(desk, 'one')
    expect(await chatsOf(desk, 'ben')).toEqual([])
    expect((await desk.read('customer', 'camille')).state).toMatchObject({ chatId: undefined })
  })
})

describe('the conversion of a chat', () => {
  it('opens a ticket with the transcript, once, and keeps notes from its customer', async () => {
    const desk = deskInMemory()
    await hire(desk, 'ana')
    await desk.startChat('one', { customer, message: { messageId: 'm1', body: 'Ma facture ?' } }, { by: camille })
    await desk.acceptChat('one', { by: agent('ana') })
    await desk.execute('chat', 'one', { type: 'send', messageId: 'n', kind: 'note', body: 'VIP' }, { by: agent('ana') })
    const converted = await desk.convertChat('one', 'Facture', { by: agent('ana') })
    expect(converted).toMatchObject({
      ok: true,
      value: { state: { status: 'closed', conversion: { state: 'linked' } } },
    })
    const { state } = await desk.read('chat', 'one')
    const ticketId = state.status === 'absent' ? '' : (state.conversion?.ticketId ?? '')
    await desk.convertChat('one', 'Facture', { by: agent('ana') })
    const [opened, note, ...rest] = (await desk.store.readStream(`ticket-${ticketId}`)).map(({ event }) => event)
    expect(opened).toMatchObject({ type: 'TicketOpened', channel: 'chat', chatId: 'one', subject: 'Facture' })
    expect(JSON.stringify(opened)).toContain('Ma facture ?')
    expect(JSON.stringify(opened)).not.toContain('VIP')
    expect(note).toMatchObject({ type: 'InternalNoteAdded' })
    expect(JSON.stringify(note)).toContain('VIP')
    expect(rest).toEqual([])
  })
})
