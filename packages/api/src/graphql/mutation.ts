import type { InputFieldMap, InputShapeFromFields, ObjectRef } from '@pothos/core'
import type { z } from 'zod'
import type { StreamCategories, StreamCategory } from '@guichet/domain'
import type { Operation } from '../auth/rights.ts'
import type { ApiBuilder, SchemaTypes } from './builder.ts'
import type { CommandInput, CommandResult } from './command.ts'
import { commandFields, derivedId, send } from './command.ts'
import { viewerOf } from './context.ts'
import type { InputBuilder, Inputs } from './inputs.ts'
import type { ApiContext } from './services.ts'

/** Adds the payload of a mutation, given its name. */
export type AddPayload<R extends CommandResult = CommandResult> = (operation: string) => ObjectRef<SchemaTypes, R>

type MaybePromise<T> = T | Promise<T>

type Mutation<S extends z.ZodObject, Own extends InputFieldMap, R extends CommandResult> = {
  readonly description: string
  readonly payload: AddPayload<R>
  /** The schema that its input follows from. */
  readonly schema: S
  /** The fields of its input besides those of the schema; none by default. */
  readonly fields?: (t: InputBuilder) => Own
  /** What the API adds to the descriptions of the schema. */
  readonly added?: { readonly [K in keyof S['shape']]?: string }
  /** The name of the object in the schema whose fields the input has, in place of the object. */
  readonly part?: string | undefined
  readonly resolve: (data: z.input<S>, input: InputShapeFromFields<Own>, context: ApiContext) => MaybePromise<R>
}

/** Adds a mutation. The data that it is given have the form of the schema, but have not been checked by it. */
export function addMutation<S extends z.ZodObject, Own extends InputFieldMap, R extends CommandResult>(
  builder: ApiBuilder,
  inputs: Inputs,
  operation: string,
  mutation: Mutation<S, Own, R>,
): void {
  const { schema, fields, added, part, description, resolve } = mutation
  const payload: AddPayload = mutation.payload
  const input = inputs.of(operation, schema, fields, added, part)
  builder.mutationField(operation, (t) =>
    t.field({
      type: payload(operation),
      description,
      args: { input: t.arg({ type: input.type, required: true }) },
      resolve: (_, args, context) => {
        const { data, others } = input.read(args.input)
        return resolve(data, others, context)
      },
    }),
  )
}

type SentCommand<T extends string> = CommandInput & {
  /** The id of the stream: that which was given or, of a new one, that which follows from the id of the command. */
  readonly id: string
  readonly type: T
  readonly operation: Operation
}

type CommandMutations<K extends StreamCategory, T extends string> = {
  readonly category: K
  readonly definitions: {
    readonly schemas: {
      readonly [P in NoInfer<T>]: z.ZodObject & z.ZodType<unknown, StreamCategories[K]['command']>
    }
    readonly descriptions: { readonly [P in NoInfer<T>]: string }
  }
  /** The mutation of each command. */
  readonly operations: { readonly [P in T]: Operation }
  readonly payload: AddPayload
  /** What the entity is called in descriptions; by its category by default. */
  readonly noun?: string
  /** The description of the id of the entity. */
  readonly id?: string
  /** The id of the stream of an entity that there is one of: inputs have none. */
  readonly only?: string
  /** The commands that may begin a stream, under an id that follows from that of the command, with what replaces `id` and `noun`. */
  readonly begun?: { readonly [P in NoInfer<T>]?: { readonly id: string; readonly noun?: string } }
  /** The commands whose input has the fields of an object in place of the object, with the name of that. */
  readonly parts?: { readonly [P in NoInfer<T>]?: string }
  /** Carries out a command; by default it is sent to the stream as it is. */
  readonly resolve?: (
    command: StreamCategories[K]['command'],
    sent: SentCommand<T>,
    context: ApiContext,
  ) => MaybePromise<CommandResult>
}

/** Adds a mutation for each of an aggregate's commands that are sent to one stream. */
export function addCommandMutations<K extends StreamCategory, T extends string>(
  builder: ApiBuilder,
  inputs: Inputs,
  entity: CommandMutations<K, T>,
): void {
  const {
    category,
    definitions,
    operations,
    payload,
    noun = `the ${category}`,
    begun: beginnings,
    parts,
    only,
  } = entity
  const { resolve = (command, { id, ...input }, context) => send(context, category, id, command, input) } = entity
  const idField = `${category}Id`
  for (const type in operations) {
    const begins = beginnings?.[type]
    const operation = operations[type]
    addMutation(builder, inputs, operation, {
      description: definitions.descriptions[type],
      payload,
      schema: definitions.schemas[type],
      part: parts?.[type],
      fields: (t) => {
        const description = begins?.id ?? entity.id
        const named: InputFieldMap =
          only === undefined
            ? { [idField]: t.id({ required: !begins, ...(description !== undefined && { description }) }) }
            : {}
        return { ...named, ...commandFields(t, begins?.noun ?? noun) }
      },
      resolve: (command, input, context) => {
        const values: Readonly<Record<string, unknown>> = input
        const { [idField]: chosen } = values
        const id = only ?? (typeof chosen === 'string' ? chosen : derivedId(viewerOf(context), input.commandId))
        return resolve(command, { ...input, id, type, operation }, context)
      },
    })
  }
}
