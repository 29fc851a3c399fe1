import { z } from 'zod'
import type { Actor } from './actor.ts'
import type { EventCatalogue } from './catalogue.ts'
import type { Instant } from './instant.ts'

/** What the data of each type of event must be, by the type's name. */
type EventSchemas = Readonly<Record<string, z.ZodType<object>>>

/** What each type of command must be, by the type's name. */
type CommandSchemas = Readonly<Record<string, z.ZodObject<{ readonly type: z.ZodLiteral<string> }>>>

/** The data of one type of event; an index signature, which zod infers for no data at all, is left out. */
export type EventData<S extends EventSchemas, T extends keyof S> = {
  readonly [K in keyof z.infer<S[T]> as string extends K ? never : K]: z.infer<S[T]>[K]
}

/** An event of these types, each with its data and what every event carries. */
export type EventOf<S extends EventSchemas, T extends keyof S = keyof S> = {
  [U in T]: EventData<S, U> & { readonly type: U; readonly at: Instant; readonly by: Actor }
}[T]

/** A command of these types, as decided on: defaults are filled in. */
export type CommandOf<S extends CommandSchemas, T extends keyof S = keyof S> = { [U in T]: Readonly<z.infer<S[U]>> }[T]

/** A command as a sender writes it: what has a default may be left out. */
export type CommandInput<S extends CommandSchemas> = { [T in keyof S]: Readonly<z.input<S[T]>> }[keyof S]

/** The part of the event catalogue that these types are, all in their first version. */
export const catalogueOf = (schemas: EventSchemas): EventCatalogue =>
  Object.fromEntries(Object.entries(schemas).map(([type, schema]) => [type, { schemaVersion: 1, schema }]))

/** Any command of these types, checked and with its defaults. */
export const anyCommandOf = <S extends CommandSchemas>(schemas: S): z.ZodType<CommandOf<S>, CommandInput<S>> =>
  z.discriminatedUnion('type', Object.values(schemas) as [S[keyof S], ...S[keyof S][]])
