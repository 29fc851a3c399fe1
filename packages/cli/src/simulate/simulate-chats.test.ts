import { readFile } from 'node:fs/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Desk, EventEnvelope, Instant } from '@guichet/domain'
import { compileCalendar, createDesk, days, guichetEvents, inMemoryStore, isOpen, later } from '@guichet/domain'
import { applyConfiguration, readConfiguration, unconfigured } from '@guichet/desk/configuration'
import type { ChatPlan } from './chat-story.ts'
import { simulateChats } from './simulate-chats.ts'

const start = '2026-01-05T00:00:00.000Z' as Instant
const end = later(start, days(2))
const plan: ChatPlan = { chats: 60, seed: 'seven', start, end }

const newDesk = (): Desk =>
  createDesk({
    store: inMemoryStore({ catalogue: guichetEvents }),
    now: () => end,
    newId: () => crypto.randomUUID(),
    policy: unconfigured,
  })
const historyOf = (desk: Desk): Promise<readonly EventEnvelope[]> => desk.store.readAll({ limit: 100_000 })
const byStream = (history: readonly EventEnvelope[]) =>
  history
    .map(({ stream, version, event }) => ({ stream, version, event }))
    .sort((a, b) => (a.stream === b.stream ? a.version - b.version : a.stream < b.stream ? -1 : 1))

describe('simulated chats', () => {
  let whole: Desk
  let events: readonly EventEnvelope[]
  beforeAll(async () => {
    whole = newDesk()
    await simulateChats(whole, plan)
    events = await historyOf(whole)
  })

  it('have the same history for the same seed, and another for another', async () => {
    const [again, other] = [newDesk(), newDesk()]
    await simulateChats(again, plan)
    await simulateChats(other, { ...plan, seed: 'eight' })
    expect(byStream(await historyOf(again))).toEqual(byStream(events))
    expect(byStream(await historyOf(other))).not.toEqual(byStream(events))
  })

  it('are stored once, whatever interrupts it', async () => {
    const desk = newDesk()
    const abort = new AbortController()
    let appends = 0
    const { append } = desk.store
    desk.store.append = (request) => {
      if (++appends === 40) abort.abort(new Error('broken off'))
      return append(request)
    }
    await expect(simulateChats(desk, plan, { signal: abort.signal })).rejects.toThrow('broken off')
    expect((await historyOf(desk)).length).toBeLessThan(events.length)
    await simulateChats(desk, plan)
    expect(byStream(await historyOf(desk))).toEqual(byStream(events))
  })

  it('store a chat and what it is about at once, before the agents who had it', () => {
    const agents = events.findIndex(({ stream }) => stream.startsWith('agent-'))
    expect(events.slice(agents).some(({ stream }) => stream.startsWith('chat-'))).toBe(false)
    const commands = new Map(events.map(({ stream, commandId }) => [`${stream}/${commandId}`, stream]))
    const ofChats = [...commands.values()].filter((stream) => stream.startsWith('chat-'))
    expect(new Set(ofChats).size).toBe(ofChats.length)
  })

  it('leave nobody with places that no open chat takes', async () => {
    const open = new Set<string>()
    for (const { stream, event } of events) {
      if (event.type === 'ChatStarted' || event.type === 'ChatReopened') open.add(stream)
      if (event.type === 'ChatClosed') open.delete(stream)
    }
    for (const stream of new Set(events.map((event) => event.stream))) {
      if (!stream.startsWith('agent-')) continue
      const { state } = await whole.read('agent', stream.slice('agent-'.length))
      const claims = state.status === 'absent' ? [] : Object.keys(state.claims)
      expect(claims.filter((work) => !open.has(work as never))).toEqual([])
    }
  })

  it('begin in the operating hours of the desk', async () => {
    const example = new URL('../../../../examples/configuration/dubai-chat.yaml', import.meta.url)
    const read = await readConfiguration(await readFile(example, 'utf8'), new Date(start))
    const { dubai } = read.ok ? read.value.configuration.calendars : {}
    if (!read.ok || !dubai) throw new Error('the example has no calendar dubai')
    const desk = newDesk()
    const by = { kind: 'agent', id: 'ada' } as const
    const applied = await applyConfiguration(desk, {
      ...read.value,
      effectiveFrom: later(start, -days(1)),
      retroactive: true,
      sender: { by, commandId: 'hours', at: start },
    })
    expect(applied).toMatchObject({ ok: true })
    await simulateChats(desk, plan)
    const calendar = compileCalendar(dubai, read.value.publicHolidays)
    const started = (await historyOf(desk)).filter(({ event }) => event.type === 'ChatStarted')
    expect(started.length).toBeGreaterThan(40)
    expect(started.filter(({ event }) => !isOpen(calendar, event.at))).toEqual([])
  })
})
