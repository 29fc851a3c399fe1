import type { GraphQLFieldResolver, GraphQLSchema } from 'graphql'
import { rights } from '../../auth/index.ts'
import type { Operation } from '../../auth/index.ts'
import type { ApiContext } from './context.ts'
import { authorize } from './context.ts'

/**
 * Puts the rights table in front of every root field, so that no resolver can be reached without it.
 * @throws Error when a root field has no row in the table, or a row has no root field.
 */
export function guardOperations(schema: GraphQLSchema): GraphQLSchema {
  const unguarded = new Set<string>(Object.keys(rights))
  for (const type of [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]) {
    for (const field of Object.values(type?.getFields() ?? {})) {
      const operation = field.name
      if (!isOperation(operation)) throw new Error(`the rights table says nothing about ${operation}`)
      unguarded.delete(operation)
      if (field.subscribe) field.subscribe = guarded(operation, field.subscribe)
      else field.resolve = guarded(operation, field.resolve)
    }
  }
  if (unguarded.size > 0) throw new Error(`no operation is named ${[...unguarded].join(', ')}`)
  return schema
}

type Resolver = GraphQLFieldResolver<unknown, ApiContext>

function guarded(operation: Operation, resolve: Resolver | undefined): Resolver {
  if (!resolve) throw new Error(`${operation} resolves nothing`)
  return (source, args, context, info) => {
    authorize(operation, context)
    return resolve(source, args, context, info)
  }
}

const isOperation = (name: string): name is Operation => Object.hasOwn(rights, name)
