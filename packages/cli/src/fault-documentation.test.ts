import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { mostReportDays } from '@guichet/projections'
import { mostDays } from './command-line/table.ts'
import { CommandFault, faults } from './fault.ts'

const document = await readFile(new URL('../../../docs/errors.md', import.meta.url), 'utf8')
const [, section = ''] = document.split('## Errors of the command line')

/** The rows of the table: code, exit code, and the rest. */
const rows = [...section.matchAll(/^\| `(\w+)` +\| (\d+) +\| (.*?) +\| (.*?) +\|$/gm)].map(
  ([, code = '', exitCode = '', meaning = '', next = '']) => ({ code, exitCode, meaning, next }),
)

describe('the errors of the command line in docs/errors.md', () => {
  it('are those of the catalogue, each once', () => {
    expect(rows.map(({ code }) => code).sort()).toEqual(Object.keys(faults).sort())
  })

  it('each say what they mean and what to do next', () => {
    expect(rows.filter(({ meaning, next }) => meaning.length < 10 || next.length < 10)).toEqual([])
  })

  it.each(Object.entries(faults))('end with the exit code of %s', (code, { exitCode }) => {
    expect(rows.find((row) => row.code === code)?.exitCode).toBe(String(exitCode))
  })
})

it('the longest periods are those of the command line and of reports', () => {
  const { meaning } = rows.find(({ code }) => code === 'period_invalid') ?? {}
  expect(meaning).toContain(`${mostDays.toLocaleString('en')} days (${mostReportDays} for reports on agents)`)
})

describe('a fault', () => {
  it('has the exit code of its kind, and its default advice unless the thrower is more precise', () => {
    expect(new CommandFault('file_empty', 'x.csv is empty')).toMatchObject({
      exitCode: 2,
      next: faults.file_empty.next,
    })
    expect(new CommandFault('file_empty', 'x.csv is empty', { next: 'fill it' })).toMatchObject({
      exitCode: 2,
      next: 'fill it',
    })
  })
})
