import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import type { Desk } from '@guichet/domain'
import { guichetEvents } from '@guichet/domain'
import { eventStoreDbStore } from '@guichet/eventstore'
import { startEventStoreServer } from '@guichet/eventstore/testing'
import { importRecords } from './customers/import-records.ts'
import { undoRecords } from './customers/undo-records.ts'
import { undoImport } from './histories/undo-import.ts'
import { bringInTogether, inFolder, newDeskOn, now, row, snapshots, writeSnapshots } from './testing/index.ts'

/** Desks on one server. Each call stands for a process of its own: a store that runs knows for seconds what was there. */
async function processes() {
  const server = await startEventStoreServer()
  onTestFinished(server.stop)
  const begin = async (): Promise<Desk> => {
    const store = await eventStoreDbStore({ catalogue: guichetEvents, connectionString: server.url })
    onTestFinished(store.close)
    return newDeskOn(store)
  }
  return { log: server.log, begin }
}

const importCustomers = (desk: Desk, importId: string, lines: readonly string[]) =>
  inFolder(async (folder) => {
    const [file, rejectsFile] = [join(folder, 'rows.csv'), join(folder, 'rejects.csv')]
    await writeFile(file, lines.join('\n'))
    const organisationsNamed = () => Promise.resolve([])
    const account = await importRecords({
      kind: 'customers',
      file,
      importId,
      rejectsFile,
      desk,
      now,
      organisationsNamed,
    })
    const rejects = account.refused > 0 ? await readFile(rejectsFile, 'utf8') : ''
    return { ...account, rejects: rejects.split('\n').slice(1, -1) }
  })

const importTickets = (desk: Desk, importId: string, cases: readonly string[], state = 'New') =>
  inFolder(async (folder) => {
    const file = join(folder, 'log.csv')
    const rows = cases.flatMap((each) => [row(0, 'New', { case: each }), row(9, state, { case: each })])
    await writeSnapshots(file, rows)
    return bringInTogether(desk, [[file, snapshots]], { importId })
  })

const undoCustomers = async (desk: Desk, importId: string) => {
  const { position: _, ...undone } = await undoRecords({ kind: 'customers', importId, desk, now })
  return undone
}
const undoTickets = async (desk: Desk, importId: string) => {
  const { position: _, ...undone } = await undoImport({ importId, desk, now })
  return undone
}
const statusOf = async (desk: Desk, category: 'customer' | 'ticket' | 'import', id: string) =>
  (await desk.read(category, id)).state.status

const customers = ['id,name,externalIds', 'a,A,crm:1', 'b,B,crm:2', 'c,C,crm:3', 'd,D,crm:4']

it.each(['tombstone', 'softDelete'] as const)(
  'an import of customers is taken back without those whose streams were deleted, which are named (%s)',
  async (deletion) => {
    const { log, begin } = await processes()
    await importCustomers(await begin(), 'im', customers)
    log[deletion]('customer-b')
    const desk = await begin()
    const undone = { removed: 3, restored: 0, keptIds: [], passedOver: ['b'] }
    expect(await undoCustomers(desk, 'im')).toEqual(undone)
    expect(await statusOf(desk, 'import', 'im')).toBe('withdrawn')
    expect(await statusOf(desk, 'customer', 'd')).toBe('absent')
    expect(await importCustomers(desk, 'im', customers)).toMatchObject({ created: 3, refused: 1 })
    log.tombstone('customer-a')
    expect(await undoCustomers(await begin(), 'im')).toEqual({ ...undone, removed: 2, passedOver: ['a', 'b'] })
  },
)

it('the values that an import changed return, but for those of deleted streams', async () => {
  const { log, begin } = await processes()
  const first = await begin()
  await importCustomers(first, 'base', customers)
  await importCustomers(first, 'more', ['id,name', 'a,Ann', 'b,Ben', 'c,Cia'])
  log.tombstone('customer-b')
  const desk = await begin()
  expect(await undoCustomers(desk, 'more')).toEqual({ removed: 0, restored: 2, keptIds: [], passedOver: ['b'] })
  expect((await desk.read('customer', 'c')).state).toMatchObject({ details: { name: 'C' } })
})

it('a row about a customer whose stream was deleted is refused, by the id or an identity, and the others are imported', async () => {
  const { log, begin } = await processes()
  await importCustomers(await begin(), 'base', customers)
  log.tombstone('customer-c')
  const lines = [...customers.slice(0, 2), customers[3] ?? '', ',Cia,crm:3', 'e,E,']
  const desk = await begin()
  for (const created of [1, 0]) {
    const { rejects, ...account } = await importCustomers(desk, 'more', lines)
    expect(account).toMatchObject({ created, unchanged: 2 - created, refused: 2 })
    for (const reject of rejects) expect(reject).toMatch(/,id,history_deleted,the stream customer-c was deleted/)
  }
  expect(await statusOf(desk, 'import', 'more')).toBe('completed')
})

it.each(['tombstone', 'softDelete'] as const)(
  'an import of tickets is taken back without those whose streams were deleted, which are named (%s)',
  async (deletion) => {
    const { log, begin } = await processes()
    await importTickets(await begin(), 'old', ['A', 'B', 'C'])
    log[deletion]('ticket-B')
    const desk = await begin()
    expect(await undoTickets(desk, 'old')).toEqual({
      importId: 'old',
      tickets: 2,
      others: [],
      keptIds: [],
      passedOver: ['B'],
    })
    expect(await statusOf(desk, 'import', 'old')).toBe('withdrawn')
    expect(await statusOf(desk, 'ticket', 'C')).toBe('absent')
    expect(await importTickets(desk, 'old', ['A', 'B', 'C'])).toMatchObject({ refused: 2, isComplete: true })
  },
)

it('a row about a ticket whose stream was deleted is refused, and the others are imported', async () => {
  const { log, begin } = await processes()
  await importTickets(await begin(), 'old', ['A', 'B', 'C'])
  log.tombstone('ticket-B')
  const desk = await begin()
  for (const [importId, cases] of [
    ['old', ['A', 'B', 'C']],
    ['old', ['A', 'B', 'C', 'D']],
    ['new', ['B', 'E']],
  ] as const) {
    const account = await importTickets(desk, importId, cases)
    expect(account).toMatchObject({ refused: 2, isComplete: true })
    expect(account.rejects.match(/,case,history_deleted,the stream ticket-B was deleted/g)).toHaveLength(2)
  }
  for (const id of ['D', 'E']) expect(await statusOf(desk, 'ticket', id)).toBe('new')
})

it('an open import is compared with the files again without the tickets whose streams were deleted', async () => {
  const { log, begin } = await processes()
  const keepOpen = { importId: 'old', keepOpen: true } as const
  await inFolder(async (folder) => {
    const file = join(folder, 'log.csv')
    const rows = (state: string) => ['A', 'B'].map((each) => row(9, state, { case: each }))
    await writeSnapshots(file, rows('Open'))
    await bringInTogether(await begin(), [[file, snapshots]], keepOpen)
    log.tombstone('ticket-B')
    const older = ['A', 'B'].map((each) => row(0, 'New', { case: each }))
    await writeSnapshots(file, [...older, ...rows('Open')])
    const desk = await begin()
    expect(await bringInTogether(desk, [[file, snapshots]], keepOpen)).toMatchObject({ applied: 2, refused: 2 })
    expect((await desk.read('ticket', 'A')).version).toBeGreaterThan(2)
  })
})
