import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MappingInput } from './mapping.ts'
import { at, bringIn, deeds, eventsOf, inFolder, newDesk } from '../testing/index.ts'

type Deed = { readonly did: string; readonly text: string }

const bringInDeeds = (said: readonly Deed[], language: string) =>
  inFolder(async (folder) => {
    const desk = newDesk()
    const file = join(folder, 'log.ndjson')
    const rows = said.map((deed, minute) => ({ case: 'D', at: at(minute), by: 'ann', customer: 'carl', ...deed }))
    await writeFile(file, rows.map((row) => JSON.stringify(row)).join('\n'))
    const mapping: MappingInput = { ...deeds, language, subject: '{text}' }
    return { ...(await bringIn(desk, file, mapping)), events: await eventsOf(desk, 'D') }
  })

const bodies = (events: readonly object[]): readonly string[] =>
  events.flatMap((event) => ('body' in event && typeof event.body === 'string' ? [event.body] : []))

describe('a text from the former helpdesk', () => {
  it.each([
    ['en', 'Please write [Subject] in the header'],
    ['en', 'Dear [First name], done'],
    ['en', '[Signature]'],
    ['fr', 'Relance dans [X jours], [Prénom]'],
  ])('is imported verbatim (%s: %s)', async (language, text) => {
    const dids = ['opened', 'answered', 'asked', 'wrote', 'noted']
    const { events, ...account } = await bringInDeeds(
      dids.map((did) => ({ did, text })),
      language,
    )
    expect(account).toMatchObject({ applied: 5, refused: 0 })
    expect(bodies(events)).toEqual(dids.map(() => text))
    expect(events[0]).toMatchObject({ type: 'TicketOpened', subject: text })
  })

  it('is stored exactly as it was read, whatever it is', () => {
    const word = fc.constantFrom(
      '[Subject]',
      '[Signature]',
      '[X jours]',
      '{text}',
      '[',
      ']',
      '}',
      '  ',
      '\r\n',
      '\t',
      'é',
    )
    const text = fc.oneof(word, fc.string({ unit: 'grapheme' }))
    const texts = fc.array(text, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(''))
    const dids = fc.constantFrom('answered', 'asked', 'wrote', 'noted')
    const printable = fc
      .record({ did: dids, text: texts })
      // eslint-disable-next-line no-control-regex
      .filter(({ text }) => text.trim() !== '' && !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/.test(text))
    return fc.assert(
      fc.asyncProperty(fc.array(printable, { minLength: 1, maxLength: 8 }), async (said) => {
        const opening = { did: 'opened', text: 'It is broken.' }
        const { events, refused } = await bringInDeeds([opening, ...said], 'en')
        expect(refused).toBe(0)
        expect(bodies(events)).toEqual([opening, ...said].map(({ text }) => text))
      }),
      { numRuns: 60 },
    )
  })
})
