import { z } from 'zod'
import type { Actor } from './actor.ts'
import type { PathOf } from './event.ts'
import { instantSchema } from './time.ts'

/** Which kinds of actors may send a command. */
export type Senders = Readonly<Record<Actor['kind'], boolean>>

/**
 * `system` is an actor that acts for others or for the desk itself: a clock, an import, a channel that delivers
 * messages written elsewhere.
 */
export const senders = {
  anyone: { customer: true, agent: true, system: true },
  desk: { customer: false, agent: true, system: true },
  agents: { customer: false, agent: true, system: false },
  customers: { customer: true, agent: false, system: true },
  system: { customer: false, agent: false, system: true },
} as const satisfies Readonly<Record<string, Senders>>

/** The schema of a command as it comes from outside, with the limits that apply at the edge. */
export type CommandSchema = z.ZodObject<{ readonly type: z.ZodLiteral<string> }>

/** The command that the clock sends when a deadline of a stream falls due, with the deadline it waited for. */
export const fireSchema = z.strictObject({
  type: z.literal('fire'),
  kind: z.string().max(200),
  cycle: z.int().nonnegative(),
  dueAt: instantSchema,
})

const internalFields = z.registry()

/**
 * Returns a schema for a field that the API does not have: of a command, which the desk adds or only an import has, or of
 * an event.
 */
export function internal<S extends z.ZodType>(schema: S): S {
  const marked = schema.clone()
  internalFields.add(marked)
  return marked
}

/** Whether the API does not have a field of a command or an event. */
export const isInternal = (schema: z.core.$ZodType): boolean => internalFields.has(schema)

/** The definition of one type of command, whatever its aggregate. Aggregates with a lifecycle add its row. */
export type CommandDefinition<S extends CommandSchema = CommandSchema> = {
  /** What it does, for those who send it: the description of its mutation. */
  readonly description: string
  /** Its fields, whose descriptions are those of the input of its mutation. */
  readonly schema: S
  /** A missing cell does not compile. The API decides which customer, agent or supervisor may send it. */
  readonly sentBy: Senders
  /**
   * The fields, by their paths, that are not its sender's: the desk adds them, and may add others to a repeat, which is
   * the same command.
   */
  readonly addedByDesk?: readonly string[]
}

/** What the desk adds to a command of a schema: the paths are checked by type. */
export type AddedByDesk<S extends CommandSchema> = {
  readonly addedByDesk?: readonly NoInfer<PathOf<z.input<S>>>[]
}

/** The definition of a command of an aggregate without a lifecycle. */
export const defineCommand = <S extends CommandSchema>(
  definition: CommandDefinition<S> & AddedByDesk<S>,
): CommandDefinition<S> => definition

/** The definitions of an aggregate's commands, by the names of their types. */
type CommandDefinitions = Readonly<Record<string, { readonly schema: CommandSchema }>>

/** A command of these types, as passed to `decide`: defaults are filled in. */
export type CommandOf<D extends CommandDefinitions, T extends keyof D = keyof D> = {
  [U in T]: Readonly<z.infer<D[U]['schema']>>
}[T]

/** A command as a sender writes it: fields with a default may be left out. */
export type CommandInput<D extends CommandDefinitions> = { [T in keyof D]: Readonly<z.input<D[T]['schema']>> }[keyof D]

/** Any command of these schemas, checked and with its defaults. */
export const anyCommandOf = <S extends Readonly<Record<string, CommandSchema>>>(
  schemas: S,
): z.ZodType<
  { [T in keyof S]: Readonly<z.infer<S[T]>> }[keyof S],
  { [T in keyof S]: Readonly<z.input<S[T]>> }[keyof S]
> => z.discriminatedUnion('type', Object.values(schemas) as [S[keyof S], ...S[keyof S][]])
