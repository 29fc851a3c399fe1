import type { FieldMap, OutputRef } from '@pothos/core'
import type { DefinedCode, Refusal } from '@guichet/domain'
import { isRefusalCode, refusalMessages } from '@guichet/domain'
import type { SchemaParts, SchemaTypes } from './builder.ts'
import type { CommandResult } from './command.ts'
import type { AddPayload } from './mutation.ts'
import { deskOnly } from './readers.ts'
import type { ApiContext } from './services.ts'
import { enumOf } from './vocabulary.ts'

type PayloadParts = {
  /** What `readModelsReached` waits for. */
  readonly reached: string
  /** The read models that it waits for; it is always true without. */
  readonly models?: (result: CommandResult) => readonly string[]
  /** The fields of the payload besides those of every payload. */
  readonly fields?: (t: PothosSchemaTypes.ObjectFieldBuilder<SchemaTypes, CommandResult>) => FieldMap
}

/** What the payload of the mutations of an entity says of it. */
type EntityPayload<T> = {
  /** The read models that show it. */
  readonly models: readonly string[]
  /** What `readModelsReached` waits for. */
  readonly reached: string
  readonly description?: string
  /** Reads the entity as the command left it. */
  readonly read: (
    id: string,
    context: ApiContext,
    executed: CommandResult['executed'],
  ) => Promise<T | null | undefined> | T | null | undefined
}

/** Adds the payload types of mutations, with the entity, the position and version of the command, and the reasons of a refusal. */
export function addResultTypes({ builder }: SchemaParts) {
  const codes = Object.keys(refusalMessages) as DefinedCode[]
  const code = enumOf(builder, 'UserErrorCode', codes, { describe: (word) => sentence(refusalMessages[word]) })
  const userError = builder.objectRef<Pick<Refusal, 'code' | 'message' | 'field' | 'opensAt'>>('UserError').implement({
    description: 'The reason why a command was refused; docs/errors.md explains each code.',
    fields: (t) => ({
      code: t.field({ type: code, resolve: ({ code }) => (isRefusalCode(code) ? code : 'invalid_command') }),
      message: t.exposeString('message'),
      path: t.stringList({
        description:
          'The path of the faulty argument, such as ["input", "customer", "email"]; empty if no argument is at fault.',
        resolve: ({ field }) =>
          field === undefined ? [] : ['input', ...field.split(/[.[\]]+/).filter((part) => part !== '')],
      }),
      field: t.exposeString('field', {
        nullable: true,
        description: 'The same path below `input` as one text, such as customer.email.',
      }),
      opensAt: t.expose('opensAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When the channel of chat opens, after `CHAT_CLOSED_NOW`.',
      }),
    }),
  })

  const payload = builder.interfaceRef<CommandResult>('MutationPayload').implement({
    fields: (t) => ({
      position: t.string({
        nullable: true,
        description: 'The position of the command’s last event in the global order; null if it stored none.',
        resolve: ({ executed }) => executed?.position,
      }),
      version: t.int({
        nullable: true,
        description: 'The version after the command; null for customers.',
        extensions: deskOnly,
        resolve: ({ executed }) => executed?.version,
      }),
      repeated: t.boolean({
        description: 'Whether the command is a repeat; this is then its first outcome.',
        resolve: ({ executed }) => executed?.repeated ?? false,
      }),
      readModelsReached: t.boolean({
        description:
          'Waits until the read models show the change to everybody; false if that takes too long. Your own queries always wait for your own changes.',
        resolve: () => {
          throw new Error('each payload says which read models it waits for')
        },
      }),
      userErrors: t.expose('userErrors', { type: [userError] }),
    }),
  })

  /** Returns what adds the payload of a mutation. */
  const payloadWith =
    ({ reached, models, fields }: PayloadParts): AddPayload =>
    (operation) =>
      builder.objectRef<CommandResult>(payloadOf(operation)).implement({
        interfaces: [payload],
        fields: (t) => ({
          readModelsReached: t.boolean({
            description: reached,
            resolve: (result, _, { shows }) => (models ? shows(models(result)) : true),
          }),
          ...fields?.(t),
        }),
      })

  /** Returns what adds the payload of a mutation: it has the entity after the command in a field of this name. */
  const entityPayload = <T>(field: string, type: OutputRef<T>, entity: EntityPayload<T>): AddPayload => {
    const { models, reached, description, read } = entity
    const untyped: OutputRef = type
    return payloadWith({
      reached,
      models: () => models,
      fields: (t) => ({
        [field]: t.field({
          type: untyped,
          nullable: true,
          ...(description !== undefined && { description }),
          resolve: ({ id, executed }, _, context): unknown =>
            id === undefined ? undefined : read(id, context, executed),
        }),
      }),
    })
  }

  /** The payload of a mutation that changes nothing that is read from a read model. */
  const plainPayload = payloadWith({ reached: 'Always true: no read model shows it.' })

  return { payload, payloadWith, entityPayload, plainPayload }
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`

/** Returns the name of the payload type of a mutation. */
export const payloadOf = (operation: string): string =>
  `${operation.charAt(0).toUpperCase()}${operation.slice(1)}Payload`
