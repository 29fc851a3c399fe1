import type { Chat } from '@guichet/domain'
import { inCallSince, priorities } from '@guichet/domain'
import type { Projection } from '../runner/projection.ts'
import type { StreamFolding } from '../streams/stream-folding.ts'
import { movedBy } from '../streams/stream-folding.ts'
import { tablesOf, writtenTable } from '../written-table.ts'
import type { ChatFacts, ChatFolding, ChatMarks } from './chat-facts.ts'

/**
 * What figures count of chats: a row per chat, which follows from the chat's own history. A late event changes the
 * figures of the days on which its chat was started and ended, and no others.
 */
export function chatFiguresProjection(chats: ChatFolding): Projection {
  return {
    name: 'chat_figures',
    version: 8,
    ...tablesOf(figureTable),
    project: async (events, context) => {
      await figureTable.replace(context.tx, await rowsOf(chats, events, context))
    },
  }
}

type Steps = StreamFolding<never, ChatFacts>['steps']

/** The rows that a batch changes: most messages change none. */
async function rowsOf(
  chats: ChatFolding,
  events: Parameters<Steps>[0],
  context: Parameters<Steps>[1],
): Promise<readonly object[]> {
  return movedBy(await chats.steps(events, context)).flatMap(({ id, before, after }) => {
    const row = figureOf(after)
    return row === undefined || JSON.stringify(row) === JSON.stringify(figureOf(before)) ? [] : [{ id, ...row }]
  })
}

function figureOf({ state, marks }: ChatFacts): object | undefined {
  if (state.status === 'absent' || !marks) return undefined
  const { closed, conversion, rating, times } = state
  return {
    status: state.status,
    channel: state.channel,
    urgency: priorities.indexOf(state.priority),
    category: state.category,
    agents: partsOf(state, marks),
    started_at: state.startedAt,
    queued_since: marks.acceptedFrom ?? state.queuedSince,
    accepted_at: marks.acceptedAt,
    awaited_since: marks.answeredFrom ?? state.awaitedReply.since,
    answered_at: state.answeredAt,
    answer_began_at: marks.answerBegan,
    call_since: inCallSince(state),
    closed_at: closed?.at,
    reason: closed?.reason,
    promised: times.firstAnswerWithin,
    handled: marks.handled,
    handled_last: marks.handledLast,
    converted: conversion?.state === 'linked',
    rating: rating?.rating,
    wait_rating: rating?.waitRating,
    agent_rating: rating?.agentRating,
    resolved: rating?.resolved,
    solved_by_service: marks.solvedByService,
  }
}

/** What of a chat counts for an agent, or for nobody. */
type Part = {
  /** Null for nobody. */
  readonly agent: string | null
  /** Who has it now, or had it at its end: its abandonment, conversion, and an answer that is late or never came. */
  readonly last: boolean
  /** Who first took it: its wait. */
  readonly first: boolean
  /** Who gave the first answer. */
  readonly answered: boolean
  /** Who had it at the end that was rated last. */
  readonly rated: boolean
  /** For how long they had it, in milliseconds; undefined of those who never did. */
  readonly handled: number | undefined
}

function partsOf({ assignee, rating }: Chat, { holders, answeredBy, ratedAgent }: ChatMarks): readonly Part[] {
  const last = assignee?.id ?? null
  const answered = answeredBy === undefined ? [] : [answeredBy]
  const rated = rating ? [ratedAgent ?? null] : []
  const agents = new Set([...holders.map(({ agentId }) => agentId), last, ...answered, ...rated])
  return [...agents].map((agent) => ({
    agent,
    last: agent === last,
    first: agent === holders[0]?.agentId,
    answered: answered.some((id) => id === agent),
    rated: rated.some((id) => id === agent),
    handled: holders.find(({ agentId }) => agentId === agent)?.handled,
  }))
}

/**
 * `agents` says what of the chat counts for whom, `promised` and `handled` in milliseconds: the time to a first answer at the start, and how long agents had the chat.
 * `handled_last` counts from the last reopening on, and is null while no agent has taken the chat since.
 * It waits, or waited when it was first accepted, since `queued_since`, and for its first answer since `awaited_since`.
 * The first answer began at `answer_began_at`, which decides whether it came in time: when the call was accepted in which
 * it came, else when it was sent. From `call_since` on its sides are in a call.
 */
const figureTable = writtenTable(
  'chat_figure',
  `id text collate "C" primary key,
  status text not null,
  channel text not null,
  urgency smallint not null,
  category text collate "C",
  agents jsonb not null,
  started_at timestamptz not null,
  queued_since timestamptz not null,
  accepted_at timestamptz,
  awaited_since timestamptz not null,
  answered_at timestamptz,
  answer_began_at timestamptz,
  call_since timestamptz,
  closed_at timestamptz,
  reason text,
  promised bigint not null,
  handled bigint not null,
  handled_last bigint,
  converted boolean not null,
  rating smallint,
  wait_rating smallint,
  agent_rating smallint,
  resolved boolean,
  solved_by_service boolean not null`,
  {
    fillfactor: 80,
    indexes: [
      'index on chat_figure (started_at)',
      'index on chat_figure (accepted_at) where accepted_at is not null',
      'index on chat_figure (answered_at) where answered_at is not null',
      'index on chat_figure (closed_at) where closed_at is not null',
    ],
  },
)
