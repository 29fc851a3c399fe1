import type { AppendOutcome, Desk, DomainEvent, EventEnvelope, Position, StreamName } from '@guichet/domain'
import { parseStream } from '@guichet/domain'
import { CommandFault } from '../fault.ts'
import type { Fault } from '@guichet/desk'
import { createLanes, retryWhileAway } from '@guichet/eventstore'
import { idOfParameters } from './case.ts'
import type { ChatPlan } from './chat-story.ts'
import type { ForeseenWaits } from './chat-waits.ts'
import { liveChats } from './chat-week.ts'
import { record } from './simulate.ts'

type SimulatedChats = {
  readonly simulationId: string
  /** The number of visits planned: some find the desk closed, or have a chat already. */
  readonly chats: number
  /** The number of events that this run stored. */
  readonly events: number
  /** Read models that have passed it show all of the simulation; undefined if an earlier run stored it. */
  readonly position: Position | undefined
  readonly waits: ForeseenWaits
}

const appendsUnderWay = 64

/** The most events of one append: an agent's week is several. */
const eventsAtOnce = 1_000

/**
 * Fills a desk with a simulated week of chats. The week is lived in memory first: nobody who watches the desk, such as
 * its router and its clocks, sees half of it. Then each stream is stored, chats and tickets before what refers to them.
 * A second run adds nothing.
 * @throws Fault `simulation_refused` when a stream of the simulation was changed by others.
 */
export async function simulateChats(
  desk: Desk,
  plan: ChatPlan,
  options: { readonly onChats?: (count: number) => void; readonly signal?: AbortSignal } = {},
): Promise<SimulatedChats> {
  const { signal } = options
  const id = chatSimulationId(plan)
  const prefix = id.replace('simulation', 'sim')
  const { desk: memory, waits } = await liveChats(desk, plan, prefix, options)
  const before = await retryWhileAway(() => desk.read('import', id))
  const summary = { simulationId: id, chats: plan.chats, waits }
  if (before.state.status === 'completed') return { ...summary, events: 0, position: undefined }

  await record(desk, id, plan, { type: 'start', source: `seed ${plan.seed}`, mapping: 'simulation' })
  const lanes = createLanes(appendsUnderWay)
  let events = 0
  try {
    for (const [stream, history] of await streamsOf(memory)) {
      signal?.throwIfAborted()
      await lanes.add(stream, async () => {
        for (let from = 0; from < history.length; from += eventsAtOnce) {
          const part = history.slice(from, from + eventsAtOnce)
          const outcome = await retryWhileAway(() => append(desk, stream, from, part, id))
          if (outcome.kind === 'conflict' || outcome.kind === 'too_large') throw refused(stream, outcome.kind)
          if (outcome.kind === 'appended') events += part.length
        }
      })
    }
  } finally {
    await lanes.drained()
  }
  const figures = { rows: plan.chats, applied: plan.chats, unchanged: 0, refused: 0 }
  const { position } = await record(desk, id, plan, { type: 'complete', ...figures })
  return { ...summary, events, position }
}

/** Returns the id of a simulation, the same for equal plans. */
export const chatSimulationId = ({ chats, seed, start, end }: ChatPlan): string =>
  idOfParameters(['chats', chats, seed, start, end])

const order: readonly string[] = ['customer', 'chat', 'ticket', 'agent']

/** The histories of a desk in memory, without its configuration. */
async function streamsOf({ store }: Desk): Promise<readonly (readonly [StreamName, readonly DomainEvent[]])[]> {
  const streams = new Map<StreamName, DomainEvent[]>()
  let page: readonly EventEnvelope[] = []
  do {
    page = await store.readAll({ limit: 10_000, after: page.at(-1)?.position })
    for (const { stream, event } of page) {
      const history = streams.get(stream)
      if (history) history.push(event)
      else streams.set(stream, [event])
    }
  } while (page.length > 0)
  const rank = (stream: StreamName): number => order.indexOf(parseStream(stream).category)
  return [...streams].filter(([stream]) => rank(stream) >= 0).sort(([one], [other]) => rank(one) - rank(other))
}

const append = (
  { store }: Desk,
  stream: StreamName,
  from: number,
  events: readonly DomainEvent[],
  correlationId: string,
): Promise<AppendOutcome> =>
  store.append({ stream, expectedVersion: from, commandId: `${correlationId}:${from}`, correlationId, events })

const refused = (stream: StreamName, kind: 'conflict' | 'too_large'): Fault =>
  new CommandFault(
    'simulation_refused',
    `the desk refuses the simulation: ${kind === 'conflict' ? `others have changed ${stream}` : `${stream} is too large for its event store`}`,
  )
