import { Readable } from 'node:stream'
import { create as contentDisposition } from 'content-disposition'
import type { FastifyReply, FastifyRequest } from 'fastify'
import parseRange from 'range-parser'
import type { StoredFile } from '@guichet/domain'
import type { Files } from '@guichet/files'
import { isShownInline, PreviewLater, unknownType } from '@guichet/files'
import { edgeError } from '../errors.ts'
import { fileError } from '../graphql/stored-content.ts'

/** How a file that its reader may load is answered. */
type Sending = {
  readonly files: Files
  /** The header `Cache-Control` of the answer. */
  readonly cacheControl: string
}

/** Headers of every answer with content: no browser runs it, guesses its type or shows it in a page of the desk. */
const guarded = {
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
  'x-content-type-options': 'nosniff',
  // The link is the permission: pages of other origins show pictures of a chat.
  'cross-origin-resource-policy': 'cross-origin',
  'referrer-policy': 'no-referrer',
  'accept-ranges': 'bytes',
} as const

/** Whether a header `If-None-Match` names a version that the client has (RFC 9110, 13.1.2). */
export const holds = (header: string | undefined, etag: string): boolean =>
  (header ?? '').split(',').some((each) => ['*', etag, `W/${etag}`].includes(each.trim()))

/** Answers with the content of a file, or the part of it that the request names. */
export async function sendContent(
  file: StoredFile,
  request: FastifyRequest,
  reply: FastifyReply,
  { files, cacheControl }: Sending,
): Promise<FastifyReply> {
  const { bytes, sha256, name, mediaType } = file
  const inline = isShownInline(mediaType)
  const etag = `"${sha256}"`
  const headers = {
    ...guarded,
    etag,
    'cache-control': cacheControl,
    'content-type': inline ? mediaType : unknownType,
    'content-disposition': contentDisposition(name, { type: inline ? 'inline' : 'attachment' }),
  }
  const { range: rangeHeader, 'if-range': ifRange, 'if-none-match': ifNoneMatch } = request.headers
  if (holds(ifNoneMatch, etag)) return reply.status(304).headers(headers).send()
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
    const content = await files.read(file, range, gone.signal)
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

/**
 * Answers with the preview of a picture.
 * @param turn whoever waits for it: pictures that are not drawn yet are drawn in turns.
 */
export async function sendPreview(
  file: StoredFile,
  turn: string | undefined,
  request: FastifyRequest,
  reply: FastifyReply,
  { files, cacheControl }: Sending,
): Promise<FastifyReply> {
  const headers = { ...guarded, etag: `"${file.sha256}.preview"`, 'cache-control': cacheControl }
  if (holds(request.headers['if-none-match'], headers.etag)) return reply.status(304).headers(headers).send()
  try {
    const { bytes, content } = await files.preview(file, turn)
    return await reply.headers({ ...headers, 'content-type': 'image/webp', 'content-length': bytes }).send(content)
  } catch (error) {
    if (error instanceof PreviewLater) void reply.header('retry-after', error.afterSeconds)
    throw fileError(error)
  }
}
