import { describe, expect, it } from 'vitest'
import type { Actor } from '../kernel/actor.ts'
import { clockActor } from '../kernel/actor.ts'
import { deskAround, deskInMemory, Died } from '../testing/desk.ts'
import { agentProfile } from '../testing/specification.ts'
import { configurationId } from '../configuration/versions.ts'
import type { Desk } from './processes.ts'
import { acceptChat, canSendChatTranscript, settleChat } from './chats.ts'

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

  it('stores nothing when the chat is off, however often it is tried', async () => {
    const desk = deskInMemory()
    const chat = { enabled: false }
    await desk.execute('configuration', configurationId, { type: 'apply', configuration: { chat } }, { by: staff })
    const before = await desk.store.head()
    for (const id of ['one', 'two'])
      expect(await desk.startChat(id, { customer }, { by: camille })).toMatchObject({
        refusal: { code: 'chat_channel_off' },
      })
    expect(await desk.store.head()).toBe(before)
  })

  it('returns the chat that the customer has when the chat is off by now', async () => {
    const desk = deskInMemory()
    await desk.startChat('one', { customer }, { by: camille, commandId: 'first' })
    const chat = { enabled: false }
    await desk.execute('configuration', configurationId, { type: 'apply', configuration: { chat } }, { by: staff })
    for (const [id, commandId] of [
      ['one', 'first'],
      ['two', 'second'],
    ] as const)
      expect(await desk.startChat(id, { customer }, { by: camille, commandId })).toMatchObject({
        value: { stream: 'chat-one', repeated: true },
      })
  })

  it('leaves no reservation behind when it is refused', async () => {
    const desk = deskInMemory()
    const refusedStart = await desk.startChat('one', { customer, category: '\n' }, { by: camille })
    expect(refusedStart.ok).toBe(false)
    expect((await desk.read('customer', 'camille')).state).toMatchObject({ reservation: undefined })
  })
})

describe('the reopening of a chat', () => {
  const ended = async (): Promise<Desk> => {
    const desk = deskInMemory()
    await desk.startChat('one', { customer }, { by: camille })
    await desk.execute('chat', 'one', { type: 'end' }, { by: camille })
    await settleChat(desk, 'one')
    return desk
  }
  const turnOff = async (desk: Desk): Promise<void> => {
    const configuration = { chat: { enabled: false } }
    await desk.execute('configuration', configurationId, { type: 'apply', configuration }, { by: staff })
  }

  it('stores nothing when it is refused, also on the record of the customer', async () => {
    const desk = await ended()
    await turnOff(desk)
    const before = await desk.store.head()
    for (const [sender, code] of [
      [{ by: camille }, 'chat_channel_off'],
      [{ by: { kind: 'customer', id: 'zoe' } }, 'not_the_customer'],
      [{ by: agent('ana'), expectedVersion: 1 }, 'version_conflict'],
    ] as const)
      expect(await desk.reopenChat('one', sender)).toMatchObject({ ok: false, refusal: { code } })
    expect(await desk.store.head()).toBe(before)
    expect(await desk.reopenChat('one', { by: agent('ana') })).toMatchObject({ ok: true })
  })

  it('returns its first outcome when it is repeated, whatever has become of the chat', async () => {
    const desk = await ended()
    const sender = { by: camille, commandId: 'again' }
    expect(await desk.reopenChat('one', sender)).toMatchObject({ ok: true, value: { repeated: false } })
    await desk.execute('chat', 'one', { type: 'end' }, { by: camille })
    await settleChat(desk, 'one')
    await turnOff(desk)
    const before = await desk.store.head()
    expect(await desk.reopenChat('one', sender)).toMatchObject({ ok: true, value: { repeated: true } })
    expect(await desk.store.head()).toBe(before)
  })
})

