import type { TicketCommandInput } from '@guichet/domain'
import { days, hours, minutes } from '@guichet/domain'
import type { Chance } from './customers.ts'
import type { Phrases, Problem } from './phrases.ts'

/** The next action, a time after the one before. An agent acts only at work. */
type Act = {
  readonly after: number
  readonly by: 'agent' | 'customer'
  /** The support level of the agent; the first one by default. */
  readonly level?: 2 | 3
  readonly command: TicketCommandInput
} & { readonly merge?: never }

/** The customer writes a second time about the same thing; an agent merges the second ticket into the first. */
type SecondTicket = { readonly after: number; readonly merge: true }

/** A simulated case: its problem, and what its customer and the agents do about it, in order. */
export type Story = {
  readonly problem: Problem
  /** The number of tickets that the customer opens. */
  readonly tickets: number
  readonly acts: readonly (Act | SecondTicket)[]
}

const kinds = {
  answered: 25,
  confirmed: 12,
  askedBack: 20,
  silent: 9,
  reopened: 7,
  forgotten: 6,
  expert: 9,
  outage: 4,
  wish: 4,
  twice: 2,
  spam: 2,
} as const

/** The frequency of each kind of story, in per cent. */
type StoryKind = keyof typeof kinds

/** Creates the story of a question, with at most `mostTickets` tickets. */
export function writeStory(words: Phrases, chance: Chance, mostTickets: number): Story {
  const drawn = chance.weighted(kinds)
  const kind = drawn === 'twice' && mostTickets < 2 ? 'answered' : drawn
  const problem = problemOf(kind, words, chance)
  return { problem, tickets: kind === 'twice' ? 2 : 1, acts: plots[kind](problem, words, chance) }
}

function problemOf(kind: StoryKind, words: Phrases, chance: Chance): Problem {
  if (kind === 'outage' || kind === 'wish' || kind === 'spam') return words[kind]
  return chance.pick(words.problems)
}

type Plot = (problem: Problem, words: Phrases, chance: Chance) => (Act | SecondTicket)[]

const byAgent = (after: number, command: TicketCommandInput): Act => ({ after, by: 'agent', command })
const byExpert = (after: number, level: 2 | 3, command: TicketCommandInput): Act => ({
  after,
  by: 'agent',
  level,
  command,
})
const byCustomer = (after: number, command: TicketCommandInput): Act => ({ after, by: 'customer', command })
const reply = (body: string, then?: 'waiting_customer' | 'resolved'): TicketCommandInput => ({
  type: 'agentReply',
  body,
  ...(then && { then }),
})
const writes = (body: string): TicketCommandInput => ({ type: 'customerReply', body })

const solved: Plot = ({ solution }, _, chance) => [byAgent(chance.about(minutes(45)), reply(solution, 'resolved'))]
const question: Plot = ({ askBack }, _, chance) => [
  byAgent(chance.about(minutes(40)), reply(askBack, 'waiting_customer')),
]
const noted: Plot = ({ category }, _, chance) =>
  category !== undefined && chance.happens(0.25)
    ? [
        byAgent(minutes(3), { type: 'addNote', body: `→ ${category}` }),
        byAgent(minutes(1), { type: 'tag', tag: category.slice(category.indexOf('/') + 1) }),
      ]
    : []

const plots: Readonly<Record<StoryKind, Plot>> = {
  answered: (...args) => [...solved(...args), ...noted(...args)],
  confirmed: (...args) => {
    const [, words, chance] = args
    return [
      ...solved(...args),
      byCustomer(chance.about(hours(3)), writes(words.thanks)),
      byAgent(chance.about(minutes(20)), { type: 'resolve' }),
      byCustomer(chance.about(minutes(30)), { type: 'confirm' }),
    ]
  },
  askedBack: (...args) => {
    const [problem, , chance] = args
    const silence = chance.happens(0.3) ? days(3) + chance.about(hours(8)) : chance.about(hours(5))
    return [...question(...args), byCustomer(silence, writes(problem.details)), ...solved(...args)]
  },
  silent: (...args) => question(...args),
  reopened: (...args) => {
    const [, words, chance] = args
    const back = chance.happens(0.5) ? chance.about(hours(6)) : days(2) + chance.about(hours(10))
    return [
      ...solved(...args),
      byCustomer(back, writes(chance.happens(0.5) ? words.stillBroken : words.again)),
      ...question(...args),
      byCustomer(chance.about(hours(4)), writes(words.thanks)),
      byAgent(chance.about(minutes(30)), { type: 'resolve' }),
    ]
  },
  forgotten: (...args) => {
    const [, words, chance] = args
    return [
      byAgent(chance.about(hours(1)), { type: 'start' }),
      byAgent(hours(26) + chance.about(hours(5)), reply(words.sorry)),
      ...solved(...args),
    ]
  },
  expert: (...args) => {
    const [{ solution }, words, chance] = args
    const [tried, again] = [chance.about(minutes(20)), chance.about(minutes(25))]
    const handedUp: Act[] = [
      byAgent(tried, { type: 'addNote', body: words.tried }),
      byAgent(minutes(2), { type: 'escalate', level: 2, reason: words.beyond }),
    ]
    const end = chance.weighted({ solved: 75, further: 15, back: 10 })
    if (end === 'solved') return [...handedUp, byExpert(again, 2, reply(solution, 'resolved'))]
    if (end === 'back')
      return [...handedUp, byExpert(again, 2, { type: 'deescalate', level: 1, reason: words.easy }), ...solved(...args)]
    return [
      ...handedUp,
      byExpert(again, 2, reply(words.update)),
      byExpert(chance.about(minutes(50)), 2, { type: 'escalate', level: 3, reason: words.beyond }),
      byExpert(chance.about(minutes(70)), 3, reply(solution, 'resolved')),
    ]
  },
  outage: (...args) => {
    const [, words, chance] = args
    const updates = Array.from({ length: chance.whole(1, 3) }, () =>
      byAgent(hours(1) + chance.about(minutes(50)), reply(words.update)),
    )
    return [
      byAgent(chance.about(minutes(8)), { type: 'start' }),
      byAgent(minutes(2), {
        type: 'escalate',
        team: 'technical_specialists',
        anyTeam: true,
        reason: words.outage.subject,
      }),
      ...updates,
      ...solved(...args),
    ]
  },
  wish: (...args) => [byAgent(args[2].about(minutes(45)), { type: 'handOverToProduct' })],
  twice: (...args) => [{ after: args[2].about(minutes(50)), merge: true }, ...solved(...args)],
  spam: (...args) => [byAgent(args[2].about(minutes(30)), { type: 'markSpam' })],
}
