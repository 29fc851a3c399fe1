import { DateTime } from 'luxon'
import type { Instant } from '@guichet/domain'
import { hours, instant } from '@guichet/domain'
import { weightOfHour } from './case.ts'
import type { ChatPlan } from './chat-story.ts'
import type { Chance, Language } from './customers.ts'
import { customer } from './customers.ts'

/** A shift of a simulated agent of the chats. */
export type ChatShift = { readonly agent: ChatAgentProfile; readonly from: Instant; readonly to: Instant }

type ChatAgentProfile = {
  readonly id: string
  readonly name: string
  readonly languages: readonly Language[]
  /** From 0 to 10. */
  readonly rating: number
}

const hoursOfShift = 8

/** How long an agent has a chat on average, in hours, as shifts are planned. */
const plannedHandling = 0.13

/** The share of their places that agents are planned to have in use: queues form at the peaks. */
const plannedUse = 0.95

const placesOfAgent = 3

/**
 * Plans the shifts of the agents of a simulation, by start: on each day as many as its expected chats need, of eight
 * hours each, so that some end while chats go on. Agents take turns, and nobody has two shifts on a day.
 * @param isOpen whether customers write in an hour.
 */
export function chatShifts(
  { chats, seed, start, end }: ChatPlan,
  prefix: string,
  timeZone: string,
  chance: Chance,
  isOpen: (hour: Instant) => boolean,
): readonly ChatShift[] {
  const first = DateTime.fromISO(start, { zone: timeZone }).startOf('hour')
  const last = DateTime.fromISO(end, { zone: timeZone })
  const all: { readonly at: DateTime; readonly weight: number }[] = []
  for (let at = first; at < last; at = at.plus({ hours: 1 }))
    all.push({ at, weight: isOpen(instant(at.toJSDate())) ? weightOfHour(at) : 0 })
  const total = all.reduce((sum, { weight }) => sum + weight, 0)

  const begins: DateTime[] = []
  for (const { at, weight } of all) {
    if (weight === 0) continue
    const busy = (chats * weight * plannedHandling) / total
    const needed = Math.max(1, Math.ceil(busy / placesOfAgent / plannedUse))
    const there = begins.filter((begin) => at.diff(begin).as('hours') < hoursOfShift).length
    for (let count = there; count < needed; count++) begins.push(at)
  }
  const team = Math.max(2, Math.ceil(1.4 * mostOnADay(begins)))
  const agents = Array.from({ length: team }, (_, number): ChatAgentProfile => {
    const { name } = customer(`${seed}/staff`, number + 2)
    const languages: readonly Language[] = number % 2 === 0 ? ['fr', 'en', 'es'] : ['fr', 'en']
    return { id: `${prefix}-agent-${number + 1}`, name, languages, rating: chance.whole(60, 95) / 10 }
  })
  return begins.flatMap((begin, number) => {
    const agent = agents[number % team]
    const from = instant(begin.toJSDate())
    return agent ? [{ agent, from, to: instant(new Date(begin.toMillis() + hours(hoursOfShift))) }] : []
  })
}

function mostOnADay(begins: readonly DateTime[]): number {
  const counts = new Map<string, number>()
  for (const begin of begins) counts.set(begin.toISODate() ?? '', (counts.get(begin.toISODate() ?? '') ?? 0) + 1)
  return Math.max(0, ...counts.values())
}
