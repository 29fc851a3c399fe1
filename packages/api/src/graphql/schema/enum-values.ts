import type { ApiBuilder } from './builder.ts'

/** How the API spells a word of the domain: `waiting_customer` is WAITING_CUSTOMER, `openedAt` OPENED_AT. */
export const constantCase = (word: string): string => word.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase()

/**
 * An enumeration of words of the domain. Nothing but the API spells them in upper case: resolvers are given the words, and answer with them.
 * @param describe says what a word means, where the descriptions of the schema do not.
 */
export function enumOf<const W extends string>(
  builder: ApiBuilder,
  name: string,
  words: readonly W[],
  { description, describe }: { readonly description?: string; readonly describe?: (word: W) => string } = {},
) {
  const values = words.map((value) => [
    constantCase(value),
    { value, ...(describe && { description: describe(value) }) },
  ])
  return builder.enumType(name, {
    ...(description !== undefined && { description }),
    values: Object.fromEntries(values) as Readonly<Record<string, { readonly value: W }>>,
  })
}
