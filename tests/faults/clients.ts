import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Command } from '../process/graphql.ts'
import { agentToken, send } from '../process/graphql.ts'

/** Clients that send commands as fast as they are answered, and record the acknowledged ones. */
export type Clients = {
  /** The commands that a server has acknowledged. */
  readonly acknowledged: readonly Command[]
  /** Sends until the signal aborts; an unanswered command is sent again, also to the next server. */
  sendUntil(signal: AbortSignal, url: string): Promise<void>
  /** Sends unanswered commands again until they are answered. */
  settle(url: string): Promise<void>
}

/** Clients that each open a ticket, reply to it four times, and continue with the next, as another agent each time. */
export function createClients(count: number): Clients {
  const acknowledged: Command[] = []
  const unanswered: (Command | undefined)[] = Array.from({ length: count }, () => undefined)
  const steps = Array.from({ length: count }, () => 0)

  const next = (client: number): Command => {
    const step = steps[client] ?? 0
    steps[client] = step + 1
    const ticketId = `client-${client}-${Math.floor(step / 5)}`
    return { kind: step % 5 === 0 ? 'open' : 'reply', ticketId, commandId: randomUUID() }
  }
  const once = async (url: string, client: number, command: Command): Promise<void> => {
    unanswered[client] = command
    const { userErrors } = await send(url, await agentToken(`agent-of-${command.ticketId}`), command)
    if (userErrors.length > 0) throw new Error(`refused: ${userErrors[0]?.code}`)
    unanswered[client] = undefined
    acknowledged.push(command)
  }
  const sendOn = async (signal: AbortSignal, url: string, client: number): Promise<void> => {
    while (!signal.aborted) {
      await once(url, client, unanswered[client] ?? next(client)).catch(() => delay(20))
    }
  }
  const everybody = (work: (client: number) => Promise<void>) => Promise.all(steps.map((_, client) => work(client)))

  return {
    acknowledged,
    sendUntil: async (signal, url) => void (await everybody((client) => sendOn(signal, url, client))),
    settle: async (url) => {
      await everybody(async (client) => {
        const command = unanswered[client]
        if (command) await once(url, client, command)
      })
    },
  }
}
