import { expect, it } from 'vitest'
import { days, instant, later } from '@guichet/domain'
import { createReaderIds } from './reader-ids.ts'

const at = instant('2026-03-02T12:00:00.000Z')
const firefox = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' }
const reader = { address: '192.0.2.7', headers: firefox, at }

it('names a reader alike in all processes of a day, and says neither address nor browser', () => {
  const [one, other] = [createReaderIds('a secret'), createReaderIds('a secret')]
  expect(one(reader)).toBe(other({ ...reader, at: later(at, 1_000) }))
  expect(one(reader)).toMatch(/^reader-[\w-]{43}$/)
})

it('tells readers, days and secrets apart', () => {
  const readerOf = createReaderIds('a secret')
  const ids = [
    readerOf(reader),
    readerOf({ ...reader, address: '192.0.2.8' }),
    readerOf({ ...reader, headers: { 'user-agent': 'Mozilla/5.0 (Android 15; Mobile; rv:140.0)' } }),
    readerOf({ ...reader, at: later(at, days(1)) }),
    createReaderIds('another secret')(reader),
    createReaderIds()(reader),
    createReaderIds()(reader),
  ]
  expect(new Set(ids).size).toBe(ids.length)
})

it('names no crawler, and nobody for whom a browser only prepares a page', () => {
  const readerOf = createReaderIds('a secret')
  const all = [
    { 'user-agent': 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)' },
    { ...firefox, 'sec-purpose': 'prefetch;prerender' },
    { ...firefox, purpose: 'prefetch' },
  ]
  expect(all.map((headers) => readerOf({ ...reader, headers }))).toEqual([undefined, undefined, undefined])
})
