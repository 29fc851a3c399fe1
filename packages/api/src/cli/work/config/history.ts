import { readVersions, stateOf } from '../../../desk-configuration/versions.ts'
import { now } from '../../../engine/engine.ts'
import type { Context } from '../../context.ts'
import { table } from '../../table.ts'
import { withEngineRepeatedly } from '../../with-engine.ts'

/** What the command line gives. */
export type Options = { readonly json?: boolean }

/** Prints the versions of the configuration, the newest first. */
export async function run({ json }: Options, context: Context): Promise<void> {
  const { terminal } = context
  const versions = await withEngineRepeatedly(context, ({ store }) => readVersions(store))
  const at = now()
  const told = versions
    .slice(1)
    .reverse()
    .map((version) => {
      const { number, effectiveFrom, appliedAt, appliedBy, comment } = version
      return { version: number, state: stateOf(version, versions, at), effectiveFrom, appliedAt, appliedBy, comment }
    })
  if (json) return terminal.out(JSON.stringify(told))
  if (told.length === 0) return terminal.out('nothing was ever applied: the default configuration is in force')
  terminal.out(
    table(
      ['version', 'state', 'from', 'applied', 'by', 'comment'],
      told.map(({ version, state, effectiveFrom, appliedAt, appliedBy, comment }) => [
        String(version),
        state.replace('_', ' '),
        effectiveFrom ?? '',
        appliedAt ?? '',
        appliedBy?.name ?? appliedBy?.id ?? '',
        comment ?? '',
      ]),
    ),
  )
}
