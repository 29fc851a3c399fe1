import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { LifecycleCell } from '../kernel/lifecycle.ts'
import type { LifecycleStatus } from './catalogue/definition.ts'
import { accepts, acceptedWhenMerged, ticketCommands } from './commands.ts'
import { ticketStatuses } from './vocabulary.ts'

const whole = readFileSync(new URL('../../../../docs/lifecycle.md', import.meta.url), 'utf8')
const [document = ''] = whole.split('\n## The life of a chat\n')
const statuses = ['absent', ...ticketStatuses] as const

function shown(cell: LifecycleCell<LifecycleStatus>): string {
  if ('to' in cell) return cell.to.map((status) => `\`${status}\``).join(', ')
  if ('repeat' in cell) return '–'
  return cell.unlessDone ? `✗ ${cell.refuse} *` : `✗ ${cell.refuse}`
}

/** The rows of the document's table, each as its cells without the padding. */
const documented = document
  .split('\n')
  .filter((row) => row.startsWith('| '))
  .map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
  .filter(([first]) => first !== undefined && !/^-+$/.test(first))

describe('docs/lifecycle.md', () => {
  it('shows the table of the lifecycle, cell by cell', () => {
    const rows = Object.entries(ticketCommands).map(([command, { lifecycle }]) => [
      `\`${command}\``,
      ...statuses.map((status) => shown(lifecycle[status])),
    ])
    expect(documented).toEqual([['command', ...statuses], ...rows])
  })

  it('lists the commands that a merged ticket still takes', () => {
    const [, list = ''] = /merged ticket still takes ([^.]+)\./.exec(document) ?? []
    expect(new Set(list.match(/\w+/g)?.filter((word) => word !== 'and'))).toEqual(acceptedWhenMerged)
  })
})

describe('the lifecycle', () => {
  it('reports whether a status takes a command', () => {
    expect(accepts('new', 'start')).toBe(true)
    expect(accepts('in_progress', 'start')).toBe(false)
    expect(accepts('closed', 'markSpam')).toBe(false)
    expect(accepts('closed', 'customerReply')).toBe(true)
  })
})
