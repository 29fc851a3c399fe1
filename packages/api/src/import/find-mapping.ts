import { readFile } from 'node:fs/promises'
import { inOurWords } from '@guichet/domain'
import { Fault } from '../fault/fault.ts'
import type { Mapping } from './mapping.ts'
import { mappingSchema } from './mapping.ts'
import { inWords } from './mapping-issue.ts'
import { builtInMappings } from './built-in-mappings.ts'

/** The mapping of a name that is built in, or of a JSON file.
 * @throws Fault `mapping_unknown`, `mapping_unreadable` or `mapping_invalid`, which names the faulty field. */
export async function findMapping(nameOrFile: string): Promise<Mapping> {
  if (Object.hasOwn(builtInMappings, nameOrFile)) return parseMapping(builtInMappings[nameOrFile], nameOrFile)
  if (!nameOrFile.endsWith('.json')) {
    throw new Fault('mapping_unknown', `no mapping is called ${nameOrFile}`, {
      next: `use one of ${Object.keys(builtInMappings).join(', ')}, or a .json file`,
    })
  }
  return parseMapping(await readJson(nameOrFile), nameOrFile)
}

/** Checks a mapping and fills in its defaults.
 * @throws Fault `mapping_invalid`, which names the faulty field and says what it may be. */
export function parseMapping(value: unknown, source: string): Mapping {
  const parsed = mappingSchema.safeParse(extended(value, source), inOurWords)
  if (parsed.success) return parsed.data
  throw new Fault('mapping_invalid', `${source}: ${inWords(parsed.error.issues)}`)
}

/** A mapping that `extends` one that is built in has all of its fields but those that it names itself. */
function extended(value: unknown, source: string): unknown {
  if (typeof value !== 'object' || value === null || !('extends' in value)) return value
  const { extends: base, ...own } = value
  if (typeof base === 'string' && Object.hasOwn(builtInMappings, base)) return { ...builtInMappings[base], ...own }
  throw new Fault('mapping_invalid', `${source}: extends: must be one of ${Object.keys(builtInMappings).join(', ')}`)
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch (cause) {
    const reason = cause instanceof SyntaxError ? `is not JSON: ${cause.message}` : 'cannot be read'
    throw new Fault('mapping_unreadable', `the mapping ${file} ${reason}`, { cause })
  }
}
