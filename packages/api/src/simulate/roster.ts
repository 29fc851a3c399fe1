import type { Actor, Instant } from '@guichet/domain'
import { instant, later, minutes } from '@guichet/domain'
import { DateTime } from 'luxon'
import type { Chance } from './chance.ts'

/** Somebody who answers: at work on some weekdays (1 is Monday), between two full hours of the desk's time zone. */
export type Agent = Actor & {
  readonly kind: 'agent'
  readonly name: string
  readonly weekdays: readonly number[]
  readonly hours: readonly [number, number]
}

const agent = (id: string, name: string, weekdays: readonly number[], from: number, to: number): Agent => ({
  kind: 'agent',
  id,
  name,
  weekdays,
  hours: [from, to],
})

const working = [1, 2, 3, 4, 5]

export const agents: readonly [Agent, ...Agent[]] = [
  agent('camille', 'Camille Bernard', working, 8, 16),
  agent('lucas', 'Lucas Petit', working, 9, 17),
  agent('emma', 'Emma Laurent', working, 11, 19),
  agent('james', 'James Carter', [2, 3, 4, 5, 6], 10, 18),
  agent('ines', 'Inès Moreau', [1, 2, 3, 6, 7], 12, 20),
  agent('sofia', 'Sofía García', [1, 4, 5, 6, 7], 7, 15),
]

/** Who can take something up first after an instant, and when that is. */
export function nextAtWork(
  after: Instant,
  timeZone: string,
  chance: Chance,
): { readonly by: Agent; readonly at: Instant } {
  const turns = agents.map((by) => ({ by, at: atWork(by, after, timeZone) })).sort((a, b) => (a.at < b.at ? -1 : 1))
  const at = turns[0]?.at ?? after
  const [first = agents[0], ...others] = turns.filter((turn) => turn.at === at).map(({ by }) => by)
  const by = chance.pick([first, ...others])
  return { by, at: at === after ? at : later(at, chance.whole(1, minutes(25))) }
}

/** When an agent is at work next: at once, or at the start of the next shift. */
export function atWork({ weekdays, hours }: Agent, after: Instant, timeZone: string): Instant {
  const now = DateTime.fromISO(after, { zone: timeZone })
  for (let day = 0; day <= 8; day++) {
    const date = now.startOf('day').plus({ days: day })
    if (!weekdays.includes(date.weekday)) continue
    if (now < date.set({ hour: hours[0] })) return instant(date.set({ hour: hours[0] }).toJSDate())
    if (now < date.set({ hour: hours[1] })) return after
  }
  throw new RangeError('an agent needs a weekday of work')
}
