import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { bringIn, importSnapshots, inFolder, newDesk, row, snapshots, typesOf, writeSnapshots } from './testing.ts'

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

  it('of the same file adds nothing, though the mapping has another meaning now', () =>
    inFolder(async (folder) => {
      const desk = newDesk()
      const file = join(folder, 'log.csv')
      await writeSnapshots(file, rows)
      await bringIn(desk, file, snapshots)
      const before = await typesOf(desk, 'A')
      const { activity } = snapshots
      const values = { ...activity.values, Open: { status: 'waiting_customer' as const } }
      const account = await bringIn(desk, file, { ...snapshots, activity: { ...activity, values } })
      expect(account).toMatchObject({ applied: 0, unchanged: 5, refused: 0, events: 0 })
      expect(await typesOf(desk, 'A')).toEqual(before)
    }))

  it.each([1, 2, 3, 4])('of the file without its first %i rows adds nothing to the tickets', async (cut) => {
    const desk = newDesk()
    await importSnapshots(desk, rows)
    const before = await typesOf(desk, 'A')
    const { applied, unchanged, refused } = await importSnapshots(desk, rows.slice(cut))
    expect({ applied, accounted: unchanged + refused }).toEqual({ applied: 0, accounted: 5 - cut })
    expect(await typesOf(desk, 'A')).toEqual(before)
  })

  it('of a file that goes on where the first ended adds the rest', async () => {
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
})
