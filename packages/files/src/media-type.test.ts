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

it.each([
  'MZ-4711 Rechnung: bitte prüfen, danke.',
  'ID3 tags of my songs are lost',
  'BMW 320i, Reparatur vom 3. Mai',
  'OggS streams do not play here',
  'ÿû hello world',
  'GIF89a is what it says',
  'RIFF of the week, WAVE of the day',
  'FLV and FWS files do not open',
  'Rar! is the answer',
])('takes a text that begins with %j for content of no known type', async (line) => {
  for (const encoding of ['latin1', 'utf8'] as const) {
    const text = Buffer.from(`${line}\r\n`.repeat(20), encoding)
    expect(await mediaTypeOf('notes.txt', text)).toBe('application/octet-stream')
    await expect(mediaTypeOf('notes.mp3', text)).rejects.toBeInstanceOf(TypeMismatch)
  }
})

const mp3 = Buffer.concat([Buffer.from([0xff, 0xfb, 0x90, 0x64]), Buffer.alloc(500)])
const tagged = Buffer.concat([Buffer.from('ID3\x03\0\0\0\0\0\x0a', 'latin1'), Buffer.alloc(10), mp3])
const wav = Buffer.concat([Buffer.from('RIFF\x24\0\0\0WAVEfmt ', 'latin1'), Buffer.alloc(100)])
const mkv = Buffer.concat([Buffer.from('\x1aE\xdf\xa3\x93B\x82\x88matroska', 'latin1'), Buffer.alloc(100)])

it('takes a picture or sound named as a text for what it is, and what is written as text too', async () => {
  expect(await mediaTypeOf('notes.txt', mp3)).toBe('audio/mpeg')
  expect(await mediaTypeOf('notes.txt', tagged)).toBe('audio/mpeg')
  expect(await mediaTypeOf('notes.txt', Buffer.from('{\\rtf1\\ansi Bericht}'))).toBe('application/rtf')
  expect(await mediaTypeOf('invoice', Buffer.from('%PDF-1.4\n1 0 obj\n'))).toBe('application/pdf')
})

it.each([
  ['voice.mp3', film('M4A '), 'audio/x-m4a'],
  ['voice.mp3', wav, 'audio/wav'],
  ['voice.m4a', mp3, 'audio/mpeg'],
  ['voice.wav', mp3, 'audio/mpeg'],
  ['film.mp4', film('M4A '), 'audio/x-m4a'],
  ['film.webm', film('isom'), 'video/mp4'],
  ['film.webm', mkv, 'video/matroska'],
  ['film.mp4', mkv, 'video/matroska'],
])('takes sound or a film under a sibling’s name, %s, for what it is', async (name, content, mediaType) => {
  expect(await mediaTypeOf(name, content)).toBe(mediaType)
})

it.each([
  ['voice.mp3', film('isom')],
  ['voice.wav', mkv],
  ['film.mp4', elf],
  ['voice.mp3', windows],
  ['archive.zip', elf],
])('refuses what is not of the kind that its name promises, %s', async (name, content) => {
  await expect(mediaTypeOf(name, content)).rejects.toBeInstanceOf(TypeMismatch)
})

/** An entry of an archive, stored as it is. */
function entry(name: string, content: string): Buffer {
  const header = Buffer.alloc(30)
  header.writeUInt32LE(0x04034b50, 0)
  header.writeUInt16LE(20, 4)
  header.writeUInt32LE(content.length, 18)
  header.writeUInt32LE(content.length, 22)
  header.writeUInt16LE(name.length, 26)
  return Buffer.concat([header, Buffer.from(name + content)])
}

it.each([
  ['a.txt', 'x'],
  [
    '[Content_Types].xml',
    '<Types><Override ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>',
  ],
  ['META-INF/MANIFEST.MF', 'Manifest-Version: 1.0'],
  ['AndroidManifest.xml', 'x'],
  ['mimetype', 'application/epub+zip'],
])('takes an archive for one, whatever it begins with: %s', async (name, content) => {
  const archive = Buffer.concat([entry(name, content), entry('b.txt', 'x')])
  expect(await mediaTypeOf('archive.zip', archive)).toBe('application/zip')
  await expect(mediaTypeOf('archive.pdf', archive)).rejects.toBeInstanceOf(TypeMismatch)
})

it.each(['<?xml version="1.0"?>\n', 'MZ', 'MZ\n', '\x1b%-12345X@PJL JOB\r\n', 'ID3 ', 'BM', '\xef\xbb\xbf'])(
  'takes a PDF after %j for one',
  async (before) => {
    const pdf = Buffer.from(`${before}%PDF-1.4\n%âãÏÓ\n1 0 obj\n<< /Type /Catalog >>\nendobj\n`, 'latin1')
    expect(await mediaTypeOf('invoice.pdf', pdf)).toBe('application/pdf')
  },
)

it('takes a PDF of a program for drawing for one', async () => {
  const pdf = Buffer.from(`%PDF-1.5\n1 0 obj<</AIPrivateData1 3 0 R /Adobe Illustrator/>>\n${'x'.repeat(2_000)}`)
  expect(await mediaTypeOf('logo.pdf', pdf)).toBe('application/pdf')
})

it('refuses a program with the header of a PDF in it', async () => {
  const header = '%PDF-1.4\n1 0 obj\n'
  const early = Buffer.from(`MZ${header}`.padEnd(dosHeaderBytes, ' '))
  early.writeUInt32LE(0x80, dosHeaderBytes - 4)
  const late = Buffer.concat([windows.subarray(0, 128), Buffer.from(header), Buffer.alloc(100)])
  const unix = Buffer.concat([elf, Buffer.from(header)])
  const packed = Buffer.concat([entry('invoice.pdf', header), entry('b.txt', 'x')])
  for (const content of [Buffer.concat([early, Buffer.alloc(400)]), late, unix, packed]) {
    await expect(mediaTypeOf('invoice.pdf', content)).rejects.toBeInstanceOf(TypeMismatch)
  }
})

const dosHeaderBytes = 64
