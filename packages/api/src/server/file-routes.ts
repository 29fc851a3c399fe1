import { Readable } from 'node:stream'
import { create as contentDisposition } from 'content-disposition'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import parseRange from 'range-parser'
import type { Actor, StoredFile } from '@guichet/domain'
import type { LinkQuery, LinkUse } from '@guichet/files'
import { isShownInline, PreviewLater, unknownType } from '@guichet/files'
import type { EdgeErrorCode } from '../errors.ts'
import { edgeError } from '../errors.ts'
import type { FileServices } from '../graphql/stored-content.ts'
import { fileError, storedFile, storeReceived } from '../graphql/stored-content.ts'

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
      handler: (request, reply) => sendContent(request as FileRequest, reply, parts),
    })
    scope.route({
      method: 'GET',
      url: '/files/:id/preview',
      handler: (request, reply) => sendPreview(request as FileRequest, reply, parts),
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

/** Headers of every answer with content: no browser runs it, guesses its type or shows it in a page of the desk. */
const guarded = {
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
  'x-content-type-options': 'nosniff',
  // The link is the permission: pages of other origins show pictures of a chat.
  'cross-origin-resource-policy': 'cross-origin',
  'referrer-policy': 'no-referrer',
  'accept-ranges': 'bytes',
} as const

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

async function sendContent(request: FileRequest, reply: FastifyReply, parts: FileServices): Promise<FastifyReply> {
  const file = await readableFile(request, 'content', parts)
  const { bytes, sha256, name, mediaType } = file
  const inline = isShownInline(mediaType)
  const etag = `"${sha256}"`
  const headers = {
    ...guarded,
    etag,
    'cache-control': 'private, max-age=900',
    'content-type': inline ? mediaType : unknownType,
    'content-disposition': contentDisposition(name, { type: inline ? 'inline' : 'attachment' }),
  }
  const { range: rangeHeader, 'if-range': ifRange, 'if-none-match': ifNoneMatch } = request.headers
  if (ifNoneMatch?.split(',').some((each) => each.trim() === etag)) return reply.status(304).headers(headers).send()
  const ranges =
    rangeHeader !== undefined && (ifRange === undefined || ifRange === etag) ? parseRange(bytes, rangeHeader) : -2
  if (ranges === -1) {
    void reply.header('content-range', `bytes */${bytes}`)
    throw edgeError('range_invalid')
  }
  const [range] = ranges !== -2 && ranges.type === 'bytes' && ranges.length === 1 ? ranges : []
  try {
    const gone = new AbortController()
    request.raw.once('close', () => gone.abort())
    if (request.method === 'HEAD') {
      return await reply.headers({ ...headers, 'content-length': bytes }).send(Readable.from([]))
    }
    const content = await parts.files.read(file, range, gone.signal)
    void reply.headers(headers)
    if (range) {
      const { start, end } = range
      void reply.status(206).header('content-range', `bytes ${start}-${end}/${bytes}`)
      return await reply.header('content-length', end - start + 1).send(content)
    }
    return await reply.header('content-length', bytes).send(content)
  } catch (error) {
    throw fileError(error)
  }
}

async function sendPreview(request: FileRequest, reply: FastifyReply, parts: FileServices): Promise<FastifyReply> {
  const file = await readableFile(request, 'preview', parts)
  try {
    const { reader } = request.query
    const { bytes, content } = await parts.files.preview(file, typeof reader === 'string' ? reader : undefined)
    return await reply
      .headers({
        ...guarded,
        'content-type': 'image/webp',
        'content-length': bytes,
        'cache-control': 'private, max-age=900',
      })
      .send(content)
  } catch (error) {
    if (error instanceof PreviewLater) void reply.header('retry-after', error.afterSeconds)
    throw fileError(error)
  }
}