describe('the chat of a customer who was merged', () => {
  const zoe: Actor = { kind: 'customer', id: 'zoe' }
  const merged = async (): Promise<Desk> => {
    const desk = deskInMemory()
    await desk.startChat('one', { customer, message: { messageId: 'm1', body: 'Bonjour' } }, { by: camille })
    await desk.execute('chat', 'one', { type: 'end' }, { by: camille })
    await settleChat(desk, 'one')
    await desk.execute('customer', 'zoe', { type: 'register' }, { by: staff })
    expect(await desk.mergeCustomers('camille', 'zoe', { by: staff })).toMatchObject({ ok: true })
    return desk
  }
  const refused = { ok: false, refusal: { code: 'not_the_customer' } }

  it('is continued by the one who survives, as their own, until a split', async () => {
    const desk = await merged()
    const send = (messageId: string) => ({ type: 'send', messageId, body: 'Encore' }) as const
    expect(await desk.reopenChat('one', { by: zoe })).toMatchObject({
      ok: true,
      value: { state: { status: 'waiting' } },
    })
    expect(await desk.execute('chat', 'one', send('m2'), { by: zoe })).toMatchObject({
      ok: true,
      value: { events: [{ type: 'ChatMessageSent', by: zoe }] },
    })
    expect(await desk.execute('chat', 'one', { type: 'redact', messageId: 'm1' }, { by: zoe })).toMatchObject({
      ok: true,
    })
    expect(await desk.startChat('two', { customer: { id: 'zoe' } }, { by: zoe })).toMatchObject({
      ok: true,
      value: { stream: 'chat-one', repeated: true },
    })
    await desk.splitCustomer('camille', { by: staff })
    expect(await desk.execute('chat', 'one', send('m3'), { by: zoe })).toMatchObject(refused)
    expect(await desk.execute('chat', 'one', send('m3'), { by: camille })).toMatchObject({ ok: true })
    expect(await desk.startChat('two', { customer: { id: 'zoe' } }, { by: zoe })).toMatchObject({
      ok: true,
      value: { stream: 'chat-two', repeated: false },
    })
  })

  it('is that of the one who survives, which they go on with under their own id, until a split', async () => {
    const desk = await merged()
    await desk.startChat('two', { customer: { id: 'zoe' } }, { by: zoe })
    expect(await desk.startChat('three', { customer }, { by: camille })).toMatchObject({
      ok: true,
      value: { stream: 'chat-two', repeated: true, events: [] },
    })
    expect((await desk.read('chat', 'three')).state.status).toBe('absent')
    expect((await desk.read('customer', 'camille')).state).toMatchObject({ reservation: undefined })
    const send = { type: 'send', messageId: 'm2', body: 'C’est moi' } as const
    expect(await desk.execute('chat', 'two', send, { by: camille })).toMatchObject({
      ok: true,
      value: { events: [{ type: 'ChatMessageSent', by: camille }] },
    })
    await desk.splitCustomer('camille', { by: staff })
    expect(await desk.execute('chat', 'two', { type: 'end' }, { by: camille })).toMatchObject(refused)
    expect(await desk.startChat('three', { customer }, { by: camille })).toMatchObject({
      value: { stream: 'chat-three', repeated: false },
    })
  })

  it('is that of another who was merged into the same one', async () => {
    const desk = await merged()
    const max: Actor = { kind: 'customer', id: 'max' }
    await desk.execute('customer', 'max', { type: 'register' }, { by: staff })
    expect(await desk.mergeCustomers('max', 'zoe', { by: staff })).toMatchObject({ ok: true })
    await desk.startChat('two', { customer: { id: 'max' } }, { by: max })
    for (const by of [camille, zoe, max])
      expect(await desk.startChat('three', { customer: { id: by.id } }, { by })).toMatchObject({
        value: { stream: 'chat-two', repeated: true },
      })
    expect(await desk.execute('chat', 'two', { type: 'end' }, { by: camille })).toMatchObject({ ok: true })
  })

  it('goes on when the chat is off by now', async () => {
    const desk = await merged()
    await desk.startChat('two', { customer: { id: 'zoe' } }, { by: zoe })
    const configuration = { chat: { enabled: false } }
    await desk.execute('configuration', configurationId, { type: 'apply', configuration }, { by: staff })
    expect(await desk.startChat('three', { customer }, { by: camille })).toMatchObject({
      value: { stream: 'chat-two', repeated: true },
    })
    await desk.execute('chat', 'two', { type: 'end' }, { by: zoe })
    await settleChat(desk, 'two')
    const before = await desk.store.head()
    expect(await desk.startChat('three', { customer }, { by: camille })).toMatchObject({
      refusal: { code: 'chat_channel_off' },
    })
    expect(await desk.store.head()).toBe(before)
  })

  it('does not become that of an anonymous visitor, whose token may be left on a shared computer', async () => {
    const desk = await merged()
    const merging = 'visitor-00000000-0000-4000-8000-000000000001'
    await desk.execute('customer', merging, { type: 'register' }, { by: staff })
    expect(await desk.mergeCustomers(merging, 'zoe', { by: staff })).toMatchObject({ ok: true })
    expect(await desk.claimVisitor('claimed', { customer: { id: 'zoe' } })).toMatchObject({ ok: true })
    await desk.startChat('two', { customer: { id: 'zoe' } }, { by: zoe })
    for (const id of [merging, 'claimed']) {
      const by = { kind: 'customer', id } as const
      expect(await desk.startChat('three', { customer: { id } }, { by })).toMatchObject({
        ok: false,
        refusal: { code: 'chat_already_active' },
      })
      expect(await desk.execute('chat', 'two', { type: 'end' }, { by })).toMatchObject(refused)
    }
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
    expect((await desk.read('customer', 'camille')).state).toMatchObject({ reservation: undefined })
  })
})

