import { createDesk, guichetEvents, instant } from '@guichet/domain'
import { postgresStore } from '@guichet/eventstore'
import { randomUUID } from 'node:crypto'
import type { Bench } from '../bench.ts'
import type { Figure } from '../figure.ts'
import { figure } from '../figure.ts'
import { openLimit } from '../limit.ts'
import { openPeer } from '../peer.ts'
import { compare } from '../throughput.ts'
import { step } from '../workload.ts'

/** How many times as fast as the peer Guichet sets out to be, by the number of concurrent commands. */
const targets = [
  { clients: 16, times: 3 },
  { clients: 64, times: 6 },
]

/** Commands per second, each loaded, decided and appended: a ticket is opened, then both sides write twice. */
export async function commands({ ground, effort }: Bench): Promise<readonly Figure[]> {
  const store = await postgresStore({ connectionString: await ground.database(), catalogue: guichetEvents })
  const desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID })
  const peer = await openPeer(await ground.database())
  const limit = await openLimit(await ground.database())
  const figures: Figure[] = []
  for (const { clients, times } of targets) {
    const rates = await compare(
      {
        guichet: {
          work: async (client, turn) => {
            const { ticket, command, by } = step(`c${clients}`, client, turn)
            const outcome = await desk.execute('ticket', ticket, command, { by })
            if (!outcome.ok) throw new Error(`the workload was refused: ${outcome.refusal.message}`)
          },
        },
        peer: { work: (client, turn) => peer.execute(step(`c${clients}`, client, turn), randomUUID()) },
        limit: {
          work: async (client, turn) => {
            const { ticket, command, by } = step(`c${clients}`, client, turn)
            const version = await limit.load(ticket)
            await limit.append(ticket, version, [{ ...command, by, at: instant(new Date()) }])
          },
        },
      },
      { clients, ...effort },
    )
    figures.push(figure(`commands-${clients}`, 'commands/s', rates.guichet, { ...rates, target: times * rates.peer }))
  }
  await Promise.all([store.close(), peer.close(), limit.close()])
  return figures
}
