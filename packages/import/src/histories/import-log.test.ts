import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createDesk, importIdOf } from '@guichet/domain'
import { describe, expect, it } from 'vitest'
import type { MappingInput } from './mapping.ts'
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

describe('an import of snapshots', () => {
  it('turns what changes from row to row into history, at its own times', async () => {
    const desk = newDesk()
    const account = await importSnapshots(desk, [
      row(0, 'New', { team: 'T1', priority: 'P3' }),
      row(5, 'Open', { assignee: 'ann', team: 'T1', priority: 'P1' }),
      row(6, 'Open', { assignee: 'ann', team: 'T1', priority: 'P1' }),
      row(9, 'Solved', { team: 'T2', priority: 'P1' }),
      row(20, 'Closed', { team: 'T2', priority: 'P1' }),
    ])
    expect(account).toMatchObject({ rows: 5, applied: 4, unchanged: 1, refused: 0, ticketIds: ['A'] })
    const events = await eventsOf(desk, 'A')
    expect(events.map(({ type, at }) => [type, at.slice(14, 16)])).toEqual([
      ['TicketOpened', '00'],
      ['TicketEscalated', '00'],
      ['TicketStarted', '05'],
      ['PriorityChanged', '05'],
      ['TicketAssigned', '05'],
      ['TicketUnassigned', '09'],
      ['TicketEscalated', '09'],
      ['TicketResolved', '09'],
      ['TicketClosed', '20'],
    ])
    expect(events.at(-1)).toMatchObject({ reason: 'solved', by: { kind: 'agent', id: 'ann' } })
  })

  it('marks every event as imported, and records its own beginning and end', async () => {
    const desk = newDesk()
    const { importId } = await importSnapshots(desk, [row(0, 'New')])
    const all = await desk.store.readAll({ limit: 10 })
    expect(all.map(({ event }) => event.type)).toEqual(['ImportStarted', 'TicketOpened', 'ImportCompleted'])
    expect(new Set(all.map(({ correlationId }) => importIdOf(correlationId)))).toEqual(new Set([importId]))
  })

  it('reopens a closed ticket when the log continues, and adds tags for details that no status expresses', async () => {
    const desk = newDesk()
    await importSnapshots(desk, [
      row(0, 'Closed'),
      row(1, 'Vendor'),
      row(2, 'Waiting'),
      row(3, 'Solved'),
      row(4, 'Waiting'),
    ])
    expect(await typesOf(desk, 'A')).toEqual([
      'TicketOpened',
      'TicketClosed',
      'TicketReopened',
      'TicketTagged',
      'CustomerWaitStarted',
      'TicketUntagged',
      'TicketResolved',
      'TicketReopened',
      'CustomerWaitStarted',
    ])
  })

  it('keeps the assignee of a closed ticket that a row returns to resolved', async () => {
    const desk = newDesk()
    await importSnapshots(desk, [row(0, 'Closed'), row(1, 'Solved', { assignee: 'bob', team: 'T2' })])
    const types = await typesOf(desk, 'A')
    expect(types).toEqual([
      'TicketOpened',
      'TicketClosed',
      'TicketReopened',
      'TicketAssigned',
      'TicketEscalated',
      'TicketResolved',
    ])
    expect((await desk.read('ticket', 'A')).state).toMatchObject({ assignee: { id: 'bob' }, team: 'T2' })
  })

  it('keeps the team of a reply that resolves its ticket', () =>
    inFolder(async (folder) => {
      const desk = newDesk()
      const file = join(folder, 'log.ndjson')
      const values = { ...deeds.activity.values, fixed: { does: 'agentReply', then: 'resolved' } as const }
      const mapping = { ...deeds, activity: { column: 'did', values }, team: { column: 'team' } }
      const line = { case: 'D', by: 'ann', customer: 'carl', text: 'Done.' }
      await writeFile(
        file,
        [
          JSON.stringify({ ...line, at: at(0), did: 'opened', team: 'T1' }),
          JSON.stringify({ ...line, at: at(1), did: 'fixed', team: 'T2' }),
        ].join('\n'),
      )
      expect(await bringIn(desk, file, mapping)).toMatchObject({ applied: 2 })
      expect((await desk.read('ticket', 'D')).state).toMatchObject({ status: 'resolved', team: 'T2' })
    }))

  it('stores details that an ended ticket no longer accepts as one internal note', async () => {
    const desk = newDesk()
    const solved = row(1, 'Solved', { team: 'T2' })
    await importSnapshots(desk, [row(0, 'Solved', { team: 'T1' }), solved, { ...solved, at: at(2) }])
    const notes = (await eventsOf(desk, 'A')).filter(({ type }) => type === 'InternalNoteAdded')
    expect(notes).toEqual([expect.objectContaining({ body: 'Assigned to the team T2 when resolved' })])
  })

  it('refuses a row with its number, the column and the reason, and continues', async () => {
    const desk = newDesk()
    const account = await importSnapshots(desk, [
      row(0, 'Open'),
      row(1, 'Lost'),
      { ...row(2, 'Open'), at: '31/2/2016' },
      row(3, 'New'),
      row(4, 'Solved', { case: '?' }),
      row(5, 'Solved'),
      row(2, 'Closed'),
    ])
    expect(account).toMatchObject({ rows: 7, applied: 2, unchanged: 0, refused: 5 })
    expect(account.rejects.split('\n').map((line) => line.split(',').slice(0, 3).join(','))).toEqual([
      'row,field,code',
      '3,state,value_unreadable',
      '4,at,value_unreadable',
      '5,,ticket_already_open',
      '6,case,value_unreadable',
      '8,time,time_runs_backwards',
      '',
    ])
  })

  it('takes a row that is a little behind at the time of the row before it, when the mapping allows for that', () =>
    inFolder(async (folder) => {
      const desk = newDesk()
      const file = join(folder, 'log.csv')
      await writeSnapshots(file, [row(0, 'New'), row(10, 'Open'), row(7, 'Solved'), row(1, 'Closed')])
      const account = await bringIn(desk, file, { ...snapshots, time: { ...snapshots.time, toleranceMinutes: 5 } })
      expect(account).toMatchObject({ applied: 3, refused: 1 })
      expect((await eventsOf(desk, 'A')).at(-1)).toMatchObject({ type: 'TicketResolved', at: at(10) })
    }))

  it.each(['a desk', 'a dry run'])(
    'puts a log that begins with the newest row into its order, in %s',
    async (where) => {
      const desk = where === 'a desk' ? newDesk() : undefined
      const oldestFirst = [
        row(0, 'New'),
        { ...row(1, 'New'), case: 'B' },
        row(2, 'Open'),
        row(3, 'Lost'),
        row(5, 'Waiting', { priority: 'P1' }),
        row(5, 'Solved'),
        { ...row(6, 'Open'), at: 'soon' },
      ]
      const account = await importSnapshots(desk, oldestFirst.toReversed())
      expect(account).toMatchObject({ rows: 7, applied: 5, refused: 2 })
      expect(account.rejects.split('\n').map((line) => line.split(',').slice(0, 3).join())).toEqual([
        'row,field,code',
        '5,state,value_unreadable',
        '2,at,value_unreadable',
        '',
      ])
      if (desk) {
        expect(await typesOf(desk, 'A')).toEqual([
          'TicketOpened',
          'TicketStarted',
          'CustomerWaitStarted',
          'PriorityChanged',
          'TicketResolved',
        ])
      }
    },
  )

  it.each(['a desk', 'a dry run'])('refuses a row whose time has not come yet, in %s', async (where) => {
    const desk = where === 'a desk' ? newDesk() : undefined
    const soon = '2026-06-01T00:01:00.000Z'
    const account = await importSnapshots(desk, [
      row(0, 'New'),
      { ...row(1, 'Open'), at: '2026-06-01T00:01:00.001Z' },
      { ...row(2, 'Solved'), at: soon },
    ])
    expect(account).toMatchObject({ rows: 3, applied: 2, refused: 1 })
    expect(account.rejects).toMatch(/^3,time,at_in_the_future,/m)
    if (desk)
      expect((await eventsOf(desk, 'A')).map(({ type, at }) => [type, at])).toContainEqual(['TicketResolved', soon])
  })

  const openedAs = (value: string) =>
    inFolder(async (folder) => {
      const desk = newDesk()
      const file = join(folder, 'log.csv')
      const line = (id: string, minute: number, opened: string) => `${id},${at(minute)},Open,carl,${opened}`
      await writeFile(
        file,
        ['case,at,state,customer,opened', line('A', 3, value), line('A', 4, value), line('B', 5, at(0))].join('\n'),
      )
      const { actor: _, assignee: __, team: ___, priority: ____, ...mapping } = snapshots
      const openedAt = { column: 'opened', format: 'iso' }
      const account = await bringIn(desk, file, { ...mapping, missing: ['', 'NULL'], openedAt })
      expect(await eventsOf(desk, 'B')).toMatchObject([{ at: at(0) }, { at: at(5) }])
      return { ...account, events: await eventsOf(desk, 'A') }
    })

  it.each(['0001-01-01T00:00:00Z', 'soon'])('refuses a row whose case was opened at %s', async (value) => {
    const { applied, refused, rejects } = await openedAs(value)
    expect({ applied, refused }).toEqual({ applied: 1, refused: 2 })
    expect(rejects).toMatch(/^2,opened,value_unreadable,[^]*^3,opened,value_unreadable,/m)
  })

  it('takes a case to be opened with its first row when that is missing, or later', async () => {
    for (const value of ['NULL', at(9)]) {
      const { refused, events } = await openedAs(value)
      expect(refused).toBe(0)
      expect(events).toMatchObject([{ type: 'TicketOpened', at: at(3) }, { at: at(3) }])
    }
  })

  it('keeps the rows of a case in order when those of other cases stand between them', async () => {
    const desk = newDesk()
    const rows = Array.from({ length: 300 }, (_, n) => ({
      ...row(n, ['New', 'Open', 'Solved'][Math.floor(n / 100)] ?? 'New'),
      case: `C${n % 100}`,
    }))
    expect(await importSnapshots(desk, rows)).toMatchObject({ applied: 300, refused: 0 })
    expect(await typesOf(desk, 'C42')).toEqual(['TicketOpened', 'TicketStarted', 'TicketResolved'])
  })

  it('stores all that a row changes at once, so that nobody at the desk can come in between', async () => {
    const desk = newDesk()
    const { append } = desk.store
    const colleague = createDesk({ ...desk, store: { ...desk.store, append }, now, newId: () => crypto.randomUUID() })
    let appends = 0
    desk.store.append = async (request) => {
      const outcome = await append(request)
      const second = request.stream === 'ticket-A' && ++appends === 2
      if (second) {
        const note = { type: 'addNote', body: 'I have a look.' } as const
        expect(await colleague.execute('ticket', 'A', note, { by: { kind: 'agent', id: 'bob' } })).toHaveProperty(
          'ok',
          true,
        )
      }
      return outcome
    }
    const account = await importSnapshots(desk, [
      row(0, 'New', { priority: 'P3' }),
      row(1, 'Open', { assignee: 'ann', team: 'T1', priority: 'P1' }),
      row(2, 'Solved', { team: 'T2', priority: 'P1' }),
    ])
    expect(account).toMatchObject({ applied: 2, refused: 1, events: 5 })
    expect(account.rejects).toMatch(/^4,.*version_conflict/m)
    expect(await typesOf(desk, 'A')).toEqual([
      'TicketOpened',
      'TicketStarted',
      'PriorityChanged',
      'TicketAssigned',
      'TicketEscalated',
      'InternalNoteAdded',
    ])
    const stored = await desk.store.readStream('ticket-A')
    expect(new Set(stored.slice(1, 5).map(({ commandId }) => commandId)).size).toBe(1)
  })

  it('says in a dry run what it would do, and stores nothing', async () => {
    const rows = [row(0, 'New'), row(1, 'Open'), row(2, 'Open'), row(3, 'Lost')]
    expect(await importSnapshots(undefined, rows)).toMatchObject({
      rows: 4,
      applied: 2,
      unchanged: 1,
      refused: 1,
      events: 2,
    })
  })
})

