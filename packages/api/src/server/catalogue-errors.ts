import { GraphQLError } from 'graphql'
import type { GraphQLHTTPExtensions as Head, Plugin } from 'graphql-yoga'
import { isAsyncIterable } from 'graphql-yoga'
import type { OnMasked } from '../errors/index.ts'
import { edgeError, edgeErrors, isEdgeErrorCode, maskError } from '../errors/index.ts'
import type { MayInspect } from './hints.ts'
import { shownTo } from './hints.ts'
import type { HttpContext } from './yoga.ts'

/** Tells clients of errors by the catalogue and with the request's id: those of operations, and Yoga's own. */
export function useCatalogueErrors(onMasked: OnMasked, mayInspect: MayInspect): Plugin<HttpContext, HttpContext> {
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
