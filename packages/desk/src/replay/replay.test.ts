import type { Desk, Instant } from '@guichet/domain'
import { createDesk, guichetEvents, incidentActor, inMemoryStore } from '@guichet/domain'
import { beforeAll, describe, expect, it } from 'vitest'
import { printReplay } from './print-replay.ts'
import { replayTicket } from './replay.ts'

const at = (hour: number): Instant => `2026-03-02T${String(hour).padStart(2, '0')}:00:00.000Z` as Instant

describe('a replay', () => {
  let desk: Desk
  beforeAll(async () => {
    let id = 0
    desk = createDesk({
      store: inMemoryStore({ catalogue: guichetEvents }),
      now: () => at(0),
      newId: () => `command-${id++}`,
      futureToleranceMs: Number.MAX_SAFE_INTEGER,
    })
    const ann = { kind: 'agent', id: 'ann', name: 'Ann' } as const
    const open = { type: 'open', subject: 'Printer', body: 'It is on fire.\nHelp!', customer: { id: 'carl' } } as const
    await desk.execute('ticket', 'T', open, { by: { kind: 'customer', id: 'carl' }, at: at(8) })
    await desk.execute(
      'ticket',
      'T',
      { type: 'changePriority', priority: 'urgent', reason: 'fire' },
      { by: ann, at: at(9) },
    )
    await desk.execute(
      'ticket',
      'T',
      { type: 'close', reason: 'other', note: 'The fire brigade took over.' },
      { by: ann, at: at(10) },
    )
  })

  it('returns actor, time, change and reason, event by event', async () => {
    const replay = await replayTicket(desk, 'T')
    expect(replay?.entries.map(({ version, at, by, what, why }) => [version, at, by.id, what, why])).toEqual([
      [1, at(8), 'carl', 'opened “Printer” by web for carl, priority normal', undefined],
      [2, at(9), 'ann', 'priority normal → urgent', 'fire'],
      [3, at(10), 'ann', 'status new → closed', 'other; The fire brigade took over.'],
    ])
  })

  it('says that the customer has had news of an incident', async () => {
    const open = { type: 'open', subject: 'Down', body: 'x', customer: { id: 'carl' } } as const
    await desk.execute('ticket', 'I', open, { by: { kind: 'customer', id: 'carl' }, at: at(8) })
    const relay = { type: 'relayUpdate', incidentId: 'i-1', postedAt: at(9) } as const
    await desk.engine.execute('ticket', 'I', relay, { by: incidentActor, at: at(9) })
    const last = (await replayTicket(desk, 'I'))?.entries.at(-1)
    expect(last).toMatchObject({ at: at(9), what: 'the customer has had news', why: 'an update of the incident i-1' })
  })

  it('stops at an instant, and shows the ticket as it was then', async () => {
    const replay = await replayTicket(desk, 'T', at(9))
    expect(replay?.entries).toHaveLength(2)
    expect(replay?.state).toMatchObject({ status: 'new', priority: 'urgent' })
  })

  it('before the opening shows no events', async () => {
    const replay = await replayTicket(desk, 'T', at(7))
    expect(replay && printReplay(replay)).toEqual([`T as of ${at(7)}: nothing had happened yet`])
  })

  it('is nothing for a ticket that does not exist', async () => {
    expect(await replayTicket(desk, 'none')).toBeUndefined()
  })

  it('is printed for people', async () => {
    const replay = await replayTicket(desk, 'T', at(9))
    expect(replay && printReplay(replay)).toEqual([
      `T “Printer” as of ${at(9)}`,
      '',
      '1  2026-03-02 08:00:00Z  carl [customer]  opened “Printer” by web for carl, priority normal',
      '                                          │ It is on fire.',
      '                                          │ Help!',
      '2  2026-03-02 09:00:00Z  Ann [agent]      priority normal → urgent — fire',
      '',
      'status       new',
      'priority     urgent',
      'customer     carl',
      'level        1',
      `opened       ${at(8)}`,
      `last change  ${at(9)}`,
    ])
  })
})
