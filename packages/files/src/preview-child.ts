import sharp from 'sharp'
import type { PreviewTask } from './preview.ts'

/** The most pixels that a picture may have; AVIF is decoded as a whole and takes some 20 bytes for each. */
const mostPixels = 50_000_000
const mostPixelsOfAvif = 20_000_000

/** The most memory that drawing may take, in bytes: libvips has its own, which no flag of Node limits. */
const mostMemory = 500_000_000

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

process.once('message', (task: PreviewTask) => {
  setInterval(() => {
    if (process.memoryUsage.rss() > mostMemory) fail('the picture takes too much memory')
  }, 10)
  draw(task).then(
    () => process.exit(0),
    (error: Error) => fail(error.message.slice(0, 200)),
  )
})

/** Ends at once: an exit would wait for the thread that draws. */
const fail = (reason: string): void => void process.send?.(reason, () => process.kill(process.pid, 'SIGKILL'))

async function draw({ from, to }: PreviewTask): Promise<void> {
  const { format } = await sharp(from).metadata()
  const limitInputPixels = format === 'heif' ? mostPixelsOfAvif : mostPixels
  await sharp(from, { limitInputPixels, failOn: 'truncated', pages: 1 })
    .rotate()
    .resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true })
    .webp({ quality: 75 })
    .timeout({ seconds: 15 })
    .toFile(to)
}
