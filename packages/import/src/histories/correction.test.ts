import { appendFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Desk } from '@guichet/domain'
import { describe, expect, it } from 'vitest'
import type { ImportRequest } from './import-log.ts'
import { at, bringInTogether, deeds, eventsOf, inFolder, newDesk, now, typesOf } from '../testing/index.ts'
import { undoImport } from './undo-import.ts'

const importId = 'old-desk'
const deed = (minute: number, did: string, text: string, by = 'ann', ticket = 'A'): string =>
  JSON.stringify({ case: ticket, at: at(minute), did, by, customer: 'carl', text })

type Files = Readonly<Record<'tickets' | 'comments' | 'others', string>>
type Bring = (files: readonly (keyof Files)[], options?: Partial<ImportRequest>) => ReturnType<typeof bringInTogether>

/** Runs work with tickets, and comments between their rows in time. */
const withFiles = <T>(desk: Desk, work: (bring: Bring, files: Files) => Promise<T>): Promise<T> =>
  inFolder(async (folder) => {
    const [tickets, comments, others] = ['tickets', 'comments', 'others'].map((name) => join(folder, `${name}.ndjson`))
    const files = { tickets, comments, others } as Files
    await writeFile(files.tickets, [deed(0, 'opened', 'Help', 'carl'), deed(30, 'solved', '')].join('\n'))
    await writeFile(files.comments, deed(10, 'answered', 'Which one?'))
    await writeFile(files.others, deed(0, 'opened', 'Hello', 'zoe', 'B'))
    return work(
      (names, options = {}) =>
        bringInTogether(
          desk,
          names.map((name) => [files[name], deeds] as const),
          { importId, ...options },
        ),
      files,
    )
  })

/** Simulates the end of the process before the nth event of a ticket after its withdrawal is stored. */
function killAfterWithdrawal(desk: Desk, nth: number): () => void {
  const append = desk.store.append.bind(desk.store)
  let left: number | undefined
  desk.store.append = async (request) => {
    if (left !== undefined && left-- === 0) throw new Error('killed')
    const outcome = await append(request)
    if (request.events[0]?.type === 'TicketImportWithdrawn') left = nth
    return outcome
  }
  return () => void (desk.store.append = append)
}

const history = async (desk: Desk): Promise<string[]> => {
  const types = await typesOf(desk, 'A')
  return types.slice(types.lastIndexOf('TicketImportWithdrawn') + 1).filter((type) => !type.includes('Target'))
}
const open = { keepOpen: true } as const

describe('a correction that was interrupted', () => {
  it.each([
    ['right after the withdrawal', 0],
    ['after the first row', 1],
  ])('%s takes no other rows before all of its cases are given again', (_, nth) => {
    const desk = newDesk()
    return withFiles(desk, async (bring) => {
      await bring(['tickets'], open)
      const revive = killAfterWithdrawal(desk, nth)
      await expect(bring(['tickets', 'comments'], open)).rejects.toThrow('killed')
      revive()
      for (const files of [['comments'], ['others']] as const) {
        const head = await desk.store.head()
        await expect(bring(files)).rejects.toMatchObject({ code: 'import_correcting', message: /1 ticket \(A\)/ })
        expect((await desk.read('import', importId)).state.status).toBe('running')
        expect(await desk.store.head()).toBe(head)
      }
      expect(await bring(['tickets', 'comments', 'others'])).toMatchObject({ refused: 0 })
      expect(await history(desk)).toEqual(['TicketOpened', 'AgentReplied', 'TicketStarted', 'TicketResolved'])
      expect((await desk.read('import', importId)).state.status).toBe('completed')
    })
  })

  it('can be withdrawn instead, and a later import is complete', () => {
    const desk = newDesk()
    return withFiles(desk, async (bring) => {
      await bring(['tickets'], open)
      const revive = killAfterWithdrawal(desk, 0)
      await expect(bring(['tickets', 'comments'], open)).rejects.toThrow('killed')
      revive()
      expect(await undoImport({ importId, desk, now })).toMatchObject({ keptIds: [] })
      expect(await bring(['comments'])).toMatchObject({ applied: 1, refused: 0 })
    })
  })
})

describe('a correction', () => {
  it('keeps a case as it is whose rows a strict import would refuse', () => {
    const desk = newDesk()
    return withFiles(desk, async (bring, { tickets }) => {
      await appendFile(tickets, `\n${deed(40, 'noted', 'A form\u000cfeed')}`)
      expect(await bring(['tickets'], open)).toMatchObject({ applied: 3, repaired: 1 })
      const before = await eventsOf(desk, 'A')
      expect(await bring(['tickets', 'comments'], { ...open, strict: true })).toMatchObject({ applied: 0 })
      expect(await eventsOf(desk, 'A')).toEqual(before)
    })
  })

  it('is aborted by its signal, and reports the number of compared rows', () => {
    const desk = newDesk()
    return withFiles(desk, async (bring) => {
      await bring(['tickets'], open)
      const compared: number[] = []
      await bring(['tickets'], { ...open, onCompared: (rows) => void compared.push(rows) })
      expect(compared).toEqual([1, 2])
      const stop = new AbortController()
      const { signal } = stop
      const onCompared = (): void => stop.abort(new Error('stopped'))
      await expect(bring(['tickets', 'comments'], { ...open, signal, onCompared })).rejects.toThrow('stopped')
      expect(await typesOf(desk, 'A')).not.toContain('TicketImportWithdrawn')
    })
  })
})
