import { isUtf8 } from 'node:buffer'
import type { ServerResponse } from 'node:http'
import { setImmediate } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { GraphQLError } from 'graphql'
import type { Files } from '@guichet/files'
import type { Principal } from '../auth/principal.ts'
import { principalKey } from '../auth/principal.ts'
import type { EdgeErrorCode, OnMasked } from '../errors.ts'
import { edgeError, maskError } from '../errors.ts'
import type { ApiContext } from '../graphql/services.ts'
import { addressOf } from './authentication.ts'
import { sendFailure } from './failures.ts'
import type { Limits } from './limits.ts'
import { filesPerRequest, readMultipart } from './multipart.ts'
import type { Quotas } from './quotas.ts'
import type { HttpContext, Yoga } from './yoga.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The length of its body of JSON, in bytes; 0 for other requests. */
    bodyBytes: number
  }
}

/** Reads bodies of JSON, which are UTF-8: other bytes are refused instead of replaced. */
export function addJsonParser(app: FastifyInstance, mediaTypes: string[] = ['application/json']): void {
  if (!app.hasRequestDecorator('bodyBytes')) app.decorateRequest('bodyBytes', 0)
  const parse = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser<Buffer>(mediaTypes, { parseAs: 'buffer' }, (request, body, done) => {
    request.bodyBytes = body.length
    if (isUtf8(body)) void parse(request, body.toString(), done)
    else done(edgeError('malformed_request', 'the body is not UTF-8'))
  })
}

/**
 * Passes requests to Yoga and its answers to the reply, which keeps its headers. Results of event streams are sent as
 * fast as their readers take them.
 */
export function createHttpHandler(
  yoga: Yoga,
  quotas: Pick<Quotas, 'exhausted' | 'takeTime' | 'takeUploaded'>,
  unread: UnreadAnswers,
  onMasked: OnMasked,
  contextOf: (request: FastifyRequest) => ApiContext,
  files: Files | undefined,
) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const withFiles = request.isMultipart() ? await readFiles(request, reply) : undefined
    try {
      return await answer(request, reply, withFiles?.parameters ?? parametersOf(request), withFiles !== undefined)
    } finally {
      await withFiles?.release()
    }
  }

  /** Reads an operation with files, whose bytes count before they are read, whatever becomes of them. */
  async function readFiles(request: FastifyRequest, reply: FastifyReply) {
    const { principal, headers } = request
    const most = filesPerRequest * (files?.maxBytes ?? 0)
    const bytes = Math.min(most, Number(headers['content-length'] ?? most))
    const refused =
      quotas.exhausted(principal) ?? (principal && quotas.takeUploaded(principal, bytes, addressOf(request)))
    if (!refused) return readMultipart(request, files)
    if (!request.raw.complete) void reply.header('connection', 'close')
    throw refused
  }

  async function answer(
    request: FastifyRequest,
    reply: FastifyReply,
    parameters: unknown,
    hasFiles: boolean,
  ): Promise<FastifyReply> {
    const context: HttpContext = Object.assign(contextOf(request), {
      parameters,
      hasFiles,
      executes: { mutation: false },
      drained: () => drained(reply.raw),
    })
    const refused = quotas.exhausted(request.principal)
    if (refused) throw refused
    const endTime = quotas.takeTime(request.principal)
    let goesOn = false
    try {
      const response = await yoga.handleNodeRequestAndResponse(request.raw, reply.raw, context)
      void reply.status(response.status)
      response.headers.forEach((value, name) => {
        if (!ofTheConnection.has(name.toLowerCase())) void reply.header(name, value)
      })
      const { principal } = request
      if (isEventStream(response) && response.body) {
        goesOn = true
        const overflow = () =>
          JSON.stringify({ errors: [maskError(edgeError('stream_overflow'), request.id, onMasked)] })
        const hold = (bytes: number) => unread.hold(principal, bytes)
        return reply.send(countedResults(response.body, hold, overflow))
      }
      const text = await response.text()
      const code = text === '' ? codesWithoutBody[response.status] : undefined
      if (code) return sendFailure(request, reply, code)
      const bytes = Buffer.byteLength(text)
      const release = context.executes.mutation ? unread.count(principal, bytes) : unread.hold(principal, bytes)
      if (!release) throw tooMuchUnread()
      reply.raw.once('finish', release).once('close', release)
      return reply.send(text)
    } finally {
      endTime(context.budget.waitedMs())
      if (goesOn) context.budget.release()
      else context.budget.close()
    }
  }
}

