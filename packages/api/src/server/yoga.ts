import type { ExecutionArgs, ExecutionResult, GraphQLSchema } from 'graphql'
import { execute, getOperationAST, GraphQLError } from 'graphql'
import type { GraphQLHTTPExtensions as Head, GraphQLParams, Plugin, YogaServerInstance } from 'graphql-yoga'
import { createYoga, isAsyncIterable } from 'graphql-yoga'
import type { OnMasked } from '../errors.ts'
import { edgeError, edgeErrors, isEdgeErrorCode, maskError, retryAfterSeconds } from '../errors.ts'
import type { ApiContext } from '../graphql/services.ts'
import { connectPrincipal, reportActivity } from '../live/presence.ts'
import { outcomesOf } from '../graphql/operation-outcomes.ts'
import type { MayInspect, OperationRequest, PrepareOperation } from './operations.ts'
import { shownTo } from './operations.ts'
import { endingSoon, pollSecondsOf } from './polled.ts'
import type { Quotas } from './quotas.ts'
import type { Subscribe } from './subscriptions.ts'

/** The context of an operation over HTTP. */
export type HttpContext = ApiContext & {
  /** The client's parameters (query, variables and the like), not yet validated. */
  readonly parameters: unknown
  /** Whether files came with them: their body is no JSON. */
  readonly hasFiles: boolean
  /** Set before an operation is executed. The answer of a mutation is always sent. */
  readonly executes: { mutation: boolean; prepared?: ExecutionArgs }
  /** Waits until the client has taken all sent bytes. */
  readonly drained: () => Promise<void>
}

/** The GraphQL server, which answers requests with the context of an HTTP request or of a WebSocket. */
export type Yoga = YogaServerInstance<HttpContext, object>

/** Yoga's health check cannot be turned off, but no path contains a space. */
const noAddress = ' '

type YogaParts = {
  readonly schema: GraphQLSchema
  readonly path: string
  readonly prepare: PrepareOperation
  readonly subscribe: Subscribe
  readonly onMasked: OnMasked
  readonly mayInspect: MayInspect
  readonly quotas: Pick<Quotas, 'takeWritten'>
}

/**
 * Creates the Yoga server for GraphQL over HTTP: methods, media types, statuses and event streams. Features of the HTTP
 * server around it, such as limits on bodies, CORS, health and logs, are turned off.
 */
