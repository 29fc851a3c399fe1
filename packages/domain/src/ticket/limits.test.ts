import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { limits } from '../kernel/limits.ts'
import { ticketLimits } from './vocabulary.ts'

const document = await readFile(new URL('../../../../docs/reference/configuration.md', import.meta.url), 'utf8')
const ofTicket = { ...limits, ...ticketLimits }
const [, section = ''] = /\n## Limits of a ticket\n(.*?)\n## /s.exec(document) ?? []

it('are documented with their numbers', () => {
  const rows = [...section.matchAll(/^\| `(\w+)` +\|.*\| ([\d,]+) +\|$/gm)]
  const documented = rows.map(([, name = '', most = '']) => [name, Number(most.replaceAll(',', ''))])
  expect(documented.length).toBeGreaterThan(10)
  expect(Object.fromEntries(documented)).toEqual(
    Object.fromEntries(documented.map(([name]) => [name, ofTicket[name as keyof typeof ofTicket]])),
  )
})
