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
