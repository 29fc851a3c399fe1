import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Desk } from '@guichet/domain'
import { clockActor, days, defaultTicketPolicy, later } from '@guichet/domain'
import { describe, expect, it } from 'vitest'
import { printReplay, replayTicket } from '@guichet/desk/replay'
import { simulate } from '../simulate/simulate.ts'
import type { MappingInput } from '@guichet/import'
import {
  at,
  bringInTogether,
  deeds,
  eventsOf,
  inFolder,
  newDesk,
  now,
  row,
  snapshots,
  typesOf,
  writeSnapshots,
} from '@guichet/import/testing'
import { undoImport } from '@guichet/import'

const rows = [row(0, 'New'), row(5, 'Open', { assignee: 'ann' }), row(9, 'Solved', { assignee: 'ann' })]
const corrected: MappingInput = {
  ...snapshots,
  activity: { ...snapshots.activity, values: { ...snapshots.activity.values, Open: { status: 'waiting_customer' } } },
}
const importId = 'old-desk'

/** Imports rows of cases A and B as one import. */
const importOld = (desk: Desk, mapping = snapshots, given = rows) =>
  inFolder(async (folder) => {
    const file = join(folder, 'log.csv')
    await writeSnapshots(file, [...given, ...given.map((each) => ({ ...each, case: 'B' }))])
    return bringInTogether(desk, [[file, mapping]], { importId })
  })
const undo = (desk: Desk, signal?: AbortSignal) => undoImport({ importId, desk, now, ...(signal && { signal }) })
const agent = { by: { kind: 'agent', id: 'bob' } } as const
const statusOf = async (desk: Desk, id: string) => (await desk.read('ticket', id)).state.status

describe('an import that is withdrawn', () => {
  it('leaves no ticket, keeps its history readable, and can run again under the same name', async () => {
    const desk = newDesk()
    const first = await importOld(desk)
    expect(await undo(desk)).toMatchObject({ tickets: 2, keptIds: [] })
    expect(await statusOf(desk, 'A')).toBe('absent')
    expect(await desk.execute('ticket', 'A', { type: 'addNote', body: 'Hello?' }, agent)).toMatchObject({ ok: false })
    const replay = await replayTicket(desk, 'A')
    expect(replay?.entries.map(({ type }) => type)).toEqual([...(await typesOf(desk, 'A'))])
    expect(replay?.state.status).toBe('absent')
    const lines = replay ? printReplay(replay) : []
    expect(lines[0]).toBe('A: taken back, and not opened since')
    expect(lines.join('\n')).toMatch(/opened “Case A”[^]*taken back with the import old-desk$/)

    const again = await importOld(desk, corrected)
    expect(again).toMatchObject({ applied: first.applied, unchanged: 0, refused: 0 })
    const types = await typesOf(desk, 'A')
    expect(types.slice(types.indexOf('TicketImportWithdrawn') + 1)).toEqual([
      'TicketOpened',
      'TicketStarted',
      'CustomerWaitStarted',
      'TicketAssigned',
      'TicketResolved',
    ])
    expect((await replayTicket(desk, 'A', at(6) as never))?.state.status).toBe('waiting_customer')
    expect(await importOld(desk, corrected)).toMatchObject({ applied: 0, unchanged: 6, events: 0 })
    expect(await undo(desk)).toMatchObject({ tickets: 2 })
    expect(await importOld(desk)).toMatchObject({ applied: first.applied, refused: 0 })
  })

  it('is withdrawn though its clocks have fired since, and they continue when it is imported again', async () => {
    const desk = newDesk(defaultTicketPolicy)
    for (const _ of ['once', 'again']) {
      await importOld(desk)
      const { deadlines } = await desk.clockState('ticket-A')
      const [next] = deadlines
      const fire = { type: 'fire', ...next } as never
      const commandId = `clock/ticket-A/${next?.kind}/${next?.cycle}/${next?.dueAt}`
      expect(await desk.engine.execute('ticket', 'A', fire, { by: clockActor, at: now(), commandId })).toMatchObject({
        ok: true,
        value: { repeated: false },
      })
      expect(await statusOf(desk, 'A')).toBe('closed')
      expect(await undo(desk)).toMatchObject({ tickets: 2, keptIds: [] })
    }
  })

  it('is refused once somebody has worked on a ticket, which it names', async () => {
    const desk = newDesk()
    await importOld(desk)
    await desk.execute('ticket', 'B', { type: 'addNote', body: 'I have a look.' }, agent)
    const before = await desk.store.head()
    await expect(undo(desk)).rejects.toMatchObject({ code: 'import_worked_on', message: /1 ticket \(B\)/ })
    expect(await desk.store.head()).toBe(before)
  })

  it('is refused where it went on with a ticket of another import', async () => {
    const desk = newDesk()
    await importOld(desk)
    await inFolder(async (folder) => {
      const file = join(folder, 'log.csv')
      await writeSnapshots(file, [row(20, 'Open')])
      await bringInTogether(desk, [[file, snapshots]], { importId: 'newer' })
    })
    await expect(undoImport({ importId: 'newer', desk, now })).rejects.toMatchObject({
      code: 'import_not_alone',
    })
    expect(await undo(desk)).toMatchObject({ tickets: 2, others: ['newer'] })
    await importOld(desk)
    expect(await undo(desk)).toMatchObject({ tickets: 2, others: [] })
  })

  it('resumes after an interruption at any point, and nothing is imported meanwhile', async () => {
    const desk = newDesk()
    await importOld(desk)
    const append = desk.store.append.bind(desk.store)
    let appends = 0
    desk.store.append = (request) => (++appends > 2 ? Promise.reject(new Error('killed')) : append(request))
    await expect(undo(desk)).rejects.toThrow('killed')
    desk.store.append = append
    await expect(importOld(desk)).rejects.toMatchObject({ code: 'import_withdrawing' })
    expect(await undo(desk)).toMatchObject({ tickets: 2, keptIds: [] })
    const history = await desk.store.readStream(`import-${importId}`)
    expect(history.at(-1)?.event).toMatchObject({ type: 'ImportWithdrawn', tickets: 2, kept: 0 })
    expect([await statusOf(desk, 'A'), await statusOf(desk, 'B')]).toEqual(['absent', 'absent'])
    expect(await undo(desk)).toMatchObject({ tickets: 0 })
  })

  it('keeps a ticket that somebody begins to work on during the withdrawal', async () => {
    const desk = newDesk()
    await importOld(desk)
    const append = desk.store.append.bind(desk.store)
    desk.store.append = async (request) => {
      const outcome = await append(request)
      if (request.events[0]?.type === 'ImportWithdrawalStarted')
        await desk.execute('ticket', 'B', { type: 'addNote', body: 'I have a look.' }, agent)
      return outcome
    }
    expect(await undo(desk)).toMatchObject({ tickets: 1, keptIds: ['B'] })
    expect(await statusOf(desk, 'B')).toBe('resolved')
  })
})

