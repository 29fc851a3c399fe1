import type { GraphQLSchema } from 'graphql'
import type { YogaServerInstance } from 'graphql-yoga'
import { createYoga } from 'graphql-yoga'
import type { OnMasked } from '../errors/index.ts'
import type { ApiContext } from '../graphql/index.ts'
import { useCatalogueErrors } from './catalogue-errors.ts'
import type { MayInspect } from './hints.ts'
import type { PrepareOperation } from './operations.ts'
import { usePreparedOperations } from './prepared-operations.ts'
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
