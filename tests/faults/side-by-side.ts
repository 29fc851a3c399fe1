import type { EventEnvelope, GuichetEvent } from '@guichet/domain'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { randomUUID } from 'node:crypto'
import type { Command } from '../process/graphql.ts'
import { agentToken, ask, send } from '../process/graphql.ts'
import type { Run, RunningServer } from '../process/guichet.ts'
import { eventually, guichet, kill, serve } from '../process/guichet.ts'
import { readHistory } from './history.ts'
import { countFired, eventuallyIn } from './looking.ts'
import { firedOn, openOverdueTickets } from './overdue.ts'

/** The result of running two servers and two workers on one desk. */
export type Lived = {
  readonly history: readonly EventEnvelope<GuichetEvent>[]
  /** The commands that the servers have acknowledged. */
  readonly acknowledged: readonly Command[]
  /** The number of deadlines that fell due. */
  readonly overdue: number
  /** The desk as each of the servers shows it in the end. */
  readonly shown: readonly unknown[]
  /** The exits of the worker that was stopped, and of the servers. */
  readonly exits: readonly (number | null)[]
}

const waves = 3
const pairs = 25
const perServer = 100

/**
 * Runs two servers and two workers on one desk: tickets are opened through both servers while deadlines fall due.
 * Midway one worker is killed, and the other one gets SIGTERM.
 */
export async function liveSideBySide(
  { url }: TestDatabase,
  environment: Readonly<Record<string, string>>,
): Promise<Lived> {
  const given = { DATABASE_URL: url, NODE_ENV: 'production', GUICHET_WORKER: 'child', ...environment }
  const servers = await Promise.all([serve(given), serve(given)])
  const [killed, stopped] = await Promise.all([work(given), work(given)])
  const acknowledged: Command[] = []
  const opening = Promise.all(servers.map((server, n) => openThrough(server, `server-${n}`, acknowledged)))
  const fired = (count: number): Promise<void> => eventuallyIn(url, async (look) => (await countFired(look)) >= count)
  const overdue = waves * 2 * pairs

  for (let wave = 0; wave < waves; wave++) {
    await openOverdueTickets(url, `overdue-${wave}`, pairs)
    await fired(wave * 2 * pairs + 1)
    if (wave === 0) await kill(killed)
    if (wave === 1) stopped.child.kill('SIGTERM')
  }
  await opening
  await fired(overdue)
  const shown = await whatAllShow(servers, acknowledged.length + overdue)
  for (const { child } of servers) child.kill('SIGTERM')
  const exits = await Promise.all([stopped, ...servers].map(({ exited }) => exited))
  return { history: await readHistory(url), acknowledged, overdue, shown, exits }
}

async function work(environment: Readonly<Record<string, string>>): Promise<Run> {
  const worker = guichet(['worker'], { GUICHET_LOG_LEVEL: 'error', ...environment })
  await eventually(async () => {
    if (worker.child.exitCode !== null) throw new Error(`the worker has ended: ${worker.printed.err}`)
    return worker.printed.out.includes('Guichet works')
  })
  return worker
}

async function openThrough({ url }: RunningServer, prefix: string, acknowledged: Command[]): Promise<void> {
  const token = await agentToken(`agent-of-${prefix}`)
  for (let n = 0; n < perServer; n++) {
    const command = { kind: 'open', ticketId: `${prefix}-${n}`, commandId: randomUUID() } as const
    const { userErrors } = await send(url, token, command)
    if (userErrors.length > 0) throw new Error(`refused: ${userErrors[0]?.code}`)
    acknowledged.push(command)
  }
}

/** The desk as each server shows it, once all of them show the same with the expected number of tickets. */
async function whatAllShow(servers: readonly RunningServer[], tickets: number): Promise<readonly unknown[]> {
  const token = await agentToken('reader')
  const query =
    '{ ticketCounters { total new waitingCustomer closed } tickets(first: 100) { nodes { ticketId: id status } } }'
  let shown: readonly unknown[] = []
  await eventually(async () => {
    shown = await Promise.all(servers.map(({ url }) => ask(url, token, query)))
    const [first, ...others] = shown.map((each) => JSON.stringify(each))
    return first?.includes(`"total":${tickets},`) === true && others.every((other) => other === first)
  })
  return shown
}

/** The deadlines that did not take effect exactly once. */
export function notFiredOnce({ history, overdue }: Lived): readonly unknown[] {
  const fired = firedOn(history)
  const others = [...fired].filter(([, times]) => times !== 1)
  return fired.size === overdue ? others : [...others, `${fired.size} of ${overdue} fired`]
}

/** The tickets that were opened through a server, but are not stored exactly once. */
export function notStoredOnce({ history, acknowledged }: Lived): readonly Command[] {
  const opened = history.filter(({ event }) => event.type === 'TicketOpened').map(({ commandId }) => commandId)
  return acknowledged.filter(({ commandId }) => opened.filter((id) => id === commandId).length !== 1)
}
