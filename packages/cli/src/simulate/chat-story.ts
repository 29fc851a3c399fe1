import type { ChatChannel, Instant } from '@guichet/domain'
import { hours, minutes } from '@guichet/domain'
import type { Chance, Writer } from './customers.ts'
import { createChance, customer } from './customers.ts'
import type { Problem } from './phrases.ts'
import { phrases } from './phrases.ts'

const seconds = (count: number): number => count * 1_000

/** What one side of a chat does next, a time in milliseconds after what came before. */
export type ChatAct = { readonly after: number } & (
  | { readonly by: 'agent' | 'customer'; readonly says: string }
  | { readonly by: 'agent'; readonly does: 'solve' | 'spam' | 'other' | 'transfer' | 'convert' }
  | { readonly by: 'customer'; readonly does: 'leave' }
)

/** How a visit to the chat of a desk goes, as far as the visitor and the agents decide it. */
export type ChatStory = {
  readonly writer: Writer
  readonly problem: Problem
  readonly channel: ChatChannel
  /** How long the visitor waits in the queue, in milliseconds, and how they give up. */
  readonly patience: number
  readonly givesUp: 'says_so' | 'goes_silently' | 'comes_back'
  readonly acts: readonly ChatAct[]
  /** After how long the ended chat is rated, from 1 to 5. */
  readonly rating: { readonly after: number; readonly rating: number; readonly resolved: boolean } | undefined
  /** After how long the ended chat is reopened, and what happens then. */
  readonly back: { readonly after: number; readonly acts: readonly ChatAct[] } | undefined
  /** Whether the visitor starts a second chat at once, as by a double click. */
  readonly startsTwice: boolean
}

const endings = { solved: 68, left: 9, converted: 9, transferred: 6, silent: 4, spam: 2, other: 2 } as const

/** Creates the story of the visit with a number, the same for the same seed. */
export function chatStory(seed: string, number: number, customers: number): ChatStory & { readonly chance: Chance } {
  const chance = createChance(seed, 'chat', number)
  const writer = customer(seed, chance.whole(2, Math.max(2, customers)))
  const words = phrases[writer.language]
  const ending = chance.weighted(endings)
  const problem = ending === 'spam' ? words.spam : chance.pick(words.problems)
  const talk = ending === 'spam' ? [] : conversation(problem, words.thanks, chance)
  const rates = chance.happens(0.35)
  const rating = Number(chance.weighted({ 1: 3, 2: 4, 3: 8, 4: 30, 5: 55 }))
  const returns = chance.happens(0.04)
  return {
    chance,
    writer,
    problem,
    channel: chance.weighted({ web: 75, mobile: 25 }),
    patience: Math.round(-Math.log(1 - chance.share()) * minutes(12)),
    givesUp: chance.weighted({ says_so: 50, goes_silently: 40, comes_back: 10 }),
    acts: [...talk, ...endOf(ending, problem, words.thanks, chance)],
    rating: rates ? { after: seconds(chance.whole(10, 120)), rating, resolved: rating > 2 } : undefined,
    back: returns
      ? {
          after: minutes(5) + chance.about(hours(2)),
          acts: [
            customerSays(seconds(10), words.stillBroken),
            ...conversation(problem, words.thanks, chance).slice(0, 2),
            { after: chance.about(seconds(30)), by: 'agent', does: 'solve' },
          ],
        }
      : undefined,
    startsTwice: chance.happens(0.01),
  }
}

const agentSays = (after: number, says: string): ChatAct => ({ after, by: 'agent', says })
const customerSays = (after: number, says: string): ChatAct => ({ after, by: 'customer', says })

/** Both sides write in turn: the agent asks back some times before there is an answer. */
function conversation({ askBack, details, solution }: Problem, thanks: string, chance: Chance): readonly ChatAct[] {
  const exchanges = Array.from({ length: chance.whole(1, 4) }, () => [
    customerSays(chance.about(seconds(40)), details),
    agentSays(chance.about(seconds(35)), askBack),
  ])
  return [
    agentSays(chance.about(seconds(8)), askBack),
    ...exchanges.flat(),
    customerSays(chance.about(seconds(40)), details),
    agentSays(chance.about(seconds(45)), solution),
    ...(chance.happens(0.7) ? [customerSays(chance.about(seconds(25)), thanks)] : []),
  ]
}

function endOf(ending: keyof typeof endings, problem: Problem, thanks: string, chance: Chance): readonly ChatAct[] {
  const after = chance.about(seconds(20))
  switch (ending) {
    case 'solved':
      return [{ after, by: 'agent', does: 'solve' }]
    case 'left':
      return [{ after, by: 'customer', does: 'leave' }]
    case 'converted':
      return [{ after, by: 'agent', does: 'convert' }]
    case 'transferred':
      return [
        { after, by: 'agent', does: 'transfer' },
        customerSays(seconds(40) + after, problem.details),
        agentSays(chance.about(seconds(50)), problem.solution),
        customerSays(chance.about(seconds(25)), thanks),
        { after, by: 'agent', does: 'solve' },
      ]
    case 'silent':
      return [agentSays(after, problem.askBack)]
    case 'spam':
    case 'other':
      return [{ after, by: 'agent', does: ending }]
  }
}

/** The parameters of a week of chats. Equal plans give equal histories. */
export type ChatPlan = {
  readonly chats: number
  readonly seed: string
  readonly start: Instant
  readonly end: Instant
}
