import type { FastifyReply, FastifyRequest } from 'fastify'
import type { GraphQLError } from 'graphql'
import type { EdgeErrorCode, OnMasked } from '../errors/index.ts'
import { edgeError, maskError } from '../errors/index.ts'
import type { ApiContext } from '../graphql/index.ts'
import { countedResults, drained } from './event-streams.ts'
import { sendFailure } from './failures.ts'
import type { Quotas } from './quotas.ts'
import type { UnreadAnswers } from './unread-answers.ts'
import type { HttpContext, Yoga } from './yoga.ts'

/** Hands requests to Yoga and its answers to the reply, which keeps the headers it has; results of event streams as their readers take them. */
export function createHttpHandler(
  yoga: Yoga,
  quotas: Pick<Quotas, 'exhausted' | 'takeTime'>,
  unread: UnreadAnswers,
  onMasked: OnMasked,
  contextOf: (request: FastifyRequest) => ApiContext,
) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const context: HttpContext = Object.assign(contextOf(request), {
      parameters: parametersOf(request),
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

/** Headers that say how an answer is framed: that is for the HTTP server to say. */
const ofTheConnection: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'transfer-encoding',
])

const isEventStream = ({ headers }: Response): boolean =>
  headers.get('content-type')?.startsWith('text/event-stream') ?? false

/** Answers that Yoga leaves empty say what is wrong too. */
const codesWithoutBody: Readonly<Record<number, EdgeErrorCode>> = {
  406: 'not_acceptable',
  415: 'unsupported_media_type',
}

/** What the client sent, read by the HTTP server already; what it is worth is for Yoga to judge. */
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
