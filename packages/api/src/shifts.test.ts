import { expect, it, vi } from 'vitest'
import type { TermsTimeline } from '@guichet/domain'
import {
  compileCalendar,
  defaultChatSettings,
  defaultHandOver,
  defaultTicketPolicy,
  defaultWording,
  inProcessBus,
  instant,
} from '@guichet/domain'
import { livePresence, personKey } from './live/presence.ts'
import { chatStaffAt } from './shifts.ts'

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
