import type { FastifyReply, FastifyRequest } from 'fastify'
import type { EdgeErrorCode } from '../errors/index.ts'
import { edgeError } from '../errors/index.ts'
import type { ApiContext } from '../graphql/index.ts'
import { sendFailure } from './failures.ts'
import type { Quotas } from './quotas.ts'
import type { UnreadAnswers } from './unread-answers.ts'
import type { Yoga } from './yoga.ts'

/** Hands requests to Yoga and its answers to the reply, which keeps the headers it has; event streams flow through. */
export function createHttpHandler(
  yoga: Yoga,
  quotas: Pick<Quotas, 'exhausted' | 'takeTime'>,
  unread: UnreadAnswers,
  contextOf: (request: FastifyRequest) => ApiContext,
) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const context = Object.assign(contextOf(request), { parameters: parametersOf(request) })
    const refused = quotas.exhausted(request.principal)
    if (refused) throw refused
    const endTime = quotas.takeTime(request.principal)
    try {
      const response = await yoga.handleNodeRequestAndResponse(request.raw, reply.raw, context)
      void reply.status(response.status)
      response.headers.forEach((value, name) => {
        if (!ofTheConnection.has(name.toLowerCase())) void reply.header(name, value)
      })
      if (isEventStream(response)) return reply.send(response.body)
      const text = await response.text()
      const code = text === '' ? codesWithoutBody[response.status] : undefined
      if (code) return sendFailure(request, reply, code)
      const tooMuch = unread.hold(request.principal, Buffer.byteLength(text), reply.raw)
      if (tooMuch) throw tooMuch
      return reply.send(text)
    } finally {
      endTime(context.budget.waitedMs())
      context.budget.release()
    }
  }
}

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
