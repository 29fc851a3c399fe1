import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Chat, ChatEvent, EventEnvelope, Instant, ShiftEvent } from '@guichet/domain'
import { instant, later, minutes, routingTermsAt } from '@guichet/domain'
import { followTheSun } from '@guichet/domain/testing'
import { fireDue } from '../clock.ts'
import type { ChatRouter } from '../routing/chat-router.ts'
import { createChatRouter } from '../routing/chat-router.ts'
import type { DeskWithRouting } from '../testing/feed.ts'
import { openDeskWithRouting } from '../testing/feed.ts'
import { deskReactions } from './desk-reactions.ts'
import { handOverChats } from './hand-over-chats.ts'
import type { Reactions } from './reactions.ts'
import { reactions } from './reactions.ts'

const lead = { kind: 'agent', id: 'lead' } as const
const agent = (id: string) => ({ kind: 'agent', id }) as const
const evening = instant('2026-11-20T18:00:00-05:00')
const ten = instant('2026-11-20T22:00:00-05:00')

describe('the chats of a crew whose shift ends', () => {
  let opened: DeskWithRouting
  let router: ChatRouter
  let running: Reactions

  beforeEach(async () => {
    // It goes on: what rests after a failed step would rest for ever.
    vi.useFakeTimers({ toFake: ['Date'], now: new Date(evening), shouldAdvanceTime: true })
    opened = await openDeskWithRouting({ lookEveryMs: 0 })
    const { desk, runner, routing, database } = opened
    router = createChatRouter({ desk, terms: () => routingTermsAt(desk.timeline, instant(new Date())) })
    running = await reactions({
      desk,
      connectionString: database.url,
      reactions: [
        ...deskReactions.filter(({ name }) => name === 'follow_shifts'),
        handOverChats({
          reached: (position) => runner.reached(position, 10_000, ['routing']),
          all: async () => (await routing.snapshot()).agents,
        }),
      ],
      leaseMs: 400,
    })
    await running.start()
    const command = { type: 'apply', configuration: followTheSun() } as const
    expect(await desk.execute('configuration', 'desk', command, { by: lead })).toMatchObject({ ok: true })
    await until(async () => expect((await desk.read('shift', 'desk')).version).toBeGreaterThan(0))
    await router.start()
  })
  afterEach(async () => {
    await router.stop()
    await running.stop()
    await opened.close()
    vi.useRealTimers()
  })

  const until = (check: () => Promise<void>) => vi.waitFor(check, { interval: 20 })
  const hire = async (id: string): Promise<void> => {
    await opened.desk.execute('agent', id, { type: 'register', profile: { name: id, centre: id } }, { by: lead })
    await opened.desk.execute('agent', id, { type: 'setAvailability', availability: 'available' }, { by: lead })
  }
  const stateOf = async (id: string): Promise<Chat> => {
    const { state } = await opened.desk.read('chat', id)
    if (state.status === 'absent') throw new Error(`no chat ${id}`)
    return state
  }
  const offeredTo = (id: string, to: string) =>
    until(async () => {
      const { offer, status, transfer, offers, skipped } = await stateOf(id)
      const { state } = await opened.desk.read('agent', to)
      const { claims = {}, availability } = state.status === 'absent' ? {} : state
      // The rest says more when the wait was in vain.
      const seen = { status, transfer, offers, skipped, availability, claims: Object.keys(claims) }
      expect({ offeredTo: offer?.agent.id, ...seen }).toMatchObject({
        offeredTo: to,
        claims: expect.arrayContaining([`chat-${id}`]) as string[],
      })
    })
  const chat = async (id: string): Promise<void> => {
    await opened.desk.startChat(id, { customer: { id } }, { by: { kind: 'customer', id } })
    await offeredTo(id, 'montreal')
    expect(await opened.desk.acceptChat(id, { by: agent('montreal') })).toMatchObject({ ok: true })
  }
  const changeAt = async (at: Instant): Promise<void> => {
    vi.setSystemTime(new Date(at))
    expect(await fireDue(opened.desk, 'shift-desk', at)).toMatchObject({ refused: [] })
  }

  it('are offered to agents on shift, stay with their agents until one accepts, and go to nobody off shift', async () => {
    for (const centre of ['montreal', 'toronto']) await hire(centre)
    for (const id of ['c', 'd']) await chat(id)
    await changeAt(ten)
    for (const id of ['c', 'd']) {
      await offeredTo(id, 'toronto')
      expect(await stateOf(id)).toMatchObject({ status: 'active', assignee: { id: 'montreal' } })
    }
    expect(await opened.desk.acceptChat('c', { by: agent('toronto') })).toMatchObject({ ok: true })
    expect(await stateOf('c')).toMatchObject({ status: 'active', assignee: { id: 'toronto' }, transfer: undefined })
    await opened.desk.startChat('new', { customer: { id: 'new' } }, { by: { kind: 'customer', id: 'new' } })
    await offeredTo('new', 'toronto')
  })

  it('are offered to agents on shift when a transfer to a colleague ends in vain after the change', async () => {
    for (const centre of ['montreal', 'toronto']) await hire(centre)
    const colleague = { name: 'colleague', centre: 'montreal' }
    await opened.desk.execute('agent', 'colleague', { type: 'register', profile: colleague }, { by: lead })
    await chat('c')
    await opened.desk.execute(
      'agent',
      'colleague',
      { type: 'setAvailability', availability: 'available' },
      { by: lead },
    )
    const to = { agent: { id: 'colleague' } }
    expect(await opened.desk.execute('chat', 'c', { type: 'transfer', to }, { by: agent('montreal') })).toMatchObject({
      ok: true,
    })
    await offeredTo('c', 'colleague')
    await changeAt(ten)
    expect(await opened.desk.execute('chat', 'c', { type: 'decline' }, { by: agent('colleague') })).toMatchObject({
      ok: true,
    })
    await offeredTo('c', 'toronto')
  })

  it('are offered to agents on shift when they were accepted by an offer of the last moment', async () => {
    for (const centre of ['montreal', 'toronto']) await hire(centre)
    await opened.desk.startChat('last', { customer: { id: 'last' } }, { by: { kind: 'customer', id: 'last' } })
    await offeredTo('last', 'montreal')
    await changeAt(ten)
    expect(await opened.desk.acceptChat('last', { by: agent('montreal') })).toMatchObject({ ok: true })
    await offeredTo('last', 'toronto')
    expect(await stateOf('last')).toMatchObject({ status: 'active', assignee: { id: 'montreal' } })
  })

  it('stay with an agent who takes them although they are off shift', async () => {
    await hire('montreal')
    await changeAt(ten)
    vi.setSystemTime(new Date(later(ten, minutes(5))))
    await opened.desk.startChat('late', { customer: { id: 'late' } }, { by: { kind: 'customer', id: 'late' } })
    expect(await opened.desk.acceptChat('late', { by: agent('montreal') })).toMatchObject({ ok: true })
    const [accepted] = (await opened.store.readStream('chat-late')).slice(-1)
    if (accepted?.event.type !== 'ChatAccepted') throw new Error('not accepted')
    const known = { reached: () => Promise.resolve(true), all: () => Promise.resolve([]) }
    await handOverChats(known).react([accepted], opened.desk)
    expect((await opened.store.readStream('chat-late')).at(-1)?.event.type).toBe('ChatAccepted')
  })

  it('are not handed over without the read model, for which all of them wait', async () => {
    const behind = handOverChats({ reached: () => Promise.resolve(false), all: () => Promise.resolve([]) })
    await changeAt(ten)
    const [changed] = (await opened.store.readStream('shift-desk')).slice(-1)
    if (!changed) throw new Error('no change of shift')
    const failed = await behind
      .react([changed as EventEnvelope<ShiftEvent>], opened.desk)
      .catch((error: unknown) => error)
    expect([behind.isOutage?.(failed), behind.inAnyOrder]).toEqual([true, true])
  })

  it('stay with their agents with a note when nobody on shift can take them', async () => {
    await hire('montreal')
    await chat('c')
    await changeAt(ten)
    await until(async () => {
      const events = (await opened.store.readStream('chat-c')).map(({ event }) => event as ChatEvent)
      expect(events.at(-1)).toMatchObject({ type: 'ChatMessageSent', kind: 'note' })
    })
    expect(await stateOf('c')).toMatchObject({ status: 'active', assignee: { id: 'montreal' } })
  })
})
