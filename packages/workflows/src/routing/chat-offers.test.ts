import { beforeEach, describe, expect, it } from 'vitest'
import type { Actor, Chat, ChatCommandInput, Desk, RoutedChat } from '@guichet/domain'
import { createChatBoard, defaultRoutingTerms } from '@guichet/domain'
import { deskAround, deskInMemory } from '@guichet/domain/testing'
import { requeueChat, stepChat } from './chat-offers.ts'

const staff = { kind: 'system', id: 'staff' } as const
const agent = (id: string): Actor => ({ kind: 'agent', id })
const customer: Actor = { kind: 'customer', id: 'zoe' }

describe('a step of the router of chats', () => {
  let desk: Desk
  let routed: RoutedChat
  beforeEach(async () => {
    desk = deskInMemory()
    for (const id of ['ann', 'ben']) {
      await desk.execute('agent', id, { type: 'register', profile: { name: id } }, { by: staff })
      await desk.execute('agent', id, { type: 'setAvailability', availability: 'available' }, { by: staff })
    }
    await desk.startChat('c', { customer: { id: 'zoe' } }, { by: customer })
    await desk.acceptChat('c', { by: agent('ann') })
    routed = { id: 'c', chat: await stateOf() }
  })

  const stateOf = async (): Promise<Chat> => {
    const { state } = await desk.read('chat', 'c')
    if (state.status === 'absent') throw new Error('no chat')
    return state
  }
  const send = async (command: ChatCommandInput, by: Actor): Promise<void> => {
    expect(await desk.execute('chat', 'c', command, { by })).toMatchObject({ ok: true })
  }
  /** What the router works with, where something happens just before its commands are carried out. */
  const afterwards = (happens: () => Promise<unknown>) => ({
    desk: deskAround(desk, (entry) => ({
      executeTogether: async (...given) => (await happens(), entry.executeTogether(...given)),
    })),
    board: createChatBoard(),
  })
  const reply = () => send({ type: 'send', messageId: 'm', body: 'Bonjour' }, agent('ann'))

  it('takes no chat from an agent who has just answered', async () => {
    const steps = afterwards(reply)
    expect(await requeueChat(steps, routed, defaultRoutingTerms)).toBe((await desk.read('chat', 'c')).version)
    expect(await stateOf()).toMatchObject({ status: 'active', assignee: { id: 'ann' } })
    expect(steps.board.chat('c')).toMatchObject({ status: 'active' })
  })

  it('takes no chat from an agent who has just taken it over', async () => {
    const steps = afterwards(async () => {
      await send({ type: 'transfer', to: { agent: { id: 'ben' } } }, agent('ann'))
      await desk.engine.execute(
        'chat',
        'c',
        { type: 'offer', round: 2, agent: { id: 'ben' }, agentVersion: 2 },
        { by: staff },
      )
      expect(await desk.acceptChat('c', { by: agent('ben') })).toMatchObject({ ok: true })
    })
    await requeueChat(steps, routed, defaultRoutingTerms)
    expect(await stateOf()).toMatchObject({ status: 'active', assignee: { id: 'ben' } })
  })

  it('does not end another transfer than the one for which nobody was found', async () => {
    await send({ type: 'transfer', to: { agent: { id: 'ben' } } }, agent('ann'))
    routed = { id: 'c', chat: await stateOf() }
    const steps = afterwards(async () => {
      await send({ type: 'endTransfer' }, agent('ann'))
      await send({ type: 'transfer', to: { level: 1 } }, agent('ann'))
    })
    await stepChat(steps, routed, { type: 'endTransfer', reason: 'nobody' }, 'end', String(routed.chat.version))
    expect((await stateOf()).transfer).toMatchObject({ to: { level: 1 } })
  })
})
