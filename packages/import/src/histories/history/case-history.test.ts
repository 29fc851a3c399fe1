import { expect, it } from 'vitest'
import { defaultWording, ticketAggregate, constantTerms, termsAt } from '@guichet/domain'
import { unconfigured } from '@guichet/desk/configuration'
import { parseMapping } from '../built-in-mappings.ts'
import { mappedColumns } from '../mapping.ts'
import { rowReader } from '../read-row.ts'
import { importSnapshots, newDesk, row, snapshots } from '../../testing/index.ts'
import { commandIdOf, readStored, importedRows } from './case-history.ts'
import { plansAt } from './import-row.ts'

it('folds the history of a case once, however many of its rows are looked for in it', async () => {
  const desk = newDesk()
  const states = ['Open', 'Waiting', 'Vendor', 'Seen']
  const rows = Array.from({ length: 200 }, (_, minute) => row(minute, states[minute % 4] ?? 'Open'))
  await importSnapshots(desk, rows)
  const stored = await readStored(desk, 'A')
  expect(importedRows(stored)).toBe(importedRows(stored))

  const known = constantTerms({ policy: unconfigured, wording: defaultWording })
  const whole = ticketAggregate.under((at) => termsAt(known, at))
  let evolved = 0
  const aggregate: typeof whole = {
    ...whole,
    evolve: (state, event) => {
      if (stored.events.includes(event)) evolved++
      return whole.evolve(state, event)
    },
  }
  const mapping = parseMapping(snapshots, 'test')
  const [columns, read] = [mappedColumns(mapping), rowReader(mapping)]
  const steps = rows.map((each, index) => {
    const values = columns.map((column) => each[column] ?? '?')
    const result = read({ row: index, values, original: [] })
    if (!result.ok) throw new Error(result.fault.reason)
    const terms = { aggregate, statusTags: new Set(['vendor']) }
    return [...plansAt(result.row, result.row.at, stored, terms)].map((plan) => plan.ok && plan.value.steps.length)
  })
  expect(steps.slice(1).every((found) => found.includes(0))).toBe(true)
  expect(evolved).toBeLessThan(5 * stored.events.length)
})

it('gives a row the command id that it has in every version, by which an import recognizes stored rows', () => {
  const mapping = parseMapping(snapshots, 'test')
  const cells = { ...row(0, 'Vendor'), at: '2026-03-02T09:00:00Z', customer: 'camille', team: 'T', priority: 'P1' }
  const values = mappedColumns(mapping).map((column) => new Map(Object.entries(cells)).get(column) ?? '?')
  const result = rowReader(mapping)({ row: 0, values, original: [] })
  expect(result.ok && commandIdOf(result.row)).toBe('import:zReBhc7Ur_fP0LGCdXnK8htVkaR.stgwcDJa6sta')
})
