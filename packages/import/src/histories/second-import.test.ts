import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Desk } from '@guichet/domain'
import { clockActor, defaultTicketPolicy } from '@guichet/domain'
import { describe, expect, it } from 'vitest'
import {
  at,
  bringIn,
  deeds,
  eventsOf,
  importSnapshots,
  inFolder,
  newDesk,
  now,
  row,
  snapshots,
  typesOf,
  writeSnapshots,
} from '../testing/index.ts'

/** Fires all due deadlines of ticket A. */
async function letTimePass(desk: Desk): Promise<void> {
  for (;;) {
    const { deadlines } = await desk.clockState('ticket-A')
    const [next] = deadlines
    if (next === undefined || next.dueAt > now()) return
    await desk.engine.execute('ticket', 'A', { type: 'fire', ...next } as never, { by: clockActor, at: now() })
  }
}

describe('a second import', () => {
  const rows = [
    row(0, 'New'),
    row(1, 'Open', { assignee: 'ann' }),
    row(1, 'Open'),
    row(1, 'Open', { assignee: 'ann', team: 'T' }),
    row(2, 'Solved'),
  ]

  it('of the same file adds nothing, whatever has happened since', async () => {
    const desk = newDesk()
    await importSnapshots(desk, rows)
    await desk.execute(
      'ticket',
      'A',
      { type: 'customerReply', body: 'Hello?' },
      { by: { kind: 'customer', id: 'carl' } },
    )
    const before = await desk.store.head()
    expect(await importSnapshots(desk, rows)).toMatchObject({
      rows: 5,
      applied: 0,
      unchanged: 5,
      refused: 0,
      events: 0,
    })
    expect(await desk.store.head()).toBe(before)
  })

  it('of the same rows under another meaning refuses them, and says how to take the first import back', () =>
    inFolder(async (folder) => {
      const desk = newDesk()
      const file = join(folder, 'log.csv')
      await writeSnapshots(file, rows)
      const first = await bringIn(desk, file, snapshots)
      const before = await typesOf(desk, 'A')
      const { activity } = snapshots
      const values = { ...activity.values, Open: { status: 'waiting_customer' as const } }
      const account = await bringIn(desk, file, { ...snapshots, activity: { ...activity, values } })
      expect(account).toMatchObject({ applied: 0, unchanged: 2, refused: 3, events: 0 })
      expect(account.rejects).toMatch(/^3,,imported_differently,/m)
      expect(account.rejects).toContain(`guichet import undo ${first.importId}`)
      expect(account.rejects).not.toContain('--name')
      expect(await typesOf(desk, 'A')).toEqual(before)

      const zoe = { by: { kind: 'agent', id: 'zoe' } } as const
      await desk.execute('ticket', 'A', { type: 'addNote', body: 'Seen.' }, zoe)
      const worked = await bringIn(desk, file, { ...snapshots, activity: { ...activity, values } })
      expect(worked).toMatchObject({ applied: 0, unchanged: 2, refused: 3 })
      expect(worked.rejects).toContain('somebody has worked on the ticket')
      expect(worked.rejects).not.toContain('guichet import undo')
    }))

  it.each([1, 2, 3, 4])('of the file without its first %i rows adds nothing to the tickets', async (cut) => {
    const desk = newDesk()
    await importSnapshots(desk, rows)
    const before = await typesOf(desk, 'A')
    const { applied, unchanged, refused } = await importSnapshots(desk, rows.slice(cut))
    expect({ applied, accounted: unchanged + refused }).toEqual({ applied: 0, accounted: 5 - cut })
    expect(await typesOf(desk, 'A')).toEqual(before)
  })

  it('of a file that continues the first adds the rest', async () => {
    const [whole, parted] = [newDesk(), newDesk()]
    await importSnapshots(whole, rows)
    await importSnapshots(parted, rows.slice(0, 2))
    await importSnapshots(parted, rows.slice(1))
    expect(await typesOf(parted, 'A')).toEqual(await typesOf(whole, 'A'))
  })

  it('leaves a ticket alone that was opened at this desk', async () => {
    const desk = newDesk()
    await desk.execute(
      'ticket',
      'A',
      { type: 'open', subject: 'Mine', body: 'Mine.', customer: { id: 'zoe' } },
      { by: { kind: 'customer', id: 'zoe' } },
    )
    expect(await importSnapshots(desk, rows)).toMatchObject({ applied: 0, unchanged: 0, refused: 5 })
    expect(await typesOf(desk, 'A')).toEqual(['TicketOpened'])
  })

  it('refuses rows that are older than what the clocks did in between, and dates none of them now', async () => {
    const desk = newDesk(defaultTicketPolicy)
    const first = await importSnapshots(desk, [row(0, 'Open'), row(5, 'Solved')])
    await letTimePass(desk)
    expect((await typesOf(desk, 'A')).at(-1)).toBe('TicketClosed')
    const before = await eventsOf(desk, 'A')
    const account = await importSnapshots(desk, [row(10, 'Open'), row(20, 'Solved')])
    expect(account).toMatchObject({ applied: 0, unchanged: 0, refused: 2, events: 0 })
    expect(account.rejects).toMatch(/^2,time,older_than_history,.*guichet import undo/m)
    expect(account.rejects).toContain(first.importId)
    expect(await eventsOf(desk, 'A')).toEqual(before)
  })

  it('refuses comments older than the history from the tickets file, instead of calling them unchanged', () =>
    inFolder(async (folder) => {
      const desk = newDesk()
      const deed = (minute: number, did: string, text: string) =>
        JSON.stringify({ case: 'A', at: at(minute), did, by: 'ann', customer: 'carl', text })
      const [tickets, comments] = [join(folder, 'tickets.ndjson'), join(folder, 'comments.ndjson')]
      await writeFile(tickets, [deed(0, 'opened', 'It is broken.'), deed(30, 'solved', '')].join('\n'))
      await writeFile(comments, [deed(10, 'answered', 'Which one?'), deed(20, 'wrote', 'The red one.')].join('\n'))
      await bringIn(desk, tickets, deeds)
      const account = await bringIn(desk, comments, deeds)
      expect(account).toMatchObject({ applied: 0, unchanged: 0, refused: 2 })
      expect(account.rejects).toMatch(/older_than_history[^]*older_than_history/)
    }))

  it('refuses a row that was refused before when the case has continued since, and says how to import it', async () => {
    const desk = newDesk()
    await importSnapshots(desk, [row(0, 'New'), row(1, 'Lost'), row(2, 'Solved')])
    const account = await importSnapshots(desk, [row(0, 'New'), row(1, 'Waiting'), row(2, 'Solved')])
    expect(account).toMatchObject({ applied: 0, unchanged: 2, refused: 1 })
    expect(account.rejects).toMatch(/^3,time,older_than_history,.*guichet import undo/m)
  })
})
