import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import type { LifecycleCell } from '../kernel/lifecycle.ts'
import type { IncidentStatus } from './commands.ts'
import { incidentAccepts, incidentCommands, incidentStatuses } from './commands.ts'

const document = readFileSync(new URL('../../../../docs/guides/incidents.md', import.meta.url), 'utf8')
const statuses = ['absent', ...incidentStatuses] as const

function shown(cell: LifecycleCell<IncidentStatus | 'absent'>): string {
  if ('to' in cell) return cell.to.map((status) => `\`${status}\``).join(', ')
  return 'repeat' in cell ? '–' : `✗ ${cell.refuse}`
}

it('is shown in docs/guides/incidents.md, cell by cell', () => {
  const table = document.split('\n').filter((row) => /^\| (command|`\w+`) /.test(row))
  const cells = table.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
  const rows = Object.entries(incidentCommands).map(([command, { lifecycle }]) => [
    `\`${command}\``,
    ...statuses.map((status) => shown(lifecycle[status])),
  ])
  expect(cells).toEqual([['command', ...statuses], ...rows])
})

it('reports whether a status takes a command', () => {
  expect(incidentAccepts('declared', 'acknowledge')).toBe(true)
  expect(incidentAccepts('acknowledged', 'acknowledge')).toBe(false)
  expect(incidentAccepts('resolved', 'postUpdate')).toBe(true)
  expect(incidentAccepts('closed', 'postUpdate')).toBe(false)
})
