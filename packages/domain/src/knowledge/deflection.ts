import { hours } from '../kernel/time.ts'

/**
 * What happens in a session in which somebody writes to the desk: articles were suggested, or would have been; one was
 * opened; it has solved the question; a ticket or chat was sent all the same. Who leaves says nothing: that follows from silence.
 */
export const deflectionSteps = ['suggested', 'opened', 'solved', 'sent'] as const

/** What happens in a session in which somebody writes to the desk. */
export type DeflectionStep = (typeof deflectionSteps)[number]

/** How long nothing must come from a person, after a session, for it to have avoided a ticket. */
export const silenceAfterArticle = hours(72)

/** How many tickets and chats came for each session, with the interval in which this lies with a probability of 95 %. */
export type DeflectionRate = { readonly value: number; readonly from: number; readonly to: number }

/** The standard deviations of a normal distribution within which 95 % lie. */
const z95 = 1.96

/**
 * The score interval of a count for each session, which stays right for none. It takes each ticket for itself: who writes
 * several makes it too narrow.
 * @returns undefined without sessions.
 */
export function deflectionRate(count: number, sessions: number): DeflectionRate | undefined {
  if (sessions === 0) return undefined
  const middle = count + z95 ** 2 / 2
  const half = z95 * Math.sqrt(count + z95 ** 2 / 4)
  return { value: count / sessions, from: Math.max(0, middle - half) / sessions, to: (middle + half) / sessions }
}

/**
 * How many tickets and chats fewer come for each session with suggestions than for one without, below 0 where suggestions
 * bring some up; with the interval that follows from those of both (Zou and Donner).
 */
export function deflectionEffect(suggested: DeflectionRate, heldBack: DeflectionRate): DeflectionRate {
  const value = heldBack.value - suggested.value
  return {
    value,
    from: value - Math.hypot(heldBack.value - heldBack.from, suggested.to - suggested.value),
    to: value + Math.hypot(heldBack.to - heldBack.value, suggested.value - suggested.from),
  }
}
