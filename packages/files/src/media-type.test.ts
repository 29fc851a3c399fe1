import { expect, it } from 'vitest'
import { mediaTypeOf, TypeMismatch } from './media-type.ts'

const film = (brand: string): Buffer =>
  Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from(`ftyp${brand}`), Buffer.alloc(100)])
const elf = Buffer.concat([Buffer.from('\x7fELF\x02\x01\x01'), Buffer.alloc(500)])
const windows = Buffer.concat([Buffer.from('MZ'), Buffer.alloc(500)])

it.each([
  ['isom', 'video/mp4'],
  ['M4V ', 'video/x-m4v'],
  ['qt  ', 'video/quicktime'],
  ['3gp5', 'video/3gpp'],
])('takes a film of the brand %j for what an .mp4 promises', async (brand, mediaType) => {
  expect(await mediaTypeOf('film.mp4', film(brand))).toBe(mediaType)
})

it.each(['letter.docx', 'scan.bmp', 'photo.heic', 'holiday.png', 'notes.txt'])(
  'refuses a program named %s',
  async (name) => {
    for (const program of [elf, windows]) {
      await expect(mediaTypeOf(name, program)).rejects.toBeInstanceOf(TypeMismatch)
    }
  },
)

it.each(['setup.exe', 'tool', 'libfoo.so.6', 'TOOL.BIN'])('takes a program named %s', async (name) => {
  expect(await mediaTypeOf(name, elf)).toBe('application/x-elf')
})

const utf16 = (text: string, bigEndian = false): Buffer => {
  const bytes = Buffer.from(`\ufeff${text}`, 'utf16le')
  return bigEndian ? bytes.swap16() : bytes
}

it.each([
  ['UTF-16LE', utf16('PS C:\\> Get-Process\r\n'.repeat(20))],
  ['UTF-16BE', utf16('Bericht\r\n'.repeat(20), true)],
  ['UTF-8 with a mark', Buffer.from('\ufeffBericht\r\n'.repeat(20))],
])('takes text in %s for content of no known type, and for no sound', async (_, text) => {
  expect(await mediaTypeOf('x.log', text)).toBe('application/octet-stream')
})

it('finds the header of a PDF within the first 1,024 bytes', async () => {
  const pdf = (before: number): Buffer =>
    Buffer.from(`${'\r\n'.repeat(before / 2)}%PDF-1.4\n%âãÏÓ\n1 0 obj\n`, 'latin1')
  for (const before of [0, 4, 1_000]) expect(await mediaTypeOf('invoice.pdf', pdf(before))).toBe('application/pdf')
  await expect(mediaTypeOf('invoice.pdf', pdf(1_020))).rejects.toBeInstanceOf(TypeMismatch)
})

it('takes a picture under the name of another kind of picture for what it is, and nothing else', async () => {
  const webp = Buffer.concat([Buffer.from('RIFF\x24\x00\x00\x00WEBPVP8 ', 'latin1'), Buffer.alloc(40)])
  expect(await mediaTypeOf('photo.jpg', webp)).toBe('image/webp')
  await expect(mediaTypeOf('photo.jpg', film('isom'))).rejects.toBeInstanceOf(TypeMismatch)
  await expect(mediaTypeOf('photo.pdf', webp)).rejects.toBeInstanceOf(TypeMismatch)
})