describe('a repeated accept of a chat', () => {
  const take = { by: agent('ana'), commandId: 'take' } as const

  it('takes the chat after the process died at the offer, and the offer has expired', async () => {
    const desk = deskInMemory()
    await hire(desk, 'ana')
    await desk.startChat('one', { customer }, { by: camille })
    const dying = deskAround(desk, ({ execute }) => ({
      execute: async (category, id, command, sender) => {
        if (category === 'agent') throw new Died()
        return execute(category, id, command, sender)
      },
    }))
    await expect(acceptChat(dying, 'one', take)).rejects.toThrow(Died)
    const { state } = await desk.read('chat', 'one')
    if (state.status === 'absent' || !state.offer) throw new Error('not offered')
    const { round: cycle, expiresAt: dueAt } = state.offer
    const fire = { type: 'fire', kind: 'chat_offer', cycle, dueAt } as const
    await desk.engine.execute('chat', 'one', fire, { by: clockActor, at: dueAt })
    expect(await desk.acceptChat('one', take)).toMatchObject({
      ok: true,
      value: { state: { assignee: { id: 'ana' } } },
    })
    expect(await chatsOf(desk, 'ana')).toEqual(['chat-one'])
  })

  it('returns the first outcome after the chat has gone back into the queue', async () => {
    const desk = deskInMemory()
    await hire(desk, 'ana')
    await desk.startChat('one', { customer }, { by: camille })
    const first = await desk.acceptChat('one', take)
    await desk.execute('chat', 'one', { type: 'requeue', reason: 'a break' }, { by: agent('ana') })
    const again = await desk.acceptChat('one', take)
    expect(again).toMatchObject({ ok: true, value: { repeated: true, events: [] } })
    expect(again.ok && first.ok && again.value.version === first.value.version).toBe(true)
    expect((await desk.read('chat', 'one')).state).toMatchObject({ status: 'waiting', offer: undefined })
  })
})

describe('the address that a transcript is sent to', () => {
  const answered = async (customerOfChat: { readonly id: string; readonly email?: string }): Promise<Desk> => {
    const desk = deskInMemory()
    await hire(desk, 'alex')
    await desk.startChat('one', { customer: customerOfChat }, { by: camille })
    await desk.acceptChat('one', { by: agent('alex') })
    await desk.execute('chat', 'one', { type: 'send', messageId: 'a1', body: 'Bonjour' }, { by: agent('alex') })
    return desk
  }
  const canSend = async (desk: Desk) => {
    const { state } = await desk.read('chat', 'one')
    return state.status !== 'absent' && canSendChatTranscript(desk, state, camille)
  }
  const sentTo = (desk: Desk) => desk.sendChatTranscript('one', { by: camille })

  it('is that of the chat, else a verified one of the record, and never one that somebody only typed', async () => {
    const named = await answered({ ...customer, email: 'chat@example.com' })
    expect(await sentTo(named)).toMatchObject({ value: { events: [{ address: 'chat@example.com' }] } })

    const desk = await answered(customer)
    expect(await canSend(desk)).toBe(false)
    expect(await sentTo(desk)).toMatchObject({ ok: false, refusal: { code: 'no_email_address' } })
    await desk.execute('customer', 'camille', { type: 'register' }, { by: staff })
    const add = (address: string, verified: boolean) =>
      desk.execute('customer', 'camille', { type: 'addEmail', address, verified }, { by: staff })
    await add('first@example.com', false)
    expect(await canSend(desk)).toBe(false)
    expect(await sentTo(desk)).toMatchObject({ ok: false, refusal: { code: 'no_email_address' } })
    await add('verified@example.com', true)
    expect(await canSend(desk)).toBe(true)
    expect(await sentTo(desk)).toMatchObject({ value: { events: [{ address: 'verified@example.com' }] } })
  })

  it.each(['Zoe@Example.COM', 'zoe@EXAMPLE.com'])('is taken as the chat has it: %s', async (email) => {
    const desk = await answered({ ...customer, email })
    expect(await canSend(desk)).toBe(true)
    expect(await sentTo(desk)).toMatchObject({ value: { events: [{ address: email }] } })
  })

  it('is that of the customer who survives a merge', async () => {
    const desk = await answered(customer)
    await desk.execute('customer', 'camille', { type: 'register' }, { by: staff })
    await desk.execute('customer', 'zoe', { type: 'register' }, { by: staff })
    await desk.execute(
      'customer',
      'zoe',
      { type: 'addEmail', address: 'zoe@example.com', verified: true },
      { by: staff },
    )
    await desk.execute('chat', 'one', { type: 'close' }, { by: agent('alex') })
    await settleChat(desk, 'one')
    expect(await desk.mergeCustomers('camille', 'zoe', { by: staff })).toMatchObject({ ok: true })
    expect(await desk.sendChatTranscript('one', { by: agent('alex') })).toMatchObject({
      value: { events: [{ address: 'zoe@example.com' }] },
    })
  })

  it('is asked of no chat that does not exist', async () => {
    const desk = deskInMemory()
    expect(await sentTo(desk)).toMatchObject({ ok: false, refusal: { code: 'chat_not_found' } })
  })
})
