import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { StoredFile } from '@guichet/domain'
import { fileIdSchema, parseStream } from '@guichet/domain'
import type { Files } from '@guichet/files'
import { hasPreview } from '@guichet/files'
import { isPublicArticle } from '@guichet/projections'
import { knowledgeSettings } from '../../graphql/knowledge/knowledge-settings.ts'
import type { Services } from '../../graphql/services.ts'
import { storedFile } from '../../graphql/stored-content.ts'
import { sendContent, sendPreview } from '../file-content.ts'

/** Copies are asked for again after a minute: so long may a picture outlive the text that had it. */
const cacheControl = 'public, max-age=60, must-revalidate'

type Parts = Pick<Services, 'desk' | 'readModels'> & { readonly files: Files }

type FileRequest = FastifyRequest<{ Params: { readonly id: string } }>

/**
 * Adds the files of public articles: `/help/files/:id` and `/help/files/:id/preview`. Without a token and a signature
 * they answer what a published text of a public article names, and for anything else as if it were not there.
 */
export function addHelpCentreFiles(app: FastifyInstance, { desk, readModels, files }: Parts): void {
  const publicFile = async ({ params: { id } }: FileRequest): Promise<StoredFile | undefined> => {
    const { helpCentre } = await knowledgeSettings({ desk })
    if (!helpCentre.enabled || !fileIdSchema.safeParse(id).success) return undefined
    const file = await storedFile(id, desk)
    if (file?.status !== 'clean') return undefined
    const owner = parseStream(file.owner)
    if (owner.category !== 'article') return undefined
    const [article] = await readModels.articles.byIds([owner.id])
    if (!article || !isPublicArticle(article)) return undefined
    return (await readModels.articles.publishedFiles(owner.id)).includes(id) ? file : undefined
  }

  app.get('/help/files/:id', async (request: FileRequest, reply: FastifyReply) => {
    const file = await publicFile(request)
    return file ? sendContent(file, request, reply, { files, cacheControl }) : reply.callNotFound()
  })
  app.get('/help/files/:id/preview', async (request: FileRequest, reply: FastifyReply) => {
    const file = await publicFile(request)
    if (!file || !hasPreview(file.mediaType)) return reply.callNotFound()
    // The pictures of an article take turns with all else that is drawn.
    return sendPreview(file, file.owner, request, reply, { files, cacheControl })
  })
}
