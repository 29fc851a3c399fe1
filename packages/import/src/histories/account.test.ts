import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Desk } from '@guichet/domain'
import { parseMapping } from './built-in-mappings.ts'
import { importLog } from './import-log.ts'
import { inspectLog } from './inspect-log.ts'
import { inFolder, newDesk, now, snapshots, writeSnapshots } from '../testing/index.ts'

const value = (...values: string[]) => fc.constantFrom(...values)
const anyRow = fc.record({
  case: value('A', 'B', 'C', '?', '!'),
  minute: fc.integer({ min: 0, max: 59 }),
  state: value('New', 'Open', 'Vendor', 'Waiting', 'Solved', 'Closed', 'Seen', 'Lost', '?'),
  by: value('ann', 'bob'),
  customer: value('carl', '?'),
  assignee: value('ann', 'bob', '?'),
  team: value('T1', 'T2', '?'),
  priority: value('P1', 'P3', 'P9', '?'),
})
const anyFile = fc
  .tuple(fc.boolean(), fc.array(anyRow, { minLength: 1, maxLength: 40 }))
  .map(([sorted, rows]) => (sorted ? rows.toSorted((a, b) => a.minute - b.minute) : rows))
  .map((rows) =>
    rows.map(({ minute, ...row }) => ({ ...row, at: new Date(Date.UTC(2016, 1, 29, 0, minute)).toISOString() })),
  )
  .filter((rows) => rows.some((row) => /[ABC]/.test(row.case) && !/Lost/.test(row.state) && row.priority !== 'P9'))

type Rows = readonly Readonly<Record<string, string>>[]

const bringIn = (desk: Desk, rows: Rows, signal?: AbortSignal) =>
  inFolder(async (folder) => {
    const file = join(folder, 'log.csv')
    await writeSnapshots(file, rows)
    const mapping = parseMapping(snapshots, 'snapshots')
    const inspection = await inspectLog(file, mapping)
    const rejectsFile = join(folder, 'rejects.csv')
    const account = await importLog({
      sources: [{ file, mapping, inspection }],
      importId: inspection.importId,
      rejectsFile,
      desk,
      now,
      ...(signal && { signal }),
    })
    const rejects = await readFile(rejectsFile, 'utf8').catch(() => '')
    return { ...account, rejected: Math.max(0, rejects.trim().split('\n').length - 1) }
  })

const tickets = async (desk: Desk) =>
  Promise.all(
    ['A', 'B', 'C'].map(async (id) => (await desk.store.readStream(`ticket-${id}`)).map(({ event }) => event)),
  )

describe('the account of an import', () => {
  it('adds up for any file, and the rejects file holds every refused row', () =>
    fc.assert(
      fc.asyncProperty(anyFile, async (rows) => {
        const { applied, unchanged, refused, rejected, ...account } = await bringIn(newDesk(), rows)
        expect(account.rows).toBe(rows.length)
        expect(applied + unchanged + refused).toBe(rows.length)
        expect(rejected).toBe(refused)
      }),
      { numRuns: 60 },
    ))

  it('shows that a second run of any file adds nothing', () =>
    fc.assert(
      fc.asyncProperty(anyFile, async (rows) => {
        const desk = newDesk()
        const first = await bringIn(desk, rows)
        const head = await desk.store.head()
        const second = await bringIn(desk, rows)
        expect(await desk.store.head()).toBe(head)
        expect(second).toMatchObject({ applied: 0, unchanged: first.applied + first.unchanged, refused: first.refused })
      }),
      { numRuns: 60 },
    ))

  it('is the same history when any file is interrupted after any row and run again', () =>
    fc.assert(
      fc.asyncProperty(anyFile, fc.nat(40), async (rows, after) => {
        const [whole, broken] = [newDesk(), newDesk()]
        await bringIn(whole, rows)
        const abort = new AbortController()
        const append = broken.store.append.bind(broken.store)
        let appends = 0
        broken.store.append = (request) => {
          if (appends++ === after) abort.abort(new Error('broken off'))
          return abort.signal.aborted ? Promise.reject(new Error('broken off')) : append(request)
        }
        await bringIn(broken, rows).catch(() => undefined)
        broken.store.append = append
        await bringIn(broken, rows)
        expect(await tickets(broken)).toEqual(await tickets(whole))
      }),
      { numRuns: 60 },
    ))
})
