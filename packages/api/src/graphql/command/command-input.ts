import type { InputFieldMap } from '@pothos/core'
import type { ApiBuilder, SchemaTypes } from '../schema/builder.ts'

export type InputBuilder = PothosSchemaTypes.InputFieldBuilder<SchemaTypes, 'InputObject'>

/** What every command brings besides its own data. */
export type CommandInput = { readonly commandId: string; readonly expectedVersion?: number | null | undefined }

/** The fields every input of a mutation has; `versioned` is what its version is of. */
export const commandFields = (t: InputBuilder, versioned: string) => ({
  commandId: t.id({
    required: true,
    description: 'Chosen by you; sending it again answers with the first outcome and changes nothing.',
  }),
  expectedVersion: t.int({
    description: `Refuses the command when ${versioned} is no longer at this version. Not for customers.`,
  }),
})

/** The id of what a command says. */
export const messageIdField = (t: InputBuilder) =>
  t.id({ description: 'Chosen by you, the command id unless given: what attachToTicket takes as messageId.' })

/** Makes the input type of a mutation, named after it. */
export function inputOf<F extends InputFieldMap>(
  builder: ApiBuilder,
  operation: string,
  fields: (t: InputBuilder) => F,
) {
  const name = `${operation.charAt(0).toUpperCase()}${operation.slice(1)}Input`
  return builder.inputType(name, { fields })
}
