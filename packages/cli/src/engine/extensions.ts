import { pathToFileURL } from 'node:url'
import type { OwnAggregates } from '@guichet/domain'
import type { Projection } from '@guichet/projections'
import type { Reaction } from '@guichet/workflows'
import { CommandFault } from '../fault.ts'

/** What a module of your own adds to Guichet: its default export (`GUICHET_WITH`). */
export type Extension = {
  /** Aggregates, by the categories of their streams, as `defineAggregate` makes them. Their deadlines have clocks. */
  readonly aggregates?: OwnAggregates
  /** Read models: tables that the server fills beside its own, to be read in SQL. */
  readonly readModels?: readonly Projection[]
  /** Rules from events to commands. */
  readonly reactions?: readonly Reaction[]
}

/** What all modules add together. */
export type Extensions = Required<Extension>

/**
 * Loads the modules of an environment.
 * @param paths the absolute paths of the modules, each loaded once per process.
 * @throws Fault `config_invalid` for a module that cannot be loaded, has no such default export, or has something under a
 * name that another module has too.
 */
export async function loadExtensions(paths: readonly string[]): Promise<Extensions> {
  const aggregates = new Map<string, OwnAggregates[string]>()
  const readModels = new Map<string, Projection>()
  const reactions = new Map<string, Reaction>()
  for (const path of paths) {
    const extension = await load(path)
    const add = <T>(known: Map<string, T>, what: string, name: string, part: T): void => {
      if (known.has(name)) throw refused(path, `${what} ${name} is there twice`)
      known.set(name, part)
    }
    for (const [category, each] of Object.entries(extension.aggregates ?? {}))
      add(aggregates, 'the aggregate', category, each)
    for (const each of extension.readModels ?? []) add(readModels, 'the read model', each.name, each)
    for (const each of extension.reactions ?? []) add(reactions, 'the reaction', each.name, each)
  }
  return {
    aggregates: Object.fromEntries(aggregates),
    readModels: [...readModels.values()],
    reactions: [...reactions.values()],
  }
}

async function load(path: string): Promise<Extension> {
  let module: { readonly default?: unknown }
  try {
    module = (await import(pathToFileURL(path).href)) as typeof module
  } catch (cause) {
    throw refused(path, `cannot be loaded: ${cause instanceof Error ? cause.message : String(cause)}`, cause)
  }
  const { default: extension } = module
  if (typeof extension !== 'object' || extension === null) throw refused(path, 'has no default export of an extension')
  for (const part of ['aggregates', 'readModels', 'reactions'] as const) {
    const isRight = parts[part]
    const given: unknown = Reflect.get(extension, part)
    if (given !== undefined && !isRight(given)) throw refused(path, `${part} is not what it must be: ${shapes[part]}`)
  }
  const unknown = Object.keys(extension).find((part) => !Object.hasOwn(parts, part))
  if (unknown !== undefined) throw refused(path, `${unknown} is no part of an extension`)
  return extension
}

const isObject = (given: unknown): given is object => typeof given === 'object' && given !== null

/** Whether a value has a name and a method, as far as can be seen before it is used. */
const isNamedWith =
  (method: string) =>
  (given: unknown): boolean =>
    isObject(given) &&
    typeof Reflect.get(given, 'name') === 'string' &&
    typeof Reflect.get(given, method) === 'function'

const isReadModel = (given: unknown): boolean =>
  isNamedWith('project')(given) &&
  isNamedWith('createTables')(given) &&
  isNamedWith('createIndexes')(given) &&
  isObject(given) &&
  Number.isInteger(Reflect.get(given, 'version')) &&
  Array.isArray(Reflect.get(given, 'tables'))

const shapes: Readonly<Record<keyof Extension, string>> = {
  aggregates: 'aggregates by category, as defineAggregate makes them',
  readModels: 'a list, each with a name, a version, tables, createTables, createIndexes and project',
  reactions: 'a list, each with a name and react',
}

const parts: Readonly<Record<keyof Extension, (given: unknown) => boolean>> = {
  aggregates: (given) =>
    isObject(given) && Object.values(given).every((each) => isObject(each) && 'decide' in each && 'events' in each),
  readModels: (given) => Array.isArray(given) && given.every(isReadModel),
  reactions: (given) => Array.isArray(given) && given.every(isNamedWith('react')),
}

/** Runs what uses the aggregates of modules. @throws Fault `config_invalid` for one that cannot be added. */
export function withModules<T>(use: () => T): T {
  try {
    return use()
  } catch (cause) {
    if (!(cause instanceof RangeError) || !cause.message.startsWith('aggregates: ')) throw cause
    throw new CommandFault('config_invalid', `GUICHET_WITH: ${cause.message}`, { cause })
  }
}

/**
 * Returns the read models or reactions of the product and of modules.
 * @throws Fault `config_invalid` for two of one name.
 */
export function refuseTwins<T extends { readonly name: string }>(what: string, all: readonly T[]): readonly T[] {
  const names = new Set<string>()
  for (const { name } of all) {
    if (names.has(name)) throw new CommandFault('config_invalid', `GUICHET_WITH: the ${what} ${name} is the product’s`)
    names.add(name)
  }
  return all
}

const refused = (path: string, why: string, cause?: unknown): CommandFault =>
  new CommandFault('config_invalid', `GUICHET_WITH: ${path}: ${why}`, { cause })
