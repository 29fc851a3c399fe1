import { limits } from '@guichet/domain'
import fc from 'fast-check'

/** What is hard on whoever folds, parts and indexes a text: characters that stand for many, accents, addresses. */
const hard = ['㌖', '\ufdfa', '\u0301\u0316', 'ﬃ', 'İ', '한', '👩‍👩‍👧', '@', 'a@', '@b.c', '.', '-', "'", '\\', ' ', '\n']

type Part = { readonly text: string; readonly times: number; readonly counted: boolean; readonly parted: boolean }

const part: fc.Arbitrary<Part> = fc.record({
  text: fc.oneof(fc.constantFrom(...hard), fc.string({ unit: 'binary', maxLength: 12 }), fc.emailAddress()),
  times: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: limits.body })),
  counted: fc.boolean(),
  parted: fc.boolean(),
})

/** Any text that a message may hold, up to the longest: long runs of the same, and of what differs each time. */
export const anyBody: fc.Arbitrary<string> = fc
  .array(part, { minLength: 1, maxLength: 6 })
  .map((parts) => written(parts.map(repeated).join('')))
  .filter((body) => body.trim() !== '')

function repeated({ text, times, counted, parted }: Part): string {
  const most = Math.min(times, Math.ceil(limits.body / Math.max(1, text.length)))
  const between = parted ? ' ' : ''
  if (!counted) return (text + between).repeat(most)
  return Array.from({ length: most }, (_, n) => text + String.fromCodePoint(0x4e00 + n) + between).join('')
}

/** A text without what no message may hold, cut to the longest. */
function written(text: string): string {
  return text
    .replace(/(?![\t\n\r])\p{Cc}/gu, '')
    .slice(0, limits.body)
    .replace(/\p{Surrogate}/gu, '')
}
