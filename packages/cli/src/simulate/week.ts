import type { Actor, ChatBoard, ChatState, Desk, Instant, Outcome } from '@guichet/domain'
import {
  configurationId,
  createChatBoard,
  createDesk,
  guichetEvents,
  inMemoryStore,
  instant,
  streamName,
} from '@guichet/domain'
import { CommandFault } from '../fault.ts'
import type { Agenda } from './agenda.ts'
import { createAgenda } from './agenda.ts'
import type { ChatAct, ChatPlan, ChatStory } from './chat-story.ts'
import type { WaitWatch } from './chat-waits.ts'
import { watchWaits } from './chat-waits.ts'
import type { Chance } from './customers.ts'

/** A visit: its story, and how far it has got. */
export type Visit = {
  readonly id: string
  readonly story: ChatStory & { readonly chance: Chance }
  readonly by: Actor & { readonly kind: 'customer'; readonly name: string }
  acts: readonly ChatAct[]
  /** Counts the times for which agents have had the chat: what was planned before is void. */
  epoch: number
  returned: boolean
  chat: ChatState
}

/** A week of chats while it is lived: its desk in memory, what its router knows, and who is there. */
export type Week = {
  readonly plan: ChatPlan
  /** What the ids of its chats and customers begin with. */
  readonly prefix: string
  readonly desk: Desk
  readonly board: ChatBoard
  readonly agenda: Agenda
  readonly waits: WaitWatch
  /** Those that have begun, by the id of their chat. */
  readonly visits: Map<string, Visit>
  /** The ids of the agents who are at work. */
  readonly onShift: Set<string>
  now(): Instant
  /** Adds work to the agenda, so many milliseconds from now. */
  after(ms: number, work: () => Promise<unknown>): void
}

/** Opens a week in which nothing has happened yet, on a desk with the configuration of another one. */
export async function openWeek(like: Desk, plan: ChatPlan, prefix: string): Promise<Week> {
  const agenda = createAgenda(Date.parse(plan.start))
  const now = (): Instant => instant(new Date(agenda.now()))
  const board = createChatBoard()
  return {
    plan,
    prefix,
    desk: await deskLike(like, now, prefix),
    board,
    agenda,
    waits: watchWaits(board),
    visits: new Map(),
    onShift: new Set(),
    now,
    after: (ms, work) => agenda.add(agenda.now() + Math.max(0, ms), work),
  }
}

/** A desk in memory with the configuration of another one, and a clock of its own. */
async function deskLike({ base, store }: Desk, now: () => Instant, prefix: string): Promise<Desk> {
  const memory = inMemoryStore({ catalogue: guichetEvents })
  const stream = streamName('configuration', configurationId)
  for (const { event, commandId } of await store.readStream(stream))
    await memory.append({ stream, expectedVersion: 'any', commandId, events: [event] })
  let ids = 0
  return createDesk({
    ...base,
    store: memory,
    now,
    newId: () => `${prefix}:${++ids}`,
    cachedStreams: 100_000,
  })
}

/** @throws Fault `simulation_refused` for a command that the rules refuse: the simulation sends none that they should. */
export function accepted(outcome: Outcome): void {
  if (!outcome.ok)
    throw new CommandFault('simulation_refused', `the desk refuses the simulation: ${outcome.refusal.message}`)
}
