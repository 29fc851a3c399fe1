import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Actor } from '../kernel/actor.ts'
import { fold } from '../kernel/decider.ts'
import { instant } from '../kernel/time.ts'
import type { AttachedFile, FileEvent, FileState } from './file.ts'
import { factsOfFile, fileAggregate, refuseFiles, safeFileName } from './file.ts'

const at = instant('2026-06-01T09:00:00Z')
const zoe: Actor = { kind: 'customer', id: 'zoe' }
const ana: Actor = { kind: 'agent', id: 'ana' }
const scanner: Actor = { kind: 'system', id: 'scanner' }
const metadata = { commandId: 'c', aggregateId: 'f', at }
const content = {
  owner: 'ticket-t',
  name: 'screen.png',
  bytes: 3,
  sha256: 'a'.repeat(64),
  mediaType: 'image/png',
}
const stored: FileEvent = { type: 'FileStored', at, by: zoe, ...content, scan: true }
const scanned = (verdict: 'clean' | 'infected' | 'unscannable'): FileEvent => ({
  type: 'FileScanned',
  at,
  by: scanner,
  verdict,
})
const deleted: FileEvent = { type: 'FileDeleted', at, by: ana, reason: 'asked to' }
const after = (...events: readonly FileEvent[]): FileState => fold(fileAggregate, events)

const decided = (command: object, by: Actor, ...events: readonly FileEvent[]) => {
  const outcome = fileAggregate.decide({ ...fileAggregate.schema.parse(command), ...metadata, by }, after(...events))
  return outcome.ok ? outcome.value.map(({ type }) => type) : outcome.refusal.code
}

describe('a file', () => {
  const store = { type: 'store', ...content, scan: true }
  const clean = { type: 'recordScan', verdict: 'clean' }
  const remove = { type: 'delete', reason: 'asked to' }

  it('is in quarantine until the scanner has answered, and clean at once without one', () => {
    expect(after(stored).status).toBe('quarantined')
    expect(after(stored, scanned('unscannable')).status).toBe('quarantined')
    expect(after(stored, scanned('clean')).status).toBe('clean')
    expect(after(stored, scanned('infected')).status).toBe('infected')
    expect(after({ ...stored, scan: false }).status).toBe('clean')
  })

  it('is stored once, scanned once and deleted once', () => {
    expect(decided(store, zoe)).toEqual(['FileStored'])
    expect(decided(store, zoe, stored)).toEqual([])
    expect(decided({ ...store, sha256: 'b'.repeat(64) }, zoe, stored)).toBe('file_already_stored')
    expect(decided({ ...store, owner: 'ticket-u' }, zoe, stored)).toBe('file_already_stored')
    expect(decided(clean, scanner, stored)).toEqual(['FileScanned'])
    expect(decided(clean, scanner, stored, scanned('unscannable'))).toEqual(['FileScanned'])
    expect(decided({ ...clean, verdict: 'infected' }, scanner, stored, scanned('clean'))).toEqual([])
    expect(decided(remove, ana, stored)).toEqual(['FileDeleted'])
    expect(decided(remove, ana, stored, deleted)).toEqual([])
    expect(decided(clean, scanner, stored, deleted)).toEqual([])
  })

  it('takes no scan from a person, and no deletion from a customer', () => {
    expect(decided(clean, ana, stored)).toBe('not_for_this_actor')
    expect(decided(remove, zoe, stored)).toBe('not_for_this_actor')
    expect(decided(remove, ana)).toBe('file_not_found')
  })

  it('is released from quarantine by the desk, but not once it is infected', () => {
    const release = { type: 'release', reason: 'looked at' }
    expect(decided(release, ana, stored)).toEqual(['FileScanned'])
    expect(decided(release, ana, stored, scanned('unscannable'))).toEqual(['FileScanned'])
    expect(decided(release, ana, stored, scanned('infected'))).toBe('file_infected')
    expect(decided(release, zoe, stored)).toBe('not_for_this_actor')
    expect(decided(release, ana)).toBe('file_not_found')
  })

  it.each([
    { owner: 'agent-ana' },
    { owner: 'ticket-' },
    { name: '../../x' },
    { name: 'a\u202egnp.exe' },
    { bytes: -1 },
    { sha256: 'A'.repeat(64) },
    { mediaType: 'image' },
  ])('is refused with %j', (wrong) => {
    expect(fileAggregate.schema.safeParse({ ...store, ...wrong }).success).toBe(false)
  })
})

