import { categoriesOf } from '@guichet/domain'
import { inWords } from '../../../desk-configuration/write-configuration.ts'
import type { Context } from '../../context.ts'
import { readFile } from './read-file.ts'

/** What the command line gives. */
export type Options = { readonly json?: boolean }

/** Says what a configuration file holds, if it could be applied. */
export async function run(file: string, { json }: Options, { terminal }: Context): Promise<void> {
  const { configuration, warnings } = await readFile(file, terminal)
  const { calendars, teams, plans, categories, sla } = configuration
  const numbers = [
    ['calendars', Object.keys(calendars).length],
    ['SLA policies', sla.policies.length],
    ['categories', categoriesOf(categories).size],
    ['teams', teams.length],
    ['plans', plans.length],
  ] as const
  if (json)
    return terminal.out(
      JSON.stringify({ file, holds: Object.fromEntries(numbers), document: inWords(configuration), warnings }),
    )
  terminal.out(`${file} can be applied: ${numbers.map(([name, count]) => `${name} ${count}`).join(', ')}`)
}
