import type { EventCatalogue } from '@guichet/domain'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { recentEvents } from './recent-events.ts'
import type { Row } from './rows.ts'

const catalogue: EventCatalogue = { Said: { schemaVersion: 1, schema: z.strictObject({ text: z.string() }) } }

const row = (position: number, text: string): Row => {
  const place = ['7', String(position), 'ticket-1', String(position)] as const
  const actor = ['agent', 'jo', null] as const
  return [...place, 'Said', '1', JSON.stringify({ text }), '1000', ...actor, '2000', `c-${position}`, null, null]
}

it('decodes a row that comes again once', () => {
  const decode = recentEvents(catalogue)
  const first = decode(row(1, 'a'))
  expect(first).toMatchObject({ event: { type: 'Said', text: 'a' }, id: 'ticket-1/1', commandId: 'c-1' })
  expect(decode(row(1, 'a'))).toBe(first)
})

it('takes no other row for one that it knows, though it stands at the same place', () => {
  const decode = recentEvents(catalogue)
  decode(row(1, 'a'))
  expect(decode(row(1, 'b'))).toMatchObject({ event: { text: 'b' } })
})

it('forgets the oldest, and remembers none that is long', () => {
  const decode = recentEvents(catalogue)
  const [first, long] = [decode(row(0, 'a')), decode(row(1, 'x'.repeat(10_000)))]
  expect(decode(row(1, 'x'.repeat(10_000)))).not.toBe(long)
  for (let position = 2; position < 2_001; position++) decode(row(position, 'a'))
  expect(decode(row(0, 'a'))).toBe(first)
  decode(row(2_001, 'a'))
  expect(decode(row(0, 'a'))).not.toBe(first)
})

it('refuses what breaks its schema every time', () => {
  const decode = recentEvents({ Said: { schemaVersion: 1, schema: z.strictObject({ other: z.string() }) } })
  for (const _ of [1, 2]) expect(() => decode(row(1, 'a'))).toThrow('breaks its schema')
})
