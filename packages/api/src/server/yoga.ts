import type { ExecutionArgs, ExecutionResult, GraphQLSchema } from 'graphql'
import { execute, getOperationAST, GraphQLError } from 'graphql'
import type { GraphQLHTTPExtensions as Head, GraphQLParams, Plugin, YogaServerInstance } from 'graphql-yoga'
import { createYoga, isAsyncIterable } from 'graphql-yoga'
import type { OnMasked } from '../errors.ts'
import { edgeError, edgeErrors, isEdgeErrorCode, maskError } from '../errors.ts'
import type { ApiContext } from '../graphql/services.ts'
import type { MayInspect, OperationRequest, PrepareOperation } from './operations.ts'
import { shownTo } from './operations.ts'
import type { Quotas } from './quotas.ts'
import type { Subscribe } from './subscriptions.ts'

/** What an operation that comes over HTTP is executed with. */
export type HttpContext = ApiContext & {
  /** What the client sent: query, variables and the like, of any shape. */
  readonly parameters: unknown
  /** Set when a mutation is about to be executed, whose answer is sent in any case. */
  readonly executes: { mutation: boolean }
  /** Waits until the client has taken what was sent. */
  readonly drained: () => Promise<void>
}

export type Yoga = YogaServerInstance<HttpContext, object>

/** Yoga's health check cannot be turned off, but no address has a space in it. */
const noAddress = ' '

/**
 * GraphQL over HTTP as Yoga speaks it: methods, media types, statuses and event streams. What the HTTP server around it
 * has done already, such as limits on bodies, CORS, health and logs, is turned off.
 */
export function createGraphqlYoga(
  schema: GraphQLSchema,
  path: string,
  prepare: PrepareOperation,
  subscribe: Subscribe,
  onMasked: OnMasked,
  mayInspect: MayInspect,
  quotas: Pick<Quotas, 'takeWritten'>,
): Yoga {
  return createYoga<HttpContext>({
    schema,
    graphqlEndpoint: path,
    healthCheckEndpoint: noAddress,
    plugins: [usePreparedOperations(prepare, subscribe, quotas), useCatalogueErrors(onMasked, mayInspect)],
    batching: false,
    cors: false,
    graphiql: false,
    landingPage: false,
    logging: false,
    maskedErrors: false,
    multipart: false,
    parserAndValidationCache: false,
  })
}

/** Lets Yoga execute operations as every way into the API prepares them: read, validated and measured once. */
function usePreparedOperations(
  prepare: PrepareOperation,
  subscribe: Subscribe,
  quotas: Pick<Quotas, 'takeWritten'>,
): Plugin<HttpContext, HttpContext> {
  return {
    onRequestParse: ({ requestParser, setRequestParser, serverContext }) => {
      if (requestParser) setRequestParser(() => serverContext.parameters as GraphQLParams)
    },
    onParse: ({ context, setParsedDocument }) => {
      const { params, request } = context
      if (typeof (params.operationName ?? '') !== 'string') throw notAName()
      const prepared = prepare(params as OperationRequest, context)
      if (!('schema' in prepared)) throw new AggregateError(prepared)
      if (operationOf(prepared) === 'subscription' && !acceptsEventStream(request)) {
        throw edgeError('malformed_request', 'a subscription needs accept: text/event-stream, or a WebSocket')
      }
      if (operationOf(prepared) === 'mutation') {
        const refused = quotas.takeWritten(context.principal, bytesOf(params))
        if (refused) throw refused
        context.executes.mutation = true
      }
      setParsedDocument(prepared.document)
    },
    onValidate: ({ setResult }) => setResult([]),
    onExecute: ({ setExecuteFn }) => setExecuteFn(execute),
    onSubscribe: ({ args, setSubscribeFn }) => {
      setSubscribeFn(subscribe)
      const { request, drained } = args.contextValue
      return {
        onSubscribeResult: ({ result, setResult }) => {
          if (!isAsyncIterable(result)) return
          endWith(request.signal, result)
          setResult(paced(result as AsyncGenerator<ExecutionResult>, drained))
        },
      }
    },
  }
}

const notAName = (): GraphQLError =>
  new GraphQLError('operationName has to be a string', { extensions: { http: { status: 400 } } })

const operationOf = ({ document, operationName }: ExecutionArgs) => getOperationAST(document, operationName)?.operation

/** How long an operation is as it was sent, in bytes. */
const bytesOf = ({ query = '', variables }: GraphQLParams): number =>
  Buffer.byteLength(query) + Buffer.byteLength(JSON.stringify(variables ?? {}))

/** Ends a stream when its client leaves, even before it has begun to flow. */
function endWith(signal: AbortSignal, result: AsyncIterableIterator<unknown>): void {
  const end = (): void => void result.return?.()
  if (signal.aborted) end()
  else signal.addEventListener('abort', end, { once: true })
}

/** Makes a result only when the client has taken the one before. */
function paced(
  results: AsyncGenerator<ExecutionResult>,
  drained: () => Promise<void>,
): AsyncGenerator<ExecutionResult> {
  return {
    next: async () => {
      await drained()
      return results.next()
    },
    return: async (value) => results.return(value),
    throw: async (error) => results.throw(error),
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

/** Whether a client accepts event streams by their name. */
const acceptsEventStream = ({ headers }: Request): boolean =>
  (headers.get('accept') ?? '')
    .toLowerCase()
    .split(',')
    .some((range) => /^\s*text\/event-stream\s*(;\s*q=[\d.]+\s*)?$/.test(range))

/** Tells clients of errors by the catalogue and with the request's id: those of operations, and Yoga's own. */
function useCatalogueErrors(onMasked: OnMasked, mayInspect: MayInspect): Plugin<HttpContext, HttpContext> {
  return {
    onResultProcess: ({ result, setResult, serverContext: { requestId, principal } }) => {
      if (Array.isArray(result) || isAsyncIterable(result) || !result.errors) return
      const executed = 'data' in result
      const errors = result.errors.map((given) => {
        if (given.extensions['requestId'] !== undefined) return given
        const error = shownTo(given, principal, mayInspect)
        const head = headOfRefusal(error)
        const told = maskError(head ? refusal(head, error) : causeOf(error), requestId, onMasked)
        if (!executed) told.extensions['http'] = head ?? notExecuted(told)
        return told
      })
      setResult({ ...result, errors })
    },
  }
}

/** `spec`: an answer of the type `application/json` keeps the status 200. */
const notExecuted = ({ extensions }: GraphQLError): Head => {
  const { code } = extensions
  return { status: isEdgeErrorCode(code) && edgeErrors[code].status < 500 ? edgeErrors[code].status : 400, spec: true }
}

/** What the answer to a request has to be that Yoga itself refuses; undefined for every other error. */
function headOfRefusal({ extensions }: GraphQLError): Head | undefined {
  const { http, code } = extensions
  return http && !isEdgeErrorCode(code) ? { ...http, spec: false } : undefined
}

const refusal = ({ status }: Head, { message }: GraphQLError): GraphQLError =>
  status === 405 ? edgeError('method_not_allowed') : edgeError('malformed_request', message)

/** An error from outside any operation: Yoga wraps what is thrown there. */
const causeOf = (error: GraphQLError): unknown =>
  error.path === undefined && error.originalError && !(error.originalError instanceof GraphQLError)
    ? error.originalError
    : error
