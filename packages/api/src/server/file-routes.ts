import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Actor, StoredFile } from '@guichet/domain'
import type { LinkQuery, LinkUse } from '@guichet/files'
import type { EdgeErrorCode } from '../errors.ts'
import { edgeError } from '../errors.ts'
import type { FileServices } from '../graphql/stored-content.ts'
import { fileError, storedFile, storeReceived } from '../graphql/stored-content.ts'
import { sendContent, sendPreview } from './file-content.ts'

type FileRequest = FastifyRequest<{
  Params: { readonly id: string }
  Querystring: LinkQuery
}>

/**
 * Adds the addresses of files: `PUT` or `POST /files/:id/upload`, `GET /files/:id/content` and `/files/:id/preview`. They
 * take a signed link in place of a token.
 */
export async function addFileRoutes(app: FastifyInstance, parts: FileServices): Promise<void> {
  const transfers: Transfers = new Map()
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    // The body of an upload is its content, and is read by the handler.
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null))
    scope.route({
      method: ['PUT', 'POST'],
      url: '/files/:id/upload',
      config: { takesFiles: true },
      handler: (request, reply) => receive(request as FileRequest, reply, parts, transfers),
    })
    scope.route({
      method: 'GET',
      url: '/files/:id/content',
      handler: async (request, reply) => {
        const file = await readableFile(request as FileRequest, 'content', parts)
        return sendContent(file, request, reply, { files: parts.files, cacheControl })
      },
    })
    scope.route({
      method: 'GET',
      url: '/files/:id/preview',
      handler: async (request, reply) => {
        const file = await readableFile(request as FileRequest, 'preview', parts)
        const { reader } = (request as FileRequest).query
        const turn = typeof reader === 'string' ? reader : undefined
        return sendPreview(file, turn, request, reply, { files: parts.files, cacheControl })
      },
    })
  })
}

/** Throws `link_invalid` or `link_expired` unless the request carries a valid link. */
function checkLink({ params: { id }, query }: FileRequest, use: LinkUse, { files }: FileServices): string {
  const checked = files.links.check(id, use, query, new Date())
  if (checked !== 'valid') throw edgeError(checked === 'expired' ? 'link_expired' : 'link_invalid')
  return id
}

/** The transfers under way, by the id of their upload. */
type Transfers = Map<string, AbortController>

/**
 * Receives the content of a granted upload, checks it, stores it and records the file. A further transfer of an upload
 * ends the one before, whose client may be gone.
 */
async function receive(
  request: FileRequest,
  reply: FastifyReply,
  parts: FileServices,
  transfers: Transfers,
): Promise<FastifyReply> {
  const { files } = parts
  // What is refused before all of it has come is answered at once, and its connection ends with the answer.
  if (!request.raw.complete) void reply.header('connection', 'close')
  const id = checkLink(request, 'upload', parts)
  const earlierFile = await storedFile(id, parts.desk)
  if (earlierFile && (earlierFile.status === 'deleted' || (await files.ledger.settle(id)))) {
    return reply.status(200).send(shownFile(id, earlierFile))
  }
  const upload = await files.ledger.granted(id)
  if (!upload) throw edgeError('link_expired')
  const announced = request.headers['content-length']
  if (announced !== undefined && Number(announced) !== upload.bytes) {
    throw edgeError('upload_incomplete', `the upload was granted for ${upload.bytes} bytes, not ${announced}`)
  }
  const gone = new AbortController()
  request.raw.once('close', () => {
    if (!request.raw.complete) gone.abort(edgeError('upload_incomplete'))
  })
  transfers.get(id)?.abort(edgeError('upload_incomplete', 'another transfer of this upload has begun'))
  transfers.set(id, gone)
  try {
    // The connection outlives what is refused, so that the answer can be sent.
    const body = Readable.from(request.raw.iterator({ destroyOnReturn: false }), { objectMode: false })
    const { name, bytes } = upload
    const receiving = { name, maxBytes: files.maxBytes, announced: bytes, signal: gone.signal }
    const received = await files.receiver.receive(body, receiving)
    let file: StoredFile
    try {
      file = await storeReceived(received, { ...upload, by: upload.by as Actor }, parts)
    } finally {
      await received.discard()
    }
    void reply.removeHeader('connection')
    return await reply.status(201).send(shownFile(id, file))
  } catch (error) {
    throw fileError(error)
  } finally {
    if (transfers.get(id) === gone) transfers.delete(id)
  }
}

const shownFile = (id: string, { name, bytes, sha256, mediaType, status }: StoredFile) => ({
  file: { id: `File~${id}`, name, bytes, sha256, mediaType, status: status.toUpperCase() },
})

/** The link is the permission: nobody but its bearer keeps what it leads to. */
const cacheControl = 'private, max-age=900'

/** Why a file may not be read. */
const withheld = {
  quarantined: 'file_in_quarantine',
  infected: 'file_withheld',
  deleted: 'file_deleted',
} as const satisfies Readonly<Record<string, EdgeErrorCode>>

/** The file of a valid link, which may be read. */
async function readableFile(request: FileRequest, use: LinkUse, parts: FileServices): Promise<StoredFile> {
  const file = await storedFile(checkLink(request, use, parts), parts.desk)
  if (!file) throw edgeError('file_unknown')
  if (file.status !== 'clean') throw edgeError(withheld[file.status])
  return file
}
