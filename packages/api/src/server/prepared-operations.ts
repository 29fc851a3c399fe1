import type { ExecutionArgs, ExecutionResult } from 'graphql'
import { execute, getOperationAST, GraphQLError } from 'graphql'
import type { GraphQLParams, Plugin } from 'graphql-yoga'
import { isAsyncIterable } from 'graphql-yoga'
import { edgeError } from '../errors/index.ts'
import type { OperationRequest, PrepareOperation } from './operations.ts'
import type { Quotas } from './quotas.ts'
import type { Subscribe } from './subscriptions.ts'
import type { HttpContext } from './yoga.ts'

/** Lets Yoga execute operations as every way into the API prepares them: read, validated and measured once. */
export function usePreparedOperations(
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
