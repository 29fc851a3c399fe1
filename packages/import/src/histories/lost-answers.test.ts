import type { Desk } from '@guichet/domain'
import { deskAround } from '@guichet/domain/testing'
import { AppendOutcomeUnknown } from '@guichet/eventstore'
import { expect, it } from 'vitest'
import { importSnapshots, newDesk, row } from '../testing/index.ts'

/** Returns a desk that stores events, but loses the first answer about tickets. */
function losingTheFirstAnswer(desk: Desk): Desk {
  let lost = false
  return deskAround(desk, (entry) => ({
    executeTogether: async (...sent) => {
      const outcome = await entry.executeTogether(...sent)
      if (lost) return outcome
      lost = true
      throw new AppendOutcomeUnknown(new Error('the connection broke'))
    },
  }))
}

it('counts a row as applied whose answer was lost and that was found stored', async () => {
  const desk = newDesk()
  const rows = [row(0, 'New'), row(5, 'Open'), row(9, 'Solved')]
  const account = await importSnapshots(losingTheFirstAnswer(desk), rows)
  const { events } = await importSnapshots(newDesk(), rows)
  expect(account).toMatchObject({ rows: 3, applied: 3, unchanged: 0, refused: 0, events })
  expect(await importSnapshots(desk, rows)).toMatchObject({ applied: 0, unchanged: 3, refused: 0, events: 0 })
})
