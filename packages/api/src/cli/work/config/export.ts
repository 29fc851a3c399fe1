import { writeFile } from 'node:fs/promises'
import type { Instant } from '@guichet/domain'
import type { AppliedVersion } from '../../../desk-configuration/versions.ts'
import { readVersions, versionAt } from '../../../desk-configuration/versions.ts'
import { inWords, writeConfiguration } from '../../../desk-configuration/write-configuration.ts'
import { now } from '../../../engine/engine.ts'
import { Fault } from '../../../fault/fault.ts'
import type { Context } from '../../context.ts'
import { oneLine } from '../../report-fault.ts'
import { withEngineRepeatedly } from '../../with-engine.ts'
import { versionOf } from './refused.ts'

/** What the command line gives. */
export type Options = {
  readonly version?: number
  readonly at?: Instant
  readonly output?: string
  readonly force?: boolean
  readonly json?: boolean
}

/** Writes a version of the configuration as a file that can be applied. */
export async function run({ version: number, at, output, force, json }: Options, context: Context): Promise<void> {
  if (number !== undefined && at !== undefined) throw new Fault('usage', '--version and --at exclude one another')
  const versions = await withEngineRepeatedly(context, ({ store }) => readVersions(store))
  const version = number === undefined ? versionAt(versions, at ?? now()) : versionOf(versions, number)
  const text = json
    ? `${JSON.stringify(asJson(version))}\n`
    : writeConfiguration(version.configuration, heading(version))
  if (output === undefined) return context.terminal.out(text.trimEnd())
  await writeFile(output, text, { flag: force ? 'w' : 'wx' }).catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === 'EEXIST' ? 'it is there already; --force replaces it' : (cause.code ?? cause.message)
    throw new Fault('output_unwritable', `${output} cannot be written (${why})`, { cause })
  })
  context.terminal.out(`${version.name} is in ${output}`)
}

const asJson = ({ number, name, effectiveFrom, appliedAt, appliedBy, comment, configuration }: AppliedVersion) => ({
  version: number,
  name,
  effectiveFrom,
  appliedAt,
  appliedBy,
  comment,
  document: inWords(configuration),
})

function heading({ name, effectiveFrom, appliedAt, appliedBy, comment }: AppliedVersion): readonly string[] {
  if (effectiveFrom === undefined) return [`${name}: what a desk is run by until a configuration has been applied.`]
  return [
    `${name}: in force from ${effectiveFrom}.`,
    `Applied at ${appliedAt} by ${appliedBy?.name ?? appliedBy?.id}${comment === undefined ? '.' : `: ${oneLine(comment)}`}`,
  ]
}
