import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { anyCommandOf, defineCommand, senders } from './command.ts'
import type { DomainEvent, EventCatalogue } from './event.ts'
import { column, decodeEvent, defineEvent, encodeEvent } from './event.ts'
import { instant } from './time.ts'

const schema = z.object({ room: z.string(), guests: z.array(z.object({ name: z.string() })) })

describe('the definition of an event', () => {
  it('is in its first version by default', () => {
    expect(defineEvent({ schema, personal: {} }).schemaVersion).toBe(1)
    expect(defineEvent({ schema, schemaVersion: 2, upcasts: { 1: (data) => data }, personal: {} }).schemaVersion).toBe(
      2,
    )
  })

  it('is used by the catalogue to read and write', () => {
    const Booked = defineEvent({
      schema,
      schemaVersion: 2,
      upcasts: { 1: (data) => ({ guests: [], ...(data as object) }) },
      personal: { 'guests.*.name': 'customer' },
    })
    const catalogue: EventCatalogue = { Booked }
    const event = { type: 'Booked', at: instant('2026-03-02T09:00:00Z'), by: { kind: 'agent', id: 'alex' } } as const
    const written: DomainEvent & { room: string; guests: [] } = { ...event, room: 'a', guests: [] }
    expect(encodeEvent(catalogue, written)).toMatchObject({ schemaVersion: 2 })
    const stored = { ...event, schemaVersion: 1, data: { room: 'a' } }
    expect(decodeEvent(catalogue, stored)).toEqual({ ...event, room: 'a', guests: [] })
  })

  it('names personal fields by paths of its data, and must always name them', () => {
    const personal = { room: 'author', guests: ['customer', 'author'], 'guests.*': 'customer' } as const
    expect(defineEvent({ schema, personal }).personal).toBe(personal)
    // @ts-expect-error There is no such field.
    expect(defineEvent({ schema, personal: { floor: 'author' } })).toBeDefined()
    // @ts-expect-error A list has entries, not their fields.
    expect(defineEvent({ schema, personal: { 'guests.name': 'author' } })).toBeDefined()
    // @ts-expect-error Whose data it is, is one of a few.
    expect(defineEvent({ schema, personal: { room: 'nobody' } })).toBeDefined()
    // @ts-expect-error Having none must be stated too.
    expect(defineEvent({ schema })).toBeDefined()
  })
})

describe('the definitions of commands', () => {
  const definitions = {
    book: defineCommand({
      description: 'Books a room.',
      schema: z.strictObject({ type: z.literal('book'), room: z.string() }),
      sentBy: senders.desk,
    }),
    leave: defineCommand({
      description: 'Leaves it.',
      schema: z.strictObject({ type: z.literal('leave') }),
      sentBy: senders.anyone,
    }),
  }

  it('name what the desk adds by paths of their fields', () => {
    expect(defineCommand({ ...definitions.book, addedByDesk: ['room'] }).addedByDesk).toEqual(['room'])
    // @ts-expect-error There is no such field.
    expect(defineCommand({ ...definitions.book, addedByDesk: ['floor'] })).toBeDefined()
  })

  it('give a table of each of their cells', () => {
    expect(column(definitions, 'sentBy')).toEqual({ book: senders.desk, leave: senders.anyone })
  })

  it('check a command by its type', () => {
    const any = anyCommandOf(column(definitions, 'schema'))
    expect(any.safeParse({ type: 'leave' }).success).toBe(true)
    expect(any.safeParse({ type: 'book' }).success).toBe(false)
    expect(any.safeParse({ type: 'burn' }).success).toBe(false)
  })
})
