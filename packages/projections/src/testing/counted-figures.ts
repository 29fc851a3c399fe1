import { expect } from 'vitest'
import type { Instant } from '@guichet/domain'
import { later } from '@guichet/domain'
import type { RecordedEvent } from '../runner/projection.ts'
import type { CountedChat } from './counted-chats.ts'
import { meanOf } from './counted-chats.ts'

/** What of a chat counts. */
type Part = { readonly [K in 'last' | 'first' | 'answered' | 'rated']: boolean } & {
  readonly handled?: number | undefined
}

const whole = ({ accepted, handled }: CountedChat): Part => ({
  last: true,
  first: true,
  answered: true,
  rated: true,
  handled: accepted === undefined ? undefined : handled,
})

/** What of a chat counts for an agent, or for nobody; undefined if nothing does. */
export function partOf(chat: CountedChat, agent: string | undefined): Part | undefined {
  const handled = agent === undefined ? undefined : chat.had.get(agent)
  const part = {
    last: chat.agent === agent,
    first: agent !== undefined && [...chat.had.keys()][0] === agent,
    answered: chat.answered !== undefined && chat.answeredBy === agent,
    rated: chat.rating !== undefined && chat.ratedAgent === agent,
    handled,
  }
  return part.last || part.answered || part.rated || handled !== undefined ? part : undefined
}

/** The figures of chats by their definitions, one chat at a time. */
export function figuresOf(all: readonly CountedChat[], now: Instant, partIn: (chat: CountedChat) => Part = whole) {
  const partsOf = (key: keyof Part, chats: readonly CountedChat[]) => chats.filter((chat) => partIn(chat)[key])
  const of = (status: string) => all.filter((chat) => chat.status === status).length
  const chats = all.filter(({ reason }) => reason !== 'spam')
  const ended = partsOf('last', chats).filter(({ status, reason }) => status === 'closed' && reason !== 'continued')
  const because = (reason: string) => ended.filter((chat) => chat.reason === reason && chat.answered === undefined)
  const never = ended.filter(
    ({ accepted, answered, reason = '', solvedByService }) =>
      accepted !== undefined &&
      answered === undefined &&
      !solvedByService &&
      !['abandoned', 'gone', 'converted'].includes(reason),
  )
  const lost = because('abandoned').length + because('gone').length + never.length
  const promise = 30_000
  const answered = partsOf('answered', chats)
  const answers = answered.flatMap(({ answered, answeredFrom = 0 }) =>
    answered === undefined ? [] : [answered - answeredFrom],
  )
  const unanswered = partsOf('last', chats).filter(
    ({ answered, closed, called, queued }) =>
      answered === undefined && (closed ?? called ?? Date.parse(now)) - queued >= promise,
  )
  const within = answered.filter(
    ({ answerBegan, answeredFrom = 0 }) => answerBegan !== undefined && answerBegan - answeredFrom < promise,
  ).length
  const late = answers.length - within + unanswered.length
  const converted = ended.filter((chat) => chat.converted).length
  const ratings = partsOf('rated', chats).flatMap(({ rating }) => rating ?? [])
  const mean = ratings.length === 0 ? null : ratings.reduce((sum, each) => sum + each, 0) / ratings.length
  const said = partsOf('rated', chats).flatMap(({ resolved }) => resolved ?? [])
  const part = (some: number, whole: number) => (whole === 0 ? null : some / whole)
  const below = (share: number | null, aim: number) => (share === null ? null : share < aim)
  const waits = partsOf('first', chats).flatMap(({ accepted, acceptedFrom = 0 }) =>
    accepted === undefined ? [] : [accepted - acceptedFrom],
  )
  const durations = chats
    .filter(({ status, reason }) => status === 'closed' && reason !== 'continued')
    .flatMap((chat) => partIn(chat).handled ?? [])
  return {
    total: all.length,
    waiting: of('waiting'),
    active: of('active'),
    closed: of('closed'),
    spam: all.length - chats.length,
    abandonment: {
      saidSo: because('abandoned').length,
      silentlyGone: because('gone').length,
      neverAnswered: never.length,
      share: part(lost, ended.length),
      met: below(part(lost, ended.length), 0.03),
    },
    wait: spreadOf(waits),
    firstAnswer: { ...spreadOf(answers), withinPromise: within, late, share: part(within, within + late) },
    duration: spreadOf(durations),
    conversion: {
      converted,
      share: part(converted, ended.length),
      met: below(part(converted, ended.length), 0.2),
    },
    satisfaction: {
      ratings: ratings.length,
      mean: mean === null ? null : expect.closeTo(mean, 9),
      met: mean === null ? null : mean > 4.5,
      satisfied: part(ratings.filter((rating) => rating >= 4).length, ratings.length),
      meanOfWait: null,
      meanOfAgent: null,
      resolved: part(said.filter(Boolean).length, said.length),
    },
  }
}

