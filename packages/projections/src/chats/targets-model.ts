import type { Chat, ChatEvent, ChatTarget, Instant } from '@guichet/domain'
import { answerDueAt, inCallSince, openCall } from '@guichet/domain'
import type { Projection } from '../runner/projection.ts'
import type { Step } from '../streams/stream-folding.ts'
import { tablesOf, writtenTable } from '../written-table.ts'
import type { ChatFacts, ChatFolding } from './chat-facts.ts'

/**
 * The answers that were awaited from the desk in chats, and whether they came in time: a row per wait of a customer. An answer at its
 * due instant is late, as in the figures of chats: 001 asks for less than 30 seconds. One that comes in a call is in time if
 * the call was accepted before: from then on nothing becomes late. A kept answer counts for the agent who gave it, a
 * missed one for whoever had the chat when it fell due.
 */
export function chatTargetsProjection(chats: ChatFolding): Projection {
  return {
    name: 'chat_targets',
    version: 4,
    ...tablesOf(targetTable),
    project: async (events, context) => {
      const rows = (await chats.steps(events, context)).flatMap(rowsOf)
      await targetTable.replace(context.tx, [...new Map(rows.map((row) => [row.id, row])).values()])
    },
  }
}

/** An answer that is awaited from the desk in an open chat, with the terms that it is counted by. */
type OwedAnswer = {
  readonly id: string
  readonly chat_id: string
  readonly cycle: number
  readonly target: ChatTarget
  readonly since: Instant
  readonly due_at: Instant
}

type TargetRow = OwedAnswer & {
  readonly agent_id: string | undefined
  readonly running: boolean
  readonly answered_at?: Instant
  readonly ended_at?: Instant
  readonly call_since?: Instant | undefined
  readonly outcome?: 'met' | 'missed' | 'cancelled'
  readonly outcome_at?: Instant
}

/** The rows that an event begins, changes or ends. Most events change none. */
function rowsOf({ id, envelope: { event }, before, after }: Step<ChatEvent, ChatFacts>): readonly TargetRow[] {
  const [was, is] = [runningRow(id, before), runningRow(id, after)]
  const ended = was && was.cycle !== is?.cycle ? [endedRow(was, event, after)] : []
  const changed = is && JSON.stringify(is) !== JSON.stringify(was) ? [is] : []
  return [...ended, ...changed]
}

function runningRow(chatId: string, { state, marks }: ChatFacts): TargetRow | undefined {
  if (state.status === 'absent' || !marks) return undefined
  const due_at = answerDueAt(state)
  if (due_at === undefined) return undefined
  const { awaitedReply, answeredAt, assignee } = state
  const { missedBy } = marks
  const terms = {
    channel: state.channel,
    priority: state.priority,
    category: state.category,
    plan: state.plan,
    agent_id: missedBy?.cycle === awaitedReply.cycle ? missedBy.agentId : assignee?.id,
    policy: marks.slaPolicy,
    policy_version: state.policyVersion,
  }
  return {
    id: `${chatId}/${awaitedReply.cycle}`,
    chat_id: chatId,
    cycle: awaitedReply.cycle,
    target: answeredAt === undefined ? 'first_answer' : 'next_answer',
    running: true,
    since: awaitedReply.since,
    due_at,
    call_since: inCallSince(state),
    ...(awaitedReply.overdue && { outcome: 'missed', outcome_at: due_at }),
    ...terms,
  }
}

/**
 * A row that an answer or the end of the chat ends. What was due before the end is missed all the same, except in spam.
 */
function endedRow(row: TargetRow, event: ChatEvent, { state }: ChatFacts): TargetRow {
  const { at } = event
  const ended = { ...row, running: false, ended_at: at, call_since: undefined }
  const isAnswered = state.status !== 'absent' && state.status !== 'closed'
  const isSpam = event.type === 'ChatClosed' && event.reason === 'spam'
  const answered = isAnswered ? { answered_at: at } : {}
  if ((row.call_since ?? at) >= row.due_at && !isSpam)
    return { ...ended, ...answered, outcome: 'missed', outcome_at: row.due_at }
  if (!isAnswered) return { ...ended, outcome: 'cancelled', outcome_at: at }
  return { ...ended, ...answered, agent_id: answerer(event, state) ?? row.agent_id, outcome: 'met', outcome_at: at }
}

/** The agent who has answered: a colleague in the chat or in the call, too. */
function answerer({ type, by }: ChatEvent, chat: Chat): string | undefined {
  if (type === 'ChatCallStarted') return openCall(chat)?.agent?.id
  return by.kind === 'agent' ? by.id : undefined
}

/**
 * `outcome_at` is when a target was met or cancelled, or when it was due if it was missed. From `call_since` on the
 * sides are in a call, and no answer becomes late.
 */
const targetTable = writtenTable(
  'chat_target',
  `id text collate "C" primary key,
  chat_id text collate "C" not null,
  cycle integer not null,
  target text not null,
  running boolean not null,
  since timestamptz not null,
  due_at timestamptz not null,
  answered_at timestamptz,
  ended_at timestamptz,
  call_since timestamptz,
  outcome text,
  outcome_at timestamptz,
  channel text not null,
  priority text not null,
  category text collate "C",
  plan text,
  agent_id text collate "C",
  policy text not null,
  policy_version text not null`,
  {
    fillfactor: 80,
    indexes: [
      'index on chat_target (chat_id, cycle)',
      'index on chat_target (due_at, id)',
      'index on chat_target (due_at, id) where running',
      'index on chat_target (outcome_at) where outcome_at is not null',
    ],
  },
)
