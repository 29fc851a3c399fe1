import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { requireBuild } from '@guichet/eventstore/testing'
import { createPreviewer } from './preview.ts'

let folder: string
beforeAll(async () => {
  requireBuild()
  folder = await mkdtemp(join(tmpdir(), 'guichet-preview-'))
})
afterAll(() => rm(folder, { recursive: true }))

const ready = async (): Promise<void> => undefined

/** A picture never waits. */
const turns = { take: async () => () => undefined }

/** Draws the preview of a picture of one colour, which takes few bytes whatever its size. */
async function draw(name: string, width: number, height: number): Promise<number> {
  const [from, to] = [join(folder, name), join(folder, `${name}.webp`)]
  const picture = sharp({ create: { width, height, channels: 3, background: 'teal' } })
  await (name.endsWith('.avif') ? picture.avif({ effort: 0 }) : picture.png({ compressionLevel: 1 })).toFile(from)
  await createPreviewer({ turns }).draw({ from, to }, ready, 'owner')
  return (await stat(to)).size
}

it('says nothing of where a photograph was taken', async () => {
  const [from, to] = [join(folder, 'photograph.jpg'), join(folder, 'photograph.webp')]
  const exif = { IFD0: { Artist: 'Zoe of Lyon' }, IFD3: { GPSLatitude: '45/1 45/1 0/1', GPSLatitudeRef: 'N' } }
  const picture = sharp({ create: { width: 9, height: 9, channels: 3, background: 'teal' } })
  await picture.withExif(exif).jpeg().toFile(from)
  expect((await readFile(from)).includes('Zoe of Lyon')).toBe(true)
  await createPreviewer({ turns }).draw({ from, to }, ready, 'owner')
  expect((await readFile(to)).includes('Zoe of Lyon')).toBe(false)
  expect((await sharp(to).metadata()).exif).toBeUndefined()
})

it('draws a picture just below the limit', async () => {
  expect(await draw('below.avif', 4_000, 5_000)).toBeGreaterThan(0)
})

it('draws no AVIF of more than 20 million pixels, however few bytes it has, but a PNG', async () => {
  await expect(draw('above.avif', 4_000, 5_001)).rejects.toMatchObject({
    name: 'NoPreview',
    isFinal: true,
    message: expect.stringContaining('pixel limit') as unknown,
  })
  expect(await draw('above.png', 4_000, 5_001)).toBeGreaterThan(0)
})
