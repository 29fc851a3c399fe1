import { sql } from 'kysely'
import type { ChatChannel, Instant, CrewMembership, Priority } from '@guichet/domain'
import { hours, later, priorities } from '@guichet/domain'
import type { Reader } from '../reading/reader.ts'
import { readSchema } from '../reading/reader.ts'
import type { ChatPace, ExpectedWait } from './expected-wait.ts'
import { expectedWait } from './expected-wait.ts'

/** A chat that waits for an agent. */
export type QueuedChat = {
  readonly chatId: string
  readonly customerId: string
  readonly channel: ChatChannel
  readonly priority: Priority
  /** The place in the queue of the desk, from 1. */
  readonly position: number
  readonly queuedSince: Instant
  /** The agent whom it is offered to: a place is reserved for it. */
  readonly offeredTo: string | undefined
  /**
   * Its customer is not connected: it keeps its place for a while, and is offered to nobody. A chat in which the answer of
   * an agent is awaited who had taken it is offered all the same, and is not among these.
   */
  readonly disconnected: boolean
  /** Undefined while the desk has no place for chats, or has handled fewer than ten in the last hour. */
  readonly expectedWait: ExpectedWait | undefined
}

/** An available agent with places for chats, and the centre and shift whose hours they work by. */
export type AvailableAgent = { readonly id: string } & CrewMembership

/** The chats that wait for an agent, and how fast they are taken. */
export type ChatQueue = ChatPace & {
  /** The waiting chats in the order in which they are offered. */
  readonly chats: readonly QueuedChat[]
}

/** The queries on the queue of chats. */
export type ChatQueueQueries = {
  /**
   * The queue of the desk as a whole: the higher priority first, then the longest waiting. One statement, whoever asks:
   * the broadcast to everybody who waits and a single visitor who comes back see the same.
   * @param isThere whether chats may be offered to an available agent, who is else taken as not there: the log knows
   * neither connections nor the hours of shifts. Everybody is there by default.
   */
  queue(now: Instant, isThere?: (agent: AvailableAgent) => boolean): Promise<ChatQueue>
}

type SelectedRow = {
  readonly agents: readonly Staff[] | null
  readonly handled: number
  readonly handling: number | null
  readonly taken: number
  readonly abandoned: number
  readonly answered: number
  readonly answer: number | null
  readonly chats: readonly Waiting[] | null
}

/** An available agent of the statement. */
type Staff = readonly [id: string, centre: string | null, shift: string | null, places: number, chats: number]

/** A waiting chat of the statement, as an array: a row costs a third of an object. */
type Waiting = readonly [
  id: string,
  customerId: string,
  channel: ChatChannel,
  urgency: number,
  queuedSince: number,
  offeredTo: string | null,
  disconnected: boolean,
]

/** Queries the queue of the chats. */
export function chatQueueQueries(reader: Reader): ChatQueueQueries {
  const read = sql.id(readSchema)
  return {
    queue: async (now, isThere = () => true) => {
      const lastHour = (column: string) =>
        sql`${sql.ref(column)} > ${later(now, -hours(1))}::timestamptz and ${sql.ref(column)} <= ${now}::timestamptz`
      const [selected] = await reader.rows(sql<SelectedRow>`
        select a.agents, c.handled, c.handling, c.abandoned, t.taken, f.answered, f.answer, w.chats
        from (
          select json_agg(json_build_array(id, state->'profile'->>'centre', state->'profile'->>'shift', chat_places, chats)) as agents
          from ${read}.agent where chat_places > 0
        ) a, (
          select count(handled_last)::int as handled, avg(handled_last)::float8 as handling,
            count(*) filter (where reason in ('abandoned', 'gone'))::int as abandoned
          from ${read}.chat_figure where ${lastHour('closed_at')}
        ) c, (
          select count(*)::int as taken from ${read}.chat_figure where ${lastHour('accepted_at')}
        ) t, (
          select count(*)::int as answered,
            (avg(extract(epoch from answered_at - awaited_since)) * 1000)::float8 as answer
          from ${read}.chat_figure where ${lastHour('answered_at')}
        ) f, (
          select json_agg(json_build_array(id, customer_id, channel, urgency,
            (extract(epoch from queued_since) * 1000)::bigint, offered_to, disconnected)
            order by urgency desc, queued_since, id) as chats
          from ${read}.chat where status = 'waiting'
        ) w`)
      if (!selected) throw new Error('aggregates without groups have one row')
      const pace = paceOf(selected, isThere)
      return { ...pace, chats: placed(selected.chats ?? [], pace) }
    },
  }
}

function paceOf(
  { agents, handled, handling, taken, abandoned, answered, answer }: SelectedRow,
  isThere: (agent: AvailableAgent) => boolean,
): ChatPace {
  const there = (agents ?? []).filter(([id, centre, shift]) => isThere({ id, centre, shift }))
  return {
    places: there.reduce((sum, [, , , places]) => sum + places, 0),
    freePlaces: there.reduce((sum, [, , , places, chats]) => sum + Math.max(0, places - chats), 0),
    handled,
    meanHandling: handling === null ? undefined : Math.round(handling),
    abandoning: taken + abandoned === 0 ? 0 : abandoned / (taken + abandoned),
    answered,
    meanFirstAnswer: answer === null ? undefined : Math.round(answer),
  }
}

/**
 * A chat that is offered has its place already, and one whose customer is not connected is offered to nobody: neither is
 * ahead of the others. The latter expects what it would if its customer came back now.
 */
function placed(waiting: readonly Waiting[], pace: ChatPace): readonly QueuedChat[] {
  let unplaced = 0
  return waiting.map(([chatId, customerId, channel, urgency, since, offeredTo, disconnected], index) => {
    const isOffered = offeredTo !== null
    if (!isOffered && !disconnected) unplaced++
    const ahead = isOffered ? 0 : disconnected ? unplaced + 1 : unplaced
    return {
      chatId,
      customerId,
      channel,
      priority: priorities[urgency] ?? 'normal',
      position: index + 1,
      queuedSince: new Date(since).toISOString() as Instant,
      offeredTo: offeredTo ?? undefined,
      disconnected,
      expectedWait: expectedWait(ahead, pace),
    }
  })
}