describe('a message', () => {
  const refusalOf = (file: AttachedFile['file'], by: Actor) => refuseFiles([{ fileId: 'f', file }], by)?.refusal.code
  const fileOf = (state: FileState, stream = 'ticket-t') => factsOfFile(state, stream)

  it('names files that its sender has uploaded to its conversation, in quarantine or clean', () => {
    expect(refuseFiles(undefined, zoe)).toBeUndefined()
    expect(refusalOf(fileOf(after(stored)), zoe)).toBeUndefined()
    expect(refusalOf(fileOf(after({ ...stored, by: ana }, scanned('clean'))), ana)).toBeUndefined()
  })

  it('names no file that is missing, deleted, infected, of another conversation or of somebody else', () => {
    expect(refusalOf(undefined, ana)).toBe('file_not_found')
    expect(refusalOf(fileOf(after(stored, deleted)), ana)).toBe('file_not_found')
    expect(refusalOf(fileOf(after({ ...stored, by: ana }, scanned('infected'))), ana)).toBe('file_infected')
    expect(refusalOf(fileOf(after(stored), 'ticket-u'), ana)).toBe('file_elsewhere')
    expect(refusalOf(fileOf(after(stored)), ana)).toBe('file_not_yours')
    expect(refusalOf(fileOf(after(stored)), { kind: 'agent', id: 'zoe' })).toBe('file_not_yours')
  })

  it('of a customer learns nothing of files that are not theirs', () => {
    const other: Actor = { kind: 'customer', id: 'yan' }
    for (const state of [after(stored), after(stored, scanned('infected')), after({ ...stored, by: ana })]) {
      expect(refusalOf(fileOf(state), other)).toBe('file_not_found')
      expect(refusalOf(fileOf(state, 'ticket-u'), other)).toBe('file_not_found')
    }
    expect(refusalOf(fileOf(after(stored), 'ticket-u'), zoe)).toBe('file_not_found')
    expect(refusalOf(fileOf(after(stored, scanned('infected'))), zoe)).toBe('file_infected')
  })
})

describe('the name of a file', () => {
  it.each([
    ['screen shot.png', 'screen shot.png'],
    ['../../x', 'x'],
    ['..\\..\\windows\\x.exe', 'x.exe'],
    ['/etc/passwd', 'passwd'],
    ['..', 'file'],
    ['', 'file'],
    ['.htaccess', 'htaccess'],
    ['invoice\u202Egnp.exe', 'invoicegnp.exe'],
    ['a\u0000b\nc.txt', 'abc.txt'],
    ['zero\u200bwidth.pdf', 'zerowidth.pdf'],
    ['a<b>:"c|d?*.txt', 'a_b___c_d__.txt'],
    ['con.txt', '_con.txt'],
    ['Rechnung für Zoë.pdf', 'Rechnung für Zoë.pdf'],
    ['e\u0301t\u00e9.pdf', 'été.pdf'],
    ['فاتورة.pdf', 'فاتورة.pdf'],
    ['گزارش\u200cهای من.pdf', 'گزارش\u200cهای من.pdf'],
    ['می\u200c\u200cخواهم.pdf', 'می\u200cخواهم.pdf'],
    ['क्\u200dष.pdf', 'क्\u200dष.pdf'],
    ['ශ්\u200dරී.pdf', 'ශ්\u200dරී.pdf'],
    ['👩\u200d🔧.png', '👩\u200d🔧.png'],
    ['👩🏽\u200d🔧.png', '👩🏽\u200d🔧.png'],
    ['\u200cگزارش\u200c.pdf', 'گزارش.pdf'],
    ['inv\u200coice.pdf', 'invoice.pdf'],
    ['a\u200d🔧.pdf', 'a🔧.pdf'],
    ['گزارش\u202e\u200cهای.pdf', 'گزارشهای.pdf'],
    [`${'می\u200c'.repeat(100)}.pdf`, `${'می\u200c'.repeat(65)}م.pdf`],
    ['😀'.repeat(200), '😀'.repeat(200)],
    [`${'😀'.repeat(300)}.png`, `${'😀'.repeat(196)}.png`],
    [`${'a'.repeat(300)}.jpeg`, `${'a'.repeat(195)}.jpeg`],
  ])('%j is kept as %j', (given, safe) => expect(safeFileName(given)).toBe(safe))

  const persian = fc
    .array(fc.constantFrom('م', 'ی', '\u200c', '\u200d', '🔧', '.', ' ', 'a'), { maxLength: 400 })
    .map((parts) => parts.join(''))

  it('is safe whatever it was, and stays as it is when it is made safe again', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 400 }), persian), (given) => {
        const safe = safeFileName(given)
        expect(safe).not.toMatch(/[/\\<>:"|?*\p{Cc}]|^\.|^$/u)
        expect(safe.replaceAll(/(?<=.)[\u200c\u200d](?=.)/gu, '')).not.toMatch(/\p{Cf}/u)
        expect(Array.from(safe).length).toBeLessThanOrEqual(200)
        expect(safeFileName(safe)).toBe(safe)
      }),
    )
  })
})
