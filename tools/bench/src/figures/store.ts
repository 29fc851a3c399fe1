import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'
import type { TicketEvent } from '@guichet/domain'
import { createDesk, guichetEvents, instant } from '@guichet/domain'
import { postgresStore } from '@guichet/eventstore'
import type { Bench, Figure } from '../bench.ts'
import { figure, skipped } from '../bench.ts'
import { compare, openLimit, openPeer, step } from '../ground.ts'
import { startGuichet } from '../guichet-process.ts'
import { findPublishedLog, publishedLog } from '../published.ts'
import { eventsPerChat } from '../seeded-chats.ts'
import { eventsPerTicket, openHelpdesk } from '../seeding.ts'

/** Measures events stored per second by 16 concurrent writers, each to a new stream, one and five events at a time. */
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

/** The targets as multiples of the peer's rate, by the number of concurrent commands. */
const targets = [
  { clients: 16, times: 3 },
  { clients: 64, times: 6 },
]

/** Measures commands per second, each loaded, decided and appended: a ticket is opened, then both sides write twice. */
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

const target = 20_000

/** Measures the rebuild of each read model in events per second, including its indexes and the switch: those of chats from chats alone. */
export async function rebuild({ ground, quick }: Bench): Promise<readonly Figure[]> {
  const tickets = quick ? 5_000 : 50_000
  const chats = Math.ceil((tickets * eventsPerTicket) / eventsPerChat)
  const figures: Figure[] = []
  for (const ofChats of [false, true]) {
    const helpdesk = await (ofChats ? openHelpdesk(ground, 0, chats) : openHelpdesk(ground, tickets))
    const events = ofChats ? chats * eventsPerChat : tickets * eventsPerTicket
    for (const { name } of helpdesk.projections.filter((each) => each.name.startsWith('chat') === ofChats)) {
      const started = performance.now()
      await helpdesk.runner.rebuild(name)
      const seconds = (performance.now() - started) / 1000
      figures.push(figure(`rebuild-${name}`, 'events/s', events / seconds, { target }))
    }
    await helpdesk.close()
  }
  return figures
}

const importTargets = { seconds: 90, megabytes: 400 }

/** Measures the duration of the whole import, from the start of the command to its end, and its peak memory. */
export async function importLog({ ground }: Bench): Promise<readonly Figure[]> {
  const file = findPublishedLog()
  if (file === undefined) {
    const reason = `needs the log of ${publishedLog.doi}: say where it is in ${publishedLog.variable}`
    return [
      skipped('import-time', 's', importTargets.seconds, reason),
      skipped('import-memory', 'MB', importTargets.megabytes, reason),
    ]
  }
  const started = performance.now()
  const run = startGuichet(
    ['import', file, '--mapping', 'servicenow', '--rejects', join(ground.folder, 'rejects.csv'), '--json'],
    { GUICHET_HOME: join(ground.folder, 'import'), DATABASE_URL: await ground.database() },
  )
  const code = await run.exited
  const seconds = (performance.now() - started) / 1000
  const summary = code === 0 ? summarySchema.safeParse(JSON.parse(run.output())) : undefined
  if (!summary?.success) throw new Error(`the import went wrong:\n${run.output()}`)
  return [
    figure('import-time', 's', seconds, { target: importTargets.seconds }),
    figure('import-memory', 'MB', summary.data.peakMemoryMb, { target: importTargets.megabytes }),
  ]
}

/** The summary that `guichet import --json` prints. */
const summarySchema = z.object({ rows: z.literal(publishedLog.rows), peakMemoryMb: z.number() })
