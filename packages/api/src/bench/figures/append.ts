import type { TicketEvent } from '@guichet/domain'
import { guichetEvents, instant } from '@guichet/domain'
import { postgresStore } from '@guichet/eventstore'
import { randomUUID } from 'node:crypto'
import type { Figure } from '../figure.ts'
import { figure } from '../figure.ts'
import { openLimit } from '../limit.ts'
import { openPeer } from '../peer.ts'
import type { Bench } from '../bench.ts'
import { compare } from '../throughput.ts'

/** Events stored per second by 16 concurrent writers, each to a new stream, one and five events at a time. */
export async function append({ ground, effort }: Bench): Promise<readonly Figure[]> {
  const store = await postgresStore({ connectionString: await ground.database(), catalogue: guichetEvents })
  const peer = await openPeer(await ground.database())
  const limit = await openLimit(await ground.database())
  const figures: Figure[] = []
  for (const count of [1, 5]) {
    const events = Array.from({ length: count }, (_, ordinal) => note(ordinal))
    const rates = await compare(
      {
        guichet: {
          units: count,
          work: () =>
            store.append({ stream: newStream(), expectedVersion: 'no_stream', commandId: randomUUID(), events }),
        },
        peer: { units: count, work: () => peer.append(newStream(), events) },
        limit: { units: count, work: () => limit.append(newStream(), 0, events) },
      },
      { clients: 16, ...effort },
    )
    figures.push(figure(`append-${count}`, 'events/s', rates.guichet, rates))
  }
  await Promise.all([store.close(), peer.close(), limit.close()])
  return figures
}

const newStream = (): string => `ticket-${randomUUID()}`

function note(ordinal: number): TicketEvent {
  return {
    type: 'InternalNoteAdded',
    at: instant('2026-03-02T09:00:00Z'),
    by: { kind: 'agent', id: 'agent-1' },
    messageId: `message-${ordinal}`,
    body: 'La page des paris reste blanche depuis la mise à jour. '.repeat(3).trim(),
  }
}