const tooMuchUnread = (): GraphQLError =>
  edgeError('quota_exceeded', 'too much of what was answered has not been read yet; read it, then ask again')

/** Headers about the framing of an answer, which only the HTTP server sets. */
const ofTheConnection: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'transfer-encoding',
])

const isEventStream = ({ headers }: Response): boolean =>
  headers.get('content-type')?.startsWith('text/event-stream') ?? false

/** The error codes for answers that Yoga leaves empty. */
const codesWithoutBody: Readonly<Record<number, EdgeErrorCode>> = {
  406: 'not_acceptable',
  415: 'unsupported_media_type',
}

/** Returns the parameters that the HTTP server has read. Yoga validates them. */
function parametersOf({ method, body, query }: FastifyRequest): unknown {
  if (method === 'POST') return body
  const sent = query as Readonly<Record<string, unknown>>
  return {
    query: sent['query'],
    operationName: sent['operationName'],
    variables: json(sent, 'variables'),
    extensions: json(sent, 'extensions'),
  }
}

function json(sent: Readonly<Record<string, unknown>>, name: string): unknown {
  const text = sent[name]
  if (typeof text !== 'string' || text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    throw edgeError('malformed_request', `the parameter ${name} is not JSON`)
  }
}

/** Pings and the frame of a result have at most this many bytes, and are not counted. */
const frame = 64

/**
 * Returns the body of an event stream whose results are counted while they wait for their reader. `count` is called
 * before a result is sent, and the next result is read when the connection has taken the one before. A result that is
 * not held is replaced by `refusal`, and ends the stream.
 */
function countedResults(
  body: ReadableStream<Uint8Array>,
  count: (bytes: number) => Release | undefined,
  refusal: () => string,
): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  let release: Release = () => undefined
  let left = false
  return new ReadableStream(
    {
      pull: async (controller) => {
        release()
        const { done, value } = await reader.read()
        if (left) return
        if (done) return controller.close()
        const hold = value.byteLength > frame ? count(value.byteLength) : () => undefined
        if (hold) {
          release = hold
          return controller.enqueue(value)
        }
        controller.enqueue(new TextEncoder().encode(`event: next\ndata: ${refusal()}\n\nevent: complete\ndata:\n\n`))
        controller.close()
        await reader.cancel()
      },
      cancel: async (reason) => {
        left = true
        release()
        await reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
}

/** Waits until a connection has taken all written bytes, or is closed. */
async function drained(response: ServerResponse): Promise<void> {
  // Bytes that were just read from a body are written first.
  await setImmediate()
  if (!response.writableNeedDrain || response.destroyed) return
  await new Promise<void>((resolve) => {
    const end = (): void => {
      response.off('drain', end).off('close', end)
      resolve()
    }
    response.on('drain', end).on('close', end)
  })
}

/** Stops counting an answer that is sent or whose connection is closed. Only the first call counts. */
type Release = () => void

/** Counts the sent answers and results that clients have not read yet: they are in this process's memory. */
export type UnreadAnswers = {
  /** Counts an answer until it is released; undefined if it must not be sent. */
  hold(principal: Principal | undefined, bytes: number): Release | undefined
  /** Counts an answer that is sent in any case. */
  count(principal: Principal | undefined, bytes: number): Release
}

/** The number of principals that may each leave the maximum unread. */
const principals = 8

/** An answer of any length is sent if the principal has nothing else unread and there is room in the process. */
export function createUnreadAnswers({ unreadBytes }: Pick<Limits, 'unreadBytes'>): UnreadAnswers {
  const unread = new Map<string, number>()
  let together = 0
  const add = (name: string, bytes: number): void => {
    const left = (unread.get(name) ?? 0) + bytes
    if (left > 0) unread.set(name, left)
    else unread.delete(name)
    together += bytes
  }
  const counted = (name: string, bytes: number): Release => {
    add(name, bytes)
    let isHeld = true
    return () => {
      if (isHeld) add(name, -bytes)
      isHeld = false
    }
  }
  return {
    hold: (principal, bytes) => {
      const name = nameOf(principal)
      const ofPrincipal = unread.get(name) ?? 0
      const full = together > 0 && together + bytes > principals * unreadBytes
      return full || (ofPrincipal > 0 && ofPrincipal + bytes > unreadBytes) ? undefined : counted(name, bytes)
    },
    count: (principal, bytes) => counted(nameOf(principal), bytes),
  }
}

const nameOf = (principal: Principal | undefined): string => (principal ? principalKey(principal) : '')
