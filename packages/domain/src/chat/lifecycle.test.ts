import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import type { LifecycleCell } from '../kernel/lifecycle.ts'
import { chatCommands } from './commands.ts'
import type { ChatStatus } from './vocabulary.ts'
import { chatStatuses } from './vocabulary.ts'

const document = readFileSync(new URL('../../../../docs/lifecycle.md', import.meta.url), 'utf8')
const [, ofChats = ''] = document.split('\n## The life of a chat\n')
const statuses = ['absent', ...chatStatuses] as const

function shown(cell: LifecycleCell<ChatStatus | 'absent'>): string {
  if ('to' in cell) return cell.to.map((status) => `\`${status}\``).join(', ')
  if ('repeat' in cell) return '–'
  return cell.unlessDone ? `✗ ${cell.refuse} *` : `✗ ${cell.refuse}`
}

it('is shown in docs/lifecycle.md, cell by cell', () => {
  const table = ofChats.split('\n').filter((row) => /^\| (command|`\w+`) /.test(row))
  const cells = table.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
  const rows = Object.entries(chatCommands).map(([command, { lifecycle }]) => [
    `\`${command}\``,
    ...statuses.map((status) => shown(lifecycle[status])),
  ])
  expect(cells).toEqual([['command', ...statuses], ...rows])
})
