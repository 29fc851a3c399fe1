import { text } from 'node:stream/consumers'
import type { PrintedPicture } from './article-document.ts'
import { drawArticle, TooManyPages } from './article-document.ts'
import type { ArticlePrint } from './article-print.ts'
import { tooManyPagesCode } from './print-limits.ts'

/** The program that makes the PDF of an article: reads an `ArticlePrint` from its standard input, and writes the PDF to its standard output. */
const { markdown, articles, files, pictures, ...article } = JSON.parse(await text(process.stdin)) as ArticlePrint
const { blocksOf } = await import('@guichet/knowledge')
const blocks = blocksOf(markdown, { articles: new Map(articles), files: new Map(files) })
try {
  const drawn = drawArticle({ ...article, blocks, pictures: new Map(await readPictures(pictures)) })
  drawn.pipe(process.stdout)
} catch (error) {
  if (!(error instanceof TooManyPages)) throw error
  process.exitCode = tooManyPagesCode
}

/** Previews as PNG; what cannot be read is left out, and its description is written. */
async function readPictures(
  previews: ArticlePrint['pictures'],
): Promise<readonly (readonly [source: string, picture: PrintedPicture])[]> {
  if (previews.length === 0) return []
  const sharp = await import('sharp').then((module) => module.default).catch(() => undefined)
  if (!sharp) return []
  const read: (readonly [string, PrintedPicture])[] = []
  for (const [source, preview] of previews) {
    try {
      const image = sharp(Buffer.from(preview, 'base64'), { limitInputPixels: 1_000_000 }).flatten({
        background: '#fff',
      })
      const { data, info } = await image.jpeg({ quality: 80 }).toBuffer({ resolveWithObject: true })
      const { width, height } = info
      read.push([source, { data: `data:image/jpeg;base64,${data.toString('base64')}`, width, height }])
    } catch {
      continue
    }
  }
  return read
}
