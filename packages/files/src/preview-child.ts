import sharp from 'sharp'
import type { PreviewTask } from './preview.ts'

/** The most pixels that a picture may have, its frames counted together. */
const mostPixels = 50_000_000

/** The longest side of a preview, in pixels. */
const side = 640

sharp.concurrency(1)
sharp.cache(false)
sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({
  operation: [
    'VipsForeignLoadJpeg',
    'VipsForeignLoadPng',
    'VipsForeignLoadWebp',
    'VipsForeignLoadNsgif',
    'VipsForeignLoadHeif',
  ],
})

process.once('message', ({ from, to }: PreviewTask) => {
  sharp(from, { limitInputPixels: mostPixels, failOn: 'truncated', pages: 1 })
    .rotate()
    .resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true })
    .webp({ quality: 75 })
    .timeout({ seconds: 15 })
    .toFile(to)
    .then(
      () => process.exit(0),
      (error: Error) => process.send?.(error.message.slice(0, 200), () => process.exit(1)),
    )
})