describe('a column that the mapping reads', () => {
  const bringInNdjson = (mapping: MappingInput, ...records: readonly object[]) =>
    inFolder(async (folder) => {
      const file = join(folder, 'log.ndjson')
      await writeFile(file, records.map((record) => JSON.stringify(record)).join('\n'))
      return bringIn(newDesk(), file, mapping)
    })
  const opened = { case: 'D', at: at(0), did: 'opened', by: 'carl', customer: 'carl', text: 'It is broken.' }
  const { customer, ...typo } = { ...opened, custommer: 'carl' }

  it('is a fault of the whole NDJSON file when no row has it, and may be absent from some', async () => {
    await expect(bringInNdjson(deeds, typo, typo)).rejects.toMatchObject({
      code: 'column_missing',
      message: expect.stringMatching(/no row of .* has the column customer$/) as string,
      next: expect.stringContaining('custommer') as string,
    })
    expect(await bringInNdjson(deeds, typo, { ...opened, case: 'E', customer })).toMatchObject({ applied: 2 })
  })

  it('may be absent when the mapping says that it is optional, from CSV too', async () => {
    expect(await bringInNdjson({ ...deeds, optional: ['customer'] }, typo)).toMatchObject({ applied: 1 })
    await inFolder(async (folder) => {
      const file = join(folder, 'log.csv')
      await writeFile(file, `case,at,did,customer,text\nD,${at(0)},opened,carl,It is broken.\n`)
      expect(await bringIn(newDesk(), file, { ...deeds, optional: ['by'] })).toMatchObject({ applied: 1 })
    })
  })
})