describe('several files', () => {
  const deed = (minute: number, did: string, text: string, by = 'ann') =>
    JSON.stringify({ case: 'A', at: at(minute), did, by, customer: 'carl', text })

  it('are one import: by case, in the order of their times, each by its own mapping', () =>
    inFolder(async (folder) => {
      const desk = newDesk()
      const [tickets, comments] = [join(folder, 'tickets.ndjson'), join(folder, 'comments.ndjson')]
      await writeFile(tickets, [deed(0, 'opened', 'It is broken.', 'carl'), deed(30, 'solved', '')].join('\n'))
      const lines = [
        deed(20, 'wrote', 'The red one.', 'carl'),
        deed(10, 'asked', 'Which one?'),
        deed(0, 'noted', 'Mine.'),
      ]
      await writeFile(comments, lines.map((line) => line.replace('"did"', '"kind"')).join('\n'))
      const other: MappingInput = { ...deeds, name: 'comments', activity: { ...deeds.activity, column: 'kind' } }
      const files = [
        [tickets, deeds],
        [comments, other],
      ] as const
      const dry = await bringInTogether(undefined, files, { importId })
      expect(dry).toMatchObject({ rows: 5, applied: 5, samples: [{ ticketId: 'A' }] })
      expect(dry.samples[0]?.events.map(({ type }) => type).slice(0, 3)).toEqual([
        'TicketOpened',
        'InternalNoteAdded',
        'AgentReplied',
      ])
      expect(await bringInTogether(desk, files, { importId })).toMatchObject({ rows: 5, applied: 5, refused: 0 })
      expect(
        (await eventsOf(desk, 'A'))
          .map(({ type, at }) => `${at.slice(14, 16)} ${type}`)
          .filter((line) => !line.includes('Target')),
      ).toEqual([
        '00 TicketOpened',
        '00 InternalNoteAdded',
        '10 AgentReplied',
        '10 TicketStarted',
        '10 CustomerWaitStarted',
        '20 CustomerReplied',
        '20 CustomerWaitEnded',
        '30 TicketResolved',
      ])
      expect(await bringInTogether(desk, files, { importId })).toMatchObject({ applied: 0, unchanged: 5 })
    }))

  it('name the file of a row that is refused', () =>
    inFolder(async (folder) => {
      const [one, two] = [join(folder, 'one.ndjson'), join(folder, 'two.ndjson')]
      await writeFile(one, deed(0, 'opened', 'It is broken.', 'carl'))
      await writeFile(two, [deed(5, 'lost', ''), deed(6, 'solved', '')].join('\n'))
      const { rejects } = await bringInTogether(
        newDesk(),
        [
          [one, deeds],
          [two, deeds],
        ],
        { importId },
      )
      expect(rejects).toMatch(/^row,field,code,reason,file,.*\n1,did,value_unreadable,.*,two.ndjson,/)
    }))

  it('may come one by one while the import is open', async () => {
    const desk = newDesk()
    await inFolder(async (folder) => {
      const [one, two] = [join(folder, 'one.ndjson'), join(folder, 'two.ndjson')]
      await writeFile(one, deed(0, 'opened', 'It is broken.', 'carl'))
      await writeFile(two, deed(6, 'solved', ''))
      await bringInTogether(desk, [[one, deeds]], { importId, keepOpen: true })
      expect((await desk.read('import', importId)).state.status).toBe('running')
      const more = await bringInTogether(desk, [[two, deeds]], { importId })
      expect(more.rejects).toBe('')
      expect(more).toMatchObject({ applied: 1 })
      expect((await desk.read('import', importId)).state.status).toBe('completed')
    })
    expect(await statusOf(desk, 'A')).toBe('resolved')
  })

  it('may contain rows older than the history of an open import: only these cases are imported again', () =>
    inFolder(async (folder) => {
      const desk = newDesk()
      const [tickets, comments] = [join(folder, 'tickets.ndjson'), join(folder, 'comments.ndjson')]
      const other = (line: string): string => line.replace('"A"', '"B"')
      const lines = [deed(0, 'opened', 'It is broken.', 'carl'), deed(30, 'solved', '')]
      await writeFile(tickets, [...lines, ...lines.map(other)].join('\n'))
      await writeFile(
        comments,
        [deed(10, 'answered', 'Which one?'), deed(20, 'wrote', 'The red one.', 'carl')].join('\n'),
      )
      const files = [
        [tickets, deeds],
        [comments, deeds],
      ] as const
      const open = { importId, keepOpen: true }
      await bringInTogether(desk, [[tickets, deeds]], open)
      const alone = await bringInTogether(desk, [[comments, deeds]], open)
      expect(alone).toMatchObject({ applied: 0, refused: 2 })
      expect(alone.rejects).toMatch(/older_than_history,.*--name old-desk/)

      expect(await bringInTogether(desk, files, open)).toMatchObject({ applied: 4, unchanged: 2, refused: 0 })
      const said = (await eventsOf(desk, 'A')).slice(-9).map((event) => ('body' in event ? event.body : event.type))
      expect(said.filter((each) => !each.startsWith('Target'))).toEqual(
        expect.arrayContaining(['It is broken.', 'Which one?', 'The red one.', 'TicketResolved']),
      )
      expect(await typesOf(desk, 'B')).not.toContain('TicketImportWithdrawn')
      const head = await desk.store.head()
      expect(await bringInTogether(desk, files, open)).toMatchObject({ applied: 0, unchanged: 6 })
      expect(await desk.store.head()).toBe(head)
    }))

  it('take a completed import up again when they bring something new, and only then', async () => {
    const desk = newDesk()
    await importOld(desk)
    const before = await desk.store.head()
    expect(await importOld(desk)).toMatchObject({ applied: 0, unchanged: 6, isComplete: true })
    expect(await desk.store.head()).toBe(before)
    expect(await importOld(desk, snapshots, [...rows, row(20, 'Open')])).toMatchObject({ applied: 2, unchanged: 6 })
    const types = (await desk.store.readStream(`import-${importId}`)).map(({ event }) => event.type)
    expect(types).toEqual(['ImportStarted', 'ImportCompleted', 'ImportResumed', 'ImportCompleted'])
    await inFolder(async (folder) => {
      const file = join(folder, 'log.csv')
      await writeSnapshots(file, [...rows, row(20, 'Open')])
      const keepOpen = true
      const nothingNew = await bringInTogether(desk, [[file, snapshots]], { importId, keepOpen })
      expect(nothingNew).toMatchObject({ applied: 0, isComplete: true })
      await writeSnapshots(file, [...rows, row(20, 'Open'), row(25, 'Waiting')])
      const more = await bringInTogether(desk, [[file, snapshots]], { importId, keepOpen })
      expect(more).toMatchObject({ applied: 1, isComplete: false })
    })
  })
})

it('is no simulated helpdesk: that cannot be withdrawn, and stays as it is', async () => {
  const desk = newDesk()
  const end = now()
  const plan = { tickets: 3, seed: 'seven', start: later(end, -days(5)), end }
  const { simulationId, tickets } = await simulate(desk, plan)
  expect(tickets).toBe(3)
  await expect(undoImport({ importId: simulationId, desk, now })).rejects.toMatchObject({ code: 'import_simulated' })
  expect((await desk.read('import', simulationId)).state.status).toBe('completed')
})
