import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { LruCache } from '@guichet/domain'
import type { FileAddress } from '@guichet/knowledge'
import { edgeError } from '../errors.ts'
import { createPermits } from '../permits.ts'
import { NoPdf, pdfBy } from '../transcript/pdf-process.ts'
import { isPrintable, tooManyPagesCode } from './print-limits.ts'

/** What the PDF of an article is made of. */
export type ArticlePrint = {
  readonly title: string
  /** A language tag (BCP 47). */
  readonly language: string
  readonly isRightToLeft: boolean
  /** Lines below the title. */
  readonly head: readonly string[]
  /** What stands at the foot of each page. */
  readonly foot: string
  readonly markdown: string
  /** The whole addresses of the articles that it links to, by their ids. */
  readonly articles: readonly (readonly [id: string, address: string])[]
  /** The whole addresses of its files, by their ids; `picture` of one is its id where it is among the pictures. */
  readonly files: readonly (readonly [id: string, address: FileAddress])[]
  /** Previews of pictures, in Base64, by the ids of their files. */
  readonly pictures: readonly (readonly [id: string, preview: string])[]
}

/** The program that makes the PDF of an article. */
const program = new URL('./article-child.js', import.meta.url)

/** How long the PDF of an article may take, in milliseconds. */
const limitMs = 20_000

/** How long a reader waits until a PDF is begun, in milliseconds. */
const patienceMs = 10_000

/** How many PDFs of articles are made at once. */
const atOnce = 2

/** How many of these are for one reader. */
const ofReader = 1

/** Marks on one letter beyond those of any language: the time to lay them out grows with the square of their number. */
const piledMarks = /(?<=\p{M}{20})\p{M}/gu

/** For how long a PDF that took too long is not tried again, in milliseconds, and of how many this is kept. */
const failedForMs = 600_000
const mostFailed = 1_000

/** How many bytes of PDFs are kept. */
const cacheBytes = 32 * 1024 * 1024

/** Makes PDFs of articles, and keeps those that were read last. */
type ArticlePrints = {
  /**
   * The PDF of an article.
   * @param name what the PDF follows from: the revision, the language, and the addresses of what it names.
   * @param reader whose turn it takes: an address, or a principal.
   * @throws an error of the edge: `pdf_script_unsupported`, `pdf_too_long`, `read_timeout`.
   */
  pdf(name: string, reader: string, language: string, print: () => Promise<ArticlePrint>): Promise<Buffer>
}

/** Begins to make PDFs of articles. */
export function createArticlePrints(): ArticlePrints {
  const cache = new LruCache<string, Buffer>({
    maxWeight: cacheBytes,
    weigh: ({ length }, name) => length + name.length,
  })
  const underWay = new Map<string, Promise<Buffer>>()
  const places = createPermits(atOnce, ofReader)

  const failures = new LruCache<string, Failure>({ maxEntries: mostFailed })

  const make = async (name: string, reader: string, print: () => Promise<ArticlePrint>): Promise<Buffer> => {
    const free = await places.take(patienceMs, reader)
    if (!free) throw new NoTurn()
    try {
      const text = JSON.stringify(await print()).replaceAll(piledMarks, '')
      const takePlace = async () => undefined
      const content = await buffer(pdfBy(program, Readable.from([text]), { limitMs, takePlace }))
      cache.set(name, content)
      return content
    } catch (error) {
      if (!(error instanceof NoPdf) || (error.exitCode !== tooManyPagesCode && error.exitCode !== null)) throw error
      const hasTooManyPages = error.exitCode === tooManyPagesCode
      // A busy machine passes; the pages of a revision do not.
      failures.set(name, { hasTooManyPages, until: hasTooManyPages ? Infinity : performance.now() + failedForMs })
      throw failureOf(hasTooManyPages)
    } finally {
      free()
    }
  }
  const start = (name: string, reader: string, print: () => Promise<ArticlePrint>): Promise<Buffer> => {
    const task = make(name, reader, print).finally(() => underWay.delete(name))
    underWay.set(name, task)
    return task
  }

  return {
    pdf: async (name, reader, language, print) => {
      if (!isPrintable(language)) throw edgeError('pdf_script_unsupported')
      for (;;) {
        const last = cache.get(name)
        if (last) return last
        const failure = failures.get(name)
        if (failure && failure.until > performance.now()) throw failureOf(failure.hasTooManyPages)
        const other = underWay.get(name)
        try {
          return await (other ?? start(name, reader, print))
        } catch (error) {
          if (!(error instanceof NoTurn)) throw error
          // Whoever waited with somebody else has a turn of their own.
          if (!other) throw edgeError('read_timeout', 'too many PDFs are being made; ask again')
        }
      }
    },
  }
}

/** What was too much for a PDF, and until when it is so, by `performance.now()`. */
type Failure = { readonly hasTooManyPages: boolean; readonly until: number }

/** A reader had no turn in time. */
class NoTurn extends Error {}

const failureOf = (hasTooManyPages: boolean): Error =>
  hasTooManyPages
    ? edgeError('pdf_too_long')
    : edgeError('read_timeout', 'the PDF took too long; print the page, or ask again in ten minutes')
