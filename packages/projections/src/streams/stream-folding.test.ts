import type { TicketEvent } from '@guichet/domain'
import { ticketOpened } from '@guichet/domain/testing'
import { describe, expect, it } from 'vitest'
import type { RecordedEvent } from '../runner/projection.ts'
import type { KeptState } from './stream-folding.ts'
import { createStreamFolding } from './stream-folding.ts'

const recorded = (stream: string, version: number): RecordedEvent =>
  ({ event: ticketOpened(), id: `${stream}/${version}`, stream, version }) as unknown as RecordedEvent

const counting = () =>
  createStreamFolding<TicketEvent, number>({ category: 'ticket', initial: 0, evolve: (count) => count + 1 }, 2)

const nothing = async (): Promise<KeptState<number>[]> => {
  throw new Error('asked the database')
}

describe('a folding of streams', () => {
  it('tells what each stream was before and after each event, and at the end of the batch', async () => {
    const batch = [
      recorded('ticket-a', 1),
      recorded('recipient-a', 1),
      recorded('ticket-b-1', 1),
      recorded('ticket-a', 2),
    ]
    const { steps, ends } = await counting()(batch, nothing)
    expect(steps.map(({ id, before, after }) => [id, before, after])).toEqual([
      ['a', 0, 1],
      ['b-1', 0, 1],
      ['a', 1, 2],
    ])
    expect(ends).toEqual([
      { id: 'a', version: 2, state: 2 },
      { id: 'b-1', version: 1, state: 1 },
    ])
  })

  it('remembers the streams folded last and loads the others', async () => {
    const fold = counting()
    await fold([recorded('ticket-a', 1), recorded('ticket-b', 1), recorded('ticket-c', 1)], nothing)
    const asked: string[][] = []
    const { ends } = await fold([recorded('ticket-a', 2), recorded('ticket-c', 2)], async (ids) => {
      asked.push([...ids])
      return [{ id: 'a', version: 1, state: 1 }]
    })
    expect(asked).toEqual([['a']])
    expect(ends.map(({ state }) => state)).toEqual([2, 2])
  })

  it('loads again what was rolled back', async () => {
    const fold = counting()
    await fold([recorded('ticket-a', 1), recorded('ticket-a', 2)], nothing)
    const { ends } = await fold([recorded('ticket-a', 2)], async () => [{ id: 'a', version: 1, state: 1 }])
    expect(ends).toEqual([{ id: 'a', version: 2, state: 2 }])
  })

  it('folds a batch that is shared once', async () => {
    const fold = counting()
    const batch = [recorded('ticket-a', 1)]
    expect(await fold(batch, nothing)).toBe(await fold(batch, nothing))
  })

  it('tries again after a load that failed', async () => {
    const fold = counting()
    const batch = [recorded('ticket-a', 2)]
    await expect(fold(batch, nothing)).rejects.toThrow('asked the database')
    expect((await fold(batch, async () => [{ id: 'a', version: 1, state: 1 }])).ends).toHaveLength(1)
  })

  it('refuses to go on from rows that are not where the history is', async () => {
    const late = { ...recorded('ticket-a', 5), event: { ...ticketOpened(), type: 'TicketStarted', reason: 'manual' } }
    await expect(counting()([late as RecordedEvent], async () => [])).rejects.toThrow(
      'the rows of ticket-a stand at version 0, the history goes on after 4',
    )
  })

  it('begins anew with a ticket that is opened where another one was taken back, of which nothing is kept', async () => {
    expect(await counting()([recorded('ticket-a', 5)], async () => [])).toMatchObject({
      ends: [{ id: 'a', version: 5, state: 1 }],
    })
  })
})
