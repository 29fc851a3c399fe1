import { changesBetween } from '@guichet/domain'
import { readVersions, versionAt } from '../../../desk-configuration/versions.ts'
import { inWords } from '../../../desk-configuration/write-configuration.ts'
import { now } from '../../../engine/engine.ts'
import type { Context } from '../../context.ts'
import { counted } from '../../table.ts'
import { withEngineRepeatedly } from '../../with-engine.ts'
import { inLines } from './changes.ts'
import { readFile } from './read-file.ts'
import { versionOf } from './refused.ts'

/** What the command line gives. */
export type Options = { readonly version?: number; readonly json?: boolean }

/** Prints what differs between the configuration in force, or a version of it, and a file. */
export async function run(file: string, { version: number, json }: Options, context: Context): Promise<void> {
  const { terminal } = context
  const { configuration } = await readFile(file, terminal)
  const versions = await withEngineRepeatedly(context, ({ store }) => readVersions(store))
  const version = number === undefined ? versionAt(versions, now()) : versionOf(versions, number)
  const changes = changesBetween(inWords(version.configuration), inWords(configuration))
  if (json) return terminal.out(JSON.stringify({ version: version.number, changes }))
  if (changes.length === 0) return terminal.out(`${file} says the same as ${version.name}`)
  terminal.out(`from ${version.name} to ${file}: ${counted(changes.length, 'change')}`)
  for (const line of inLines(changes)) terminal.out(line)
}
