import { DateTime } from 'luxon'
import type { Actor, Calendar, Instant } from '@guichet/domain'
import { compileCalendar, instant, later, minutes, nextOpening } from '@guichet/domain'
import type { Chance, Language } from './customers.ts'

/** An agent, at work on some weekdays (1 is Monday), between two full hours. */
export type Agent = Actor & {
  readonly kind: 'agent'
  readonly name: string
  readonly level: 1 | 2 | 3
  readonly centre: string
  readonly languages: readonly Language[]
  readonly skills: Readonly<Record<string, number>>
  readonly specialities: readonly string[]
  /** From 0 to 10. */
  readonly rating: number
  readonly weekdays: readonly number[]
  readonly hours: readonly [number, number]
  /** The time zone of the hours; the desk's by default. */
  readonly timeZone?: string
}

type Job = Pick<Agent, 'level' | 'centre' | 'languages' | 'specialities' | 'rating'> & {
  readonly skills?: Agent['skills']
}

const agent = (
  id: string,
  name: string,
  job: Job,
  weekdays: readonly number[],
  from: number,
  to: number,
  timeZone?: string,
): Agent => ({
  kind: 'agent',
  id,
  name,
  skills: {},
  ...job,
  weekdays,
  hours: [from, to],
  ...(timeZone !== undefined && { timeZone }),
})

const working = [1, 2, 3, 4, 5]
const montreal = 'America/Montreal'
const toronto = 'America/Toronto'

const first = (centre: string, rating: number, languages: Agent['languages'], ...specialities: string[]): Job => ({
  level: 1,
  centre,
  languages,
  specialities,
  rating,
})

/** 000's three centres and three levels, on a small scale. */
export const agents: readonly [Agent, ...Agent[]] = [
  agent('camille', 'Camille Bernard', first('paris', 9.2, ['fr', 'en'], 'account_support'), working, 8, 16),
  agent('lucas', 'Lucas Petit', first('paris', 8.4, ['fr'], 'billing_support'), working, 9, 17),
  agent('emma', 'Emma Laurent', first('paris', 8.8, ['fr', 'en'], 'compliance_support'), working, 11, 19),
  agent('james', 'James Carter', first('toronto', 8.6, ['en'], 'technical_support'), [2, 3, 4, 5, 6], 10, 18),
  agent('ines', 'Inès Moreau', first('montreal', 9, ['fr', 'es'], 'investment_support'), [1, 2, 3, 6, 7], 12, 20),
  agent('sofia', 'Sofia García', first('paris', 8.9, ['es', 'en', 'fr']), [1, 4, 5, 6, 7], 7, 15),
  agent(
    'olivier',
    'Olivier Tremblay',
    {
      level: 2,
      centre: 'montreal',
      languages: ['fr', 'en'],
      specialities: ['technical_support'],
      skills: { analytics: 4, web: 5 },
      rating: 7.5,
    },
    working,
    6,
    14,
    montreal,
  ),
  agent(
    'grace',
    'Grace Chen',
    {
      level: 2,
      centre: 'toronto',
      languages: ['en'],
      specialities: ['technical_support', 'account_support/account_security'],
      skills: { infrastructure: 5, database: 4 },
      rating: 7.8,
    },
    [2, 3, 4, 5, 6],
    12,
    20,
    toronto,
  ),
  agent(
    'mathieu',
    'Mathieu Roy',
    {
      level: 2,
      centre: 'paris',
      languages: ['fr', 'en', 'es'],
      specialities: ['billing_support', 'compliance_support'],
      skills: { consulting: 4 },
      rating: 7.2,
    },
    working,
    8,
    16,
  ),
  agent(
    'nadia',
    'Nadia Haddad',
    {
      level: 3,
      centre: 'montreal',
      languages: ['fr', 'en'],
      specialities: ['technical_support'],
      skills: { database: 5, web: 5, infrastructure: 5 },
      rating: 6.5,
    },
    working,
    8,
    18,
    montreal,
  ),
]

/** The required level and language of an agent. */
type AgentDemand = { readonly level?: Agent['level']; readonly language?: Language }

/**
 * Returns the first available agent of a level after an instant, and the time; of several, one who speaks the language.
 */
export function nextAtWork(
  after: Instant,
  timeZone: string,
  chance: Chance,
  { level = 1, language }: AgentDemand = {},
): { readonly by: Agent; readonly at: Instant } {
  const turns = agents
    .filter((one) => one.level === level)
    .map((by) => ({ by, at: atWork(by, after, timeZone) }))
    .sort((a, b) => (a.at < b.at ? -1 : 1))
  const at = turns[0]?.at ?? after
  const there = turns.filter((turn) => turn.at === at).map(({ by }) => by)
  const speakers = there.filter(({ languages }) => language !== undefined && languages.includes(language))
  const [one = agents[0], ...others] = speakers.length > 0 ? speakers : there
  const by = chance.pick([one, ...others])
  return { by, at: at === after ? at : later(at, chance.whole(1, minutes(25))) }
}

/** Returns when an agent is next at work: at once, or at the start of the next shift. */
export function atWork(by: Agent, after: Instant, timeZone: string): Instant {
  const at = nextOpening(workingHours(by, by.timeZone ?? timeZone), after)
  if (at === undefined) throw new RangeError('an agent needs a weekday of work')
  return at
}

const compiled = new WeakMap<Agent, Map<string, Calendar>>()

/** The shifts of an agent as a calendar: a simulation asks for the next one thousands of times. */
function workingHours(by: Agent, timeZone: string): Calendar {
  const inZones = compiled.get(by) ?? new Map<string, Calendar>()
  compiled.set(by, inZones)
  const calendar = inZones.get(timeZone) ?? compileCalendar({ timeZone, hours: weekOf(by) })
  inZones.set(timeZone, calendar)
  return calendar
}

const days = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const

function weekOf({ weekdays, hours }: Agent) {
  const [from, to] = hours.map((hour) => `${String(hour).padStart(2, '0')}:00`)
  const shift = [`${from}-${to}`]
  return Object.fromEntries(weekdays.flatMap((weekday) => (days[weekday - 1] ? [[days[weekday - 1], shift]] : [])))
}

/** Yields the shifts of an agent that begin in a period, in order. */
export function* shiftsOf(by: Agent, start: Instant, end: Instant, timeZone: string) {
  const zone = by.timeZone ?? timeZone
  const last = DateTime.fromISO(end, { zone })
  for (let day = DateTime.fromISO(start, { zone }).startOf('day'); day < last; day = day.plus({ days: 1 })) {
    const shift = shiftOn(by, day)
    if (!shift) continue
    const [from, to] = [instant(shift.from.toJSDate()), instant(shift.to.toJSDate())]
    if (from > start && from < end) yield { from, to }
  }
}

function shiftOn({ weekdays, hours }: Agent, day: DateTime): { from: DateTime; to: DateTime } | undefined {
  if (!weekdays.includes(day.weekday)) return undefined
  return { from: day.set({ hour: hours[0] }), to: day.set({ hour: hours[1] }) }
}
