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
    const add = <T>(registry: Map<string, T>, what: string, name: string, part: T): void => {
      if (registry.has(name)) throw refused(path, `${what} ${name} is there twice`)
      registry.set(name, part)
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
    const value: unknown = Reflect.get(extension, part)
    if (value !== undefined && !isRight(value)) throw refused(path, `${part} is not what it must be: ${shapes[part]}`)
  }
  const unknown = Object.keys(extension).find((part) => !Object.hasOwn(parts, part))
  if (unknown !== undefined) throw refused(path, `${unknown} is no part of an extension`)
  return extension
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

/** Whether a value has a name and a method, as far as can be seen before it is used. */
const isNamedWith =
  (method: string) =>
  (value: unknown): boolean =>
    isObject(value) &&
    typeof Reflect.get(value, 'name') === 'string' &&
    typeof Reflect.get(value, method) === 'function'

const isReadModel = (value: unknown): boolean =>
  isNamedWith('project')(value) &&
  isNamedWith('createTables')(value) &&
  isNamedWith('createIndexes')(value) &&
  isObject(value) &&
  Number.isInteger(Reflect.get(value, 'version')) &&
  Array.isArray(Reflect.get(value, 'tables'))

const isReaction = (value: unknown): boolean =>
  isNamedWith('react')(value) &&
  isObject(value) &&
  Array.isArray(Reflect.get(value, 'on')) &&
  Number.isInteger(Reflect.get(value, 'among'))

const shapes: Readonly<Record<keyof Extension, string>> = {
  aggregates: 'aggregates by category, as defineAggregate makes them',
  readModels: 'a list, each with a name, a version, tables, createTables, createIndexes and project',
  reactions: 'a list, each with a name, on, among and react, as reaction makes them',
}

const parts: Readonly<Record<keyof Extension, (value: unknown) => boolean>> = {
  aggregates: (value) =>
    isObject(value) && Object.values(value).every((each) => isObject(each) && 'decide' in each && 'events' in each),
  readModels: (value) => Array.isArray(value) && value.every(isReadModel),
  reactions: (value) => Array.isArray(value) && value.every(isReaction),
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
