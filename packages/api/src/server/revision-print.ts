import { buffer } from 'node:stream/consumers'
import { directionOf } from '@guichet/domain'
import type { Files } from '@guichet/files'
import { hasPreview, NoPreview } from '@guichet/files'
import type { FileListRow, ReadModels, RevisionKey } from '@guichet/projections'
import type { ArticlePrint } from '../article-pdf/article-print.ts'
import { createArticlePrints } from '../article-pdf/article-print.ts'
import { mostPictures } from '../article-pdf/print-limits.ts'
import { fileError } from '../graphql/stored-content.ts'

/** A revision of an article, and what its PDF says around its text. */
export type RevisionPrint = Pick<ArticlePrint, 'title' | 'head' | 'foot' | 'articles'> & {
  readonly key: RevisionKey
  /** The files that the text may name, with the addresses to which links to them lead. */
  readonly files: readonly { readonly file: FileListRow; readonly address: string }[]
}

/** What makes PDFs of revisions: one for the help centre and the desk, which share its limits. */
export type RevisionPrints = ReturnType<typeof createRevisionPrints>

/**
 * Begins to make PDFs of revisions, with the pictures that a page shows.
 * @param content the content of files; undefined where the server stores none.
 */
export function createRevisionPrints(
  articles: Pick<ReadModels['articles'], 'revisions'>,
  content: Pick<Files, 'previews' | 'preview'> | undefined,
) {
  const prints = createArticlePrints()

  const previewOf = async (file: FileListRow, reader: string): Promise<string | undefined> => {
    try {
      const preview = await content?.preview(file, reader)
      return preview && (await buffer(preview.content)).toString('base64')
    } catch (error) {
      if (error instanceof NoPreview) return undefined
      throw fileError(error)
    }
  }

  return {
    /** The PDF of a revision, for a reader as `createArticlePrints` takes one, and with its errors. */
    pdf: ({ key, files, ...print }: RevisionPrint, reader: string): Promise<Buffer> => {
      const { language } = key
      const pictured = files.map(({ file }) => file).filter(({ mediaType }) => hasPreview(mediaType))
      const drawn = content?.previews ? pictured.slice(0, mostPictures) : []
      const named = files.map(({ file, address }) => {
        const picture = drawn.includes(file) ? file.id : undefined
        return [file.id, { content: address, picture }] as const
      })
      const name = JSON.stringify([key.articleId, language, key.revision, print, named])
      return prints.pdf(name, reader, language, async () => {
        const [revision] = await articles.revisions([key])
        const pictures: (readonly [string, string])[] = []
        for (const file of drawn) {
          const preview = await previewOf(file, reader)
          if (preview !== undefined) pictures.push([file.id, preview])
        }
        const isRightToLeft = directionOf(language) === 'rtl'
        return { ...print, language, isRightToLeft, markdown: revision?.body ?? '', files: named, pictures }
      })
    },
  }
}
