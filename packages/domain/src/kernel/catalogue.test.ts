import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { guichetEvents } from '../desk/categories.ts'
import { alex, monday, ticketOpened } from '../testing/examples.ts'
import type { EventCatalogue } from './event.ts'
import { CorruptHistory, decodeEvent, encodeEvent } from './event.ts'

const catalogue: EventCatalogue = {
  Moved: {
    schemaVersion: 3,
    schema: z.object({ room: z.string(), floor: z.int() }),
    upcasts: {
      1: (data) => ({ room: (data as { name: string }).name }),
      2: (data) => ({ ...(data as object), floor: 0 }),
    },
  },
}
const stored = { type: 'Moved', schemaVersion: 3, at: monday, by: alex, data: { room: 'a', floor: 1 } }

describe('the catalogue', () => {
  it('splits an event up and restores it', () => {
    const event = ticketOpened({ tags: ['a'], category: 'Paiement' })
    const apart = encodeEvent(guichetEvents, event)
    expect(apart).toMatchObject({ type: 'TicketOpened', schemaVersion: 1, at: monday, by: event.by })
    expect(apart.data).not.toHaveProperty('at')
    expect(decodeEvent(guichetEvents, apart)).toEqual(event)
  })

  it('upcasts step by step to the present version', () => {
    expect(decodeEvent(catalogue, { ...stored, schemaVersion: 1, data: { name: 'b' } })).toEqual({
      type: 'Moved',
      at: monday,
      by: alex,
      room: 'b',
      floor: 0,
    })
    expect(decodeEvent(catalogue, { ...stored, schemaVersion: 2, data: { room: 'c' } })).toMatchObject({ floor: 0 })
  })

  it.each([
    ['an unknown type', { ...stored, type: 'Vanished' }, 'unknown event type Vanished'],
    ['a name that every object has', { ...stored, type: 'toString' }, 'unknown event type toString'],
    ['a version from the future', { ...stored, schemaVersion: 4 }, 'newer than the 3'],
    ['a version without an upcaster', { ...stored, schemaVersion: 0 }, 'no upcaster from version 0'],
    ['data that breaks the schema', { ...stored, data: { room: 1, floor: 1 } }, 'breaks its schema at room'],
  ])('does not read %s', (_what, event, message) => {
    expect(() => decodeEvent(catalogue, event)).toThrow(CorruptHistory)
    expect(() => decodeEvent(catalogue, event)).toThrow(message)
  })

  it('stores no event that it could not read', () => {
    const broken = { ...ticketOpened(), subject: 1 }
    expect(() => encodeEvent(guichetEvents, broken)).toThrow('TicketOpened breaks its schema at subject')
  })
})
