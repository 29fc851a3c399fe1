import { describe, expect, it } from 'vitest'
import { deskInMemory } from '../testing/desk.ts'
import { camille } from '../testing/examples.ts'
import type { Desk } from './processes.ts'

const opening = { type: 'open', subject: 'Facture', body: 'Où est-elle ?', customer: { id: 'camille' } } as const

describe('a desk whose callers have no type checker', () => {
  it('names what is missing in a command', async () => {
    const desk: { readonly [method in keyof Desk]: (...given: readonly unknown[]) => Promise<unknown> } =
      deskInMemory() as never
    await desk.execute('ticket', 'T1', opening, { by: camille })
    const missing = { ok: false, refusal: { code: 'invalid_command', message: 'by: is missing', field: 'by' } }
    for (const sender of [undefined, null, {}, { by: undefined }]) {
      expect(await desk.execute('ticket', 'T1', { type: 'tag', tag: 'vip' }, sender)).toEqual(missing)
    }
    expect(await desk.mergeTickets('T1', 'T2')).toEqual(missing)
    expect(await desk.declareIncident('I1', { title: 'Down' })).toEqual(missing)
    const split = { source: 'T1', messageId: 'none', subject: 'Encore' }
    expect(await desk.splitTicket(split)).toEqual(missing)
  })

  it.each(['tickets', 'toString', '__proto__'])(
    'refuses a command on a stream of the category %s',
    async (category) => {
      const desk = deskInMemory()
      const sent = desk.execute(category as 'ticket', 'T1', opening, { by: camille })
      expect(await sent).toMatchObject({
        ok: false,
        refusal: {
          code: 'invalid_command',
          field: 'category',
          message: expect.stringMatching(/^category: must be one of ticket, /) as string,
        },
      })
      await expect(desk.read(category as 'ticket', 'T1')).rejects.toThrow(RangeError)
      await expect(desk.readRecent(category as 'ticket', 'T1')).rejects.toThrow(RangeError)
    },
  )
})
