import { randomUUID } from 'node:crypto'
import { expect, it, vi } from 'vitest'
import type { TermsTimeline } from '@guichet/domain'
import {
  compileCalendar,
  configurationSchema,
  createDesk,
  defaultChatSettings,
  defaultHandOver,
  defaultTicketPolicy,
  defaultWording,
  guichetEvents,
  inMemoryStore,
  inProcessBus,
  instant,
  later,
  routingActor,
} from '@guichet/domain'
import { followTheSun } from '@guichet/domain/testing'
import { fireDue } from '@guichet/workflows'
import { livePresence, personKey } from './live/presence.ts'
import { changesOfShift, chatStaffAt } from './shifts.ts'

const hours = compileCalendar({ timeZone: 'UTC', hours: { weekdays: ['09:00-17:00'] } })
const dubai = { kind: 'centre', name: 'dubai', hours, languages: ['en'] } as const
const terms = (presence: (typeof defaultChatSettings)['presence']): TermsTimeline => [
  {
    from: undefined,
    policy: defaultTicketPolicy,
    wording: defaultWording,
    chat: { ...defaultChatSettings, presence },
    shifts: { crews: [dubai], handOver: defaultHandOver },
  },
]
const [monday, sunday] = [instant('2026-03-02T12:00:00Z'), instant('2026-03-01T12:00:00Z')]
const ana = { id: 'ana', centre: 'dubai', shift: null }
const bob = { id: 'bob', centre: null, shift: null }

it('takes agents for there who are on shift, and have not lost their connection for a minute', async () => {
  vi.useFakeTimers()
  const presence = livePresence(inProcessBus())
  try {
    await vi.advanceTimersByTimeAsync(61_000)
    const connection = presence.connect(personKey('desk', 'ana'))
    const there = (at: typeof monday, rule: Parameters<typeof terms>[0] = 'observed') =>
      [ana, bob].filter(chatStaffAt(terms(rule), presence, at)).map(({ id }) => id)
    expect(there(monday)).toEqual(['ana', 'bob'])
    expect(there(sunday)).toEqual(['bob'])
    expect(there(monday, 'required')).toEqual(['ana'])
    connection.end()
    await vi.advanceTimersByTimeAsync(59_000)
    expect(there(monday)).toEqual(['ana', 'bob'])
    await vi.advanceTimersByTimeAsync(2_000)
    expect(there(monday)).toEqual(['bob'])
    expect(there(monday, 'ignored')).toEqual(['ana', 'bob'])
  } finally {
    presence.close()
    vi.useRealTimers()
  }
})

it('lists the recorded changes of shift, the latest first, and those before each of them', async () => {
  let at = monday
  const desk = createDesk({ store: inMemoryStore({ catalogue: guichetEvents }), now: () => at, newId: randomUUID })
  const configuration = configurationSchema.parse(followTheSun({ shifts: [] }))
  const by = { kind: 'agent', id: 'lead' } as const
  expect(await changesOfShift(desk, 10)).toEqual([])
  expect(await desk.execute('configuration', 'desk', { type: 'apply', configuration }, { by })).toMatchObject({
    ok: true,
  })
  await desk.engine.execute('shift', 'desk', { type: 'follow' }, { by: routingActor })
  for (let change = 0; change < 3; change++) {
    at = later(at, 12 * 3_600_000)
    await fireDue(desk, 'shift-desk', at)
  }
  const all = await changesOfShift(desk, 10)
  expect(all.length).toBeGreaterThan(2)
  expect(all.map(({ number }) => number)).toEqual(all.map((_, index) => all.length - index))
  for (const [index, { number }] of all.entries()) {
    expect(await changesOfShift(desk, 10, number)).toEqual(all.slice(index + 1))
    expect(await changesOfShift(desk, 1, number)).toEqual(all.slice(index + 1, index + 2))
  }
  expect(await changesOfShift(desk, 2, 99)).toEqual(all.slice(0, 2))
})
