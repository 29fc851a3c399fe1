import type { FileAddress } from '@guichet/knowledge'
import type { ArticleRevisionRow } from '@guichet/projections'
import { isPublicArticle } from '@guichet/projections'
import { isShownInline } from '@guichet/files'
import { streamName } from '@guichet/domain'
import type { SchemaParts } from '../builder.ts'
import { articleReadersOf } from '../context.ts'
import { addFileType, contentLinkTo, previewLinkTo } from '../file/file.ts'
import type { FileRow } from '../file/file-access.ts'
import { connectionOf, namesOf } from '../paging.ts'
import type { ApiContext } from '../services.ts'
import { addArticleType } from './article.ts'
import { knowledgeSettings } from './knowledge-settings.ts'

/** Adds `Article.files`. */
export function addArticleFiles({ builder, use }: SchemaParts): void {
  const file = use(addFileType)
  builder.objectField(use(addArticleType), 'files', (t) =>
    t.connection(
      {
        type: file,
        description:
          'Its files, the last stored first. Customers and visitors get those that its published texts name and that may be read.',
        extensions: { cost: 50 },
        resolve: ({ id }, args, context) =>
          connectionOf(`article-files:${id}`, args, async (page) => {
            const files = await context.read('files')
            const owner = streamName('article', id)
            if (articleReadersOf(context) === 'desk') return files.list({ owner }, page)
            const ids = await (await context.read('articles')).publishedFiles(id)
            return files.list({ owner, ids, status: 'clean' }, page)
          }),
      },
      ...namesOf('ArticleFile'),
    ),
  )
}

/** Whether a page shows a type of content as a picture. */
export const isPicture = (mediaType: string): boolean => mediaType.startsWith('image/') && isShownInline(mediaType)

/** The addresses of a file of a public article: the same for everybody, for as long as a published text names it. */
export function publicFileAddress(
  { id, mediaType }: Pick<FileRow, 'id' | 'mediaType'>,
  { origin = '', previews }: { readonly origin?: string | undefined; readonly previews: boolean },
): FileAddress {
  const content = `${origin}/help/files/${id}`
  return { content, picture: isPicture(mediaType) ? `${content}${previews ? '/preview' : ''}` : undefined }
}

/**
 * The addresses of files that a revision names, for the viewer: those of its own article that may be read. What is
 * published for everybody has an address of the help centre where there is one, and anything else a signed link.
 */
export async function fileAddresses(
  { articleId, language, revision }: ArticleRevisionRow,
  ids: readonly string[],
  context: ApiContext,
): Promise<ReadonlyMap<string, FileAddress>> {
  const { files } = context.services
  const article = await context.loaders.article.load(articleId)
  if (!files || !article) return new Map()
  const { helpCentre } = await knowledgeSettings(context.services)
  const published = article.translations.find((each) => each.language === language)?.published
  const isPublic = helpCentre.enabled && isPublicArticle(article) && published === revision
  const rows = await (await context.read('files')).ofOwner(streamName('article', articleId), ids)
  const where = { origin: helpCentre.address, previews: files.previews }
  return new Map(
    rows.flatMap((row) => {
      if (row.status !== 'clean') return []
      const address = isPublic ? publicFileAddress(row, where) : signedAddress(row, context)
      return address ? [[row.id, address] as const] : []
    }),
  )
}

/**
 * The whole addresses of files that a text names which everybody reads: those of its own article that may be read, where
 * the help centre gives them.
 */
export async function publicFileAddresses(
  { articleId }: Pick<ArticleRevisionRow, 'articleId'>,
  ids: readonly string[],
  context: ApiContext,
): Promise<ReadonlyMap<string, FileAddress>> {
  const { files } = context.services
  const { enabled, address: origin } = (await knowledgeSettings(context.services)).helpCentre
  if (!files || !enabled || origin === undefined) return new Map()
  const rows = await (await context.read('files')).ofOwner(streamName('article', articleId), ids)
  const readable = rows.filter(({ status }) => status === 'clean')
  return new Map(readable.map((row) => [row.id, publicFileAddress(row, { origin, previews: files.previews })]))
}

function signedAddress(row: FileRow, context: ApiContext): FileAddress | undefined {
  const content = contentLinkTo(row, {}, context)
  if (content === undefined) return undefined
  const picture = isPicture(row.mediaType) ? (previewLinkTo(row, {}, context) ?? content) : undefined
  return { content, picture }
}