export function createGraphqlYoga(parts: YogaParts): Yoga {
  const { schema, path, prepare, subscribe, onMasked, mayInspect, quotas } = parts
  return createYoga<HttpContext>({
    schema,
    graphqlEndpoint: path,
    healthCheckEndpoint: noAddress,
    plugins: [
      usePreparedOperations(prepare, subscribe, quotas),
      useCatalogueErrors(onMasked, mayInspect),
      useOperationOutcomes,
    ],
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

/** Lets Yoga execute operations that are prepared as for every transport: parsed, validated and measured once. */
function usePreparedOperations(
  prepare: PrepareOperation,
  subscribe: Subscribe,
  quotas: Pick<Quotas, 'takeWritten'>,
): Plugin<HttpContext, HttpContext> {
  return {
    onRequestParse: ({ requestParser, setRequestParser, serverContext }) => {
      if (requestParser || serverContext.hasFiles) setRequestParser(() => serverContext.parameters as GraphQLParams)
    },
    onParse: ({ context, setParsedDocument }) => {
      const { params, request } = context
      if (typeof (params.operationName ?? '') !== 'string') throw notAName()
      const prepared = prepare(params as OperationRequest, context)
      if (!('schema' in prepared)) throw new AggregateError(prepared)
      context.executes.prepared = prepared
      if (operationOf(prepared) === 'subscription' && !acceptsEventStream(request)) {
        throw edgeError('malformed_request', 'a subscription needs accept: text/event-stream, or a WebSocket')
      }
      pollSecondsOf(request.url)
      if (operationOf(prepared) === 'mutation') {
        const refused = quotas.takeWritten(context.principal, bytesOf(params))
        if (refused) throw refused
        context.executes.mutation = true
        if (context.principal) reportActivity(context.services.live.presence, context.principal)
      }
      setParsedDocument(prepared.document)
    },
    onValidate: ({ setResult }) => setResult([]),
    onExecute: ({ setExecuteFn }) => setExecuteFn(execute),
    onSubscribe: ({ args, setSubscribeFn }) => {
      setSubscribeFn(subscribe)
      const { request, drained, principal, services } = args.contextValue
      const pollSeconds = pollSecondsOf(request.url)
      return {
        onSubscribeResult: ({ result, setResult }) => {
          if (!isAsyncIterable(result)) return
          const connection = principal && connectPrincipal(services.live.presence, principal)
          const left = (): void => connection?.end()
          endWith(request.signal, result, left)
          const results = endingSoon(result as AsyncGenerator<ExecutionResult>, pollSeconds)
          setResult(paced(results, drained, left))
        },
      }
    },
  }
}

const notAName = (): GraphQLError =>
  new GraphQLError('operationName has to be a string', { extensions: { http: { status: 400 } } })

const operationOf = ({ document, operationName }: ExecutionArgs) => getOperationAST(document, operationName)?.operation

/** Returns the length of an operation as sent, in bytes. */
const bytesOf = ({ query = '', variables }: GraphQLParams): number =>
  Buffer.byteLength(query) + Buffer.byteLength(JSON.stringify(variables ?? {}))

/** Ends a stream when its client disconnects, even before the first result. */
function endWith(signal: AbortSignal, result: AsyncIterableIterator<unknown>, left: () => void): void {
  const end = (): void => {
    left()
    void result.return?.()
  }
  if (signal.aborted) end()
  else signal.addEventListener('abort', end, { once: true })
}

/** Computes a result only when the client has taken the one before. Calls `left` when the stream has ended. */
function paced(
  results: AsyncGenerator<ExecutionResult>,
  drained: () => Promise<void>,
  left: () => void,
): AsyncGenerator<ExecutionResult> {
  return {
    next: async () => {
      await drained()
      const next = await results.next()
      if (next.done) left()
      return next
    },
    return: async (value) => {
      left()
      return results.return(value)
    },
    throw: async (error) => {
      left()
      return results.throw(error)
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

/** Returns whether a client accepts event streams explicitly. */
const acceptsEventStream = ({ headers }: Request): boolean =>
  (headers.get('accept') ?? '')
    .toLowerCase()
    .split(',')
    .some((range) => /^\s*text\/event-stream\s*(;\s*q=[\d.]+\s*)?$/.test(range))

/** Converts all errors, of operations and of Yoga, to errors of the catalogue with the request's id. */
function useCatalogueErrors(onMasked: OnMasked, mayInspect: MayInspect): Plugin<HttpContext, HttpContext> {
  return {
    onResultProcess: ({ request, result, setResult, serverContext: { requestId, principal } }) => {
      if (Array.isArray(result) || isAsyncIterable(result) || !result.errors) return
      const executed = 'data' in result
      const errors = result.errors.map((original) => {
        if (original.extensions['requestId'] !== undefined) return original
        const error = shownTo(original, principal, mayInspect)
        const head = headOfRefusal(error)
        const masked = maskError(head ? refusal(head, error) : causeOf(error), requestId, onMasked)
        if (!executed) masked.extensions['http'] = head ?? notExecuted(masked)
        return masked
      })
      if (!executed || !isUnserved(result.data, errors)) return setResult({ ...result, errors })
      for (const error of errors) error.extensions['http'] = headOf(503)
      setResult(acceptsStatuses(request) ? { errors } : { ...result, errors })
    },
  }
}

/** Measures how operations end. Their errors are those of the catalogue by then. */
const useOperationOutcomes: Plugin<HttpContext, HttpContext> = {
  onResultProcess: ({ result, serverContext: { services, executes, refusals } }) => {
    if (!services.onOperation || Array.isArray(result)) return
    const answered = isAsyncIterable(result) ? {} : result
    outcomesOf(executes.prepared, answered, refusals).forEach((outcome) => services.onOperation?.(outcome))
  },
}

const statusOf = ({ extensions: { code } }: GraphQLError): number =>
  isEdgeErrorCode(code) ? edgeErrors[code].status : 400

/** `spec`: an answer of type `application/json` keeps the status 200. */
const headOf = (status: number): Head => ({
  status,
  spec: true,
  ...(status === 503 && { headers: { 'retry-after': String(retryAfterSeconds) } }),
})

const notExecuted = (error: GraphQLError): Head => headOf(statusOf(error))

/** Whether nothing of an operation was answered, because what it reads or writes does not answer now. */
const isUnserved = (data: unknown, errors: readonly GraphQLError[]): boolean =>
  Object.values(data ?? {}).every((value) => value === null) && errors.every((error) => statusOf(error) === 503)

/** Whether the status of an answer depends on its content: without `data` it is the status of its errors. */
const acceptsStatuses = ({ headers }: Request): boolean =>
  (headers.get('accept') ?? '').toLowerCase().includes('application/graphql-response+json')

/** Returns the head of the answer to a request that Yoga refuses; undefined for every other error. */
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
