import type { GraphQLSchema } from 'graphql'
import { isEnumType, isInputObjectType, isInterfaceType, isObjectType, isSpecifiedScalarType } from 'graphql'
import { fieldsOfTypes } from './fields-of-types.ts'
import { fields } from './fields.ts'
import { types } from './types.ts'
import { values } from './values.ts'

type Describable = { description?: string | null | undefined }
type Candidate = readonly [key: string, text: string | undefined]

/** Mismatches: names in the schema without a description, and descriptions that nothing in the schema uses. */
type Gaps = { readonly undescribed: readonly string[]; readonly unused: readonly string[] }

/** Adds descriptions to all parts of a schema that have none, and returns the mismatches. */
export function describeSchema(schema: GraphQLSchema): Gaps {
  const undescribed: string[] = []
  const unused = new Set([
    ...Object.keys(types),
    ...Object.keys(fields),
    ...Object.keys(fieldsOfTypes),
    ...Object.entries(values).flatMap(([type, texts]) => Object.keys(texts).map((value) => `${type}#${value}`)),
  ])
  const describe = (what: Describable, name: string, ...candidates: readonly Candidate[]) => {
    if (what.description) return
    const [key, text] = candidates.find(([, each]) => each !== undefined) ?? []
    if (text === undefined || key === undefined) return void undescribed.push(name)
    what.description = text
    unused.delete(key)
  }
  const describeField = (what: Describable, name: string, ...keys: readonly string[]): void =>
    describe(what, name, ...keys.map((key): Candidate => [key, fieldsOfTypes[key] ?? fields[key]]))

  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__') || isSpecifiedScalarType(type)) continue
    describe(type, type.name, [type.name, types[type.name]], ['', derived(type.name)])
    if (isEnumType(type)) {
      for (const value of type.getValues()) {
        const word = String(value.value)
        describe(value, `${type.name}.${value.name}`, [`${type.name}#${word}`, values[type.name]?.[word]])
      }
    } else if (isInputObjectType(type)) {
      for (const field of Object.values(type.getFields())) {
        describeField(field, `${type.name}.${field.name}`, `${type.name}.${field.name}`, field.name)
      }
    } else if (isObjectType(type) || isInterfaceType(type)) {
      for (const field of Object.values(type.getFields())) {
        const name = `${type.name}.${field.name}`
        describeField(field, name, name, field.name)
        for (const arg of field.args) describeField(arg, `${name}.${arg.name}`, `${name}.${arg.name}`, arg.name)
      }
    }
  }
  return { undescribed, unused: [...unused] }
}

/** Describes a type whose name is made of a type or an operation and a suffix. */
function derived(name: string): string | undefined {
  const [, of, part] = /^(\w+?)(Connection|Edge|Input|Payload)$/.exec(name) ?? []
  if (of === undefined || part === undefined) return undefined
  const operation = `\`${of.charAt(0).toLowerCase()}${of.slice(1)}\``
  const sentences: Readonly<Record<string, string>> = {
    Connection: `A page of a list: ${of}.`,
    Edge: `An item of a page, with its cursor: ${of}.`,
    Input: `The input of ${operation}.`,
    Payload: `The payload of ${operation}.`,
  }
  return sentences[part]
}