/** Medians and ninth deciles are interpolated, as the reports do. */
function spreadOf(numbers: readonly number[]) {
  const sorted = [...numbers].sort((a, b) => a - b)
  const quantile = (share: number) => {
    const place = share * (sorted.length - 1)
    const [low = 0, high = 0] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]]
    return sorted.length === 0 ? null : Math.round(low + (high - low) * (place - Math.floor(place)))
  }
  return { count: numbers.length, mean: meanOf(numbers) ?? null, median: quantile(0.5), p90: quantile(0.9) }
}

/** Counts the kept and missed answers in chats from the events alone. */
export function answersOf(events: readonly RecordedEvent[], now: Instant) {
  type Wait = { since: Instant; within: number }
  type Call = { since: Instant; connected: boolean }
  type Chat = { first: number; next: number; answered: boolean; wait?: Wait | undefined; call?: Call | undefined }
  const chats = new Map<string, Chat>()
  const figures = { met: 0, missed: 0, cancelled: 0, breached: 0, onTime: 0 }
  const end = (wait: Wait | undefined, ends: Instant, otherwise: 'met' | 'cancelled', isSpam = false) => {
    if (wait) figures[!isSpam && ends >= later(wait.since, wait.within) ? 'missed' : otherwise]++
  }
  for (const { stream, event } of events) {
    if (event.type === 'ChatStarted') {
      const { firstAnswerWithin: first, nextAnswerWithin: next } = event.times
      chats.set(stream, { first, next, answered: false, wait: { since: event.at, within: first } })
    }
    const chat = chats.get(stream)
    if (!chat) continue
    const asks = () =>
      chat.call?.connected || (chat.wait ??= { since: event.at, within: chat.answered ? chat.next : chat.first })
    if (event.type === 'ChatActionChosen' || event.type === 'ChatReopened') asks()
    if (event.type === 'ChatMessageSent' && event.by.kind === 'customer') asks()
    if (event.type === 'ChatCallAccepted') chat.call = { since: event.at, connected: false }
    if (event.type === 'ChatCallEnded') chat.call = undefined
    const writes = event.type === 'ChatMessageSent' && event.by.kind === 'agent' && event.kind !== 'note'
    if (event.type === 'ChatCallStarted' && chat.call) chat.call.connected = true
    if (writes || event.type === 'ChatCallStarted') {
      end(chat.wait, chat.call?.since ?? event.at, 'met')
      Object.assign(chat, { answered: true, wait: undefined })
    }
    if (event.type === 'ChatClosed') {
      end(chat.wait, event.at, 'cancelled', event.reason === 'spam')
      chat.wait = undefined
    }
  }
  for (const { wait, call } of chats.values()) {
    if (!wait) continue
    const isLate = (call?.since ?? now) >= later(wait.since, wait.within)
    if (isLate) figures.missed++
    figures[isLate ? 'breached' : 'onTime']++
  }
  return figures
}
