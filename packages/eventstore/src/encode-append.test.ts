import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Append } from '@guichet/domain'
import { commandIdLength, eventIdLength, instant, streamNameLength } from '@guichet/domain'
import { encodeAppend } from './encode-append.ts'

const catalogue = { Noted: { schemaVersion: 1, schema: z.object({}) } }
const noted = { type: 'Noted', at: instant('2026-03-29T00:30:00.123Z'), by: { kind: 'agent', id: 'a' } } as const
const append: Append = { stream: 'note-1', expectedVersion: 'any', commandId: 'c', events: [noted] }

const limits = {
  stream: streamNameLength,
  commandId: commandIdLength,
  correlationId: commandIdLength,
  causationId: eventIdLength,
  fingerprint: 64,
} as const

describe.each(Object.entries(limits))('the %s of an append', (field, limit) => {
  it.each(['x', '漢', '𠀀', '😀'])(`has up to ${limit} characters, of %s`, (character) => {
    const given = (characters: number): Append => ({ ...append, [field]: character.repeat(characters) })
    expect(encodeAppend(catalogue, given(limit))).toMatchObject({ [field]: character.repeat(limit) })
    expect(() => encodeAppend(catalogue, given(limit + 1))).toThrow(RangeError)
    expect(() => encodeAppend(catalogue, given(0))).toThrow(RangeError)
  })
})
