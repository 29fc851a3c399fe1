import { expect, it } from 'vitest'
import { CorruptHistory } from '@guichet/domain'
import { SchemaTooNew } from '@guichet/eventstore'
import { reportFault } from './terminal.ts'

it.each([
  ['tables', new SchemaTooNew({ schema: 'guichet_workflows', part: 'clock', steps: [] }, 3), 'update the program'],
  ['events', new CorruptHistory('TicketTagged has version 2, newer than the 1 known here'), 'newer than the 1'],
])('names the version, and no bug, where a newer Guichet has left %s behind', async (_, error, message) => {
  const lines: string[] = []
  const terminal = {
    out: () => undefined,
    err: (line: string) => void lines.push(line),
    progress: () => ({ update: () => undefined, stop: () => undefined }),
  }
  expect(await reportFault(error, terminal, false)).toBe(3)
  expect(lines).toEqual([
    expect.stringMatching(/^error store_unusable: .*the version of Guichet that wrote it, or another database\)$/),
  ])
  expect(lines[0]).toContain(message)
})
