import { categoriesOf } from '@guichet/domain'
import type { Context } from '../../context.ts'
import { readFile } from './read-file.ts'

/** Says what a configuration file holds, if it could be applied. */
export async function run(file: string, { terminal }: Context): Promise<void> {
  const { configuration } = await readFile(file, terminal)
  const { calendars, teams, plans, categories, sla } = configuration
  const numbers = [
    ['calendars', Object.keys(calendars).length],
    ['SLA policies', sla.policies.length],
    ['categories', categoriesOf(categories).size],
    ['teams', teams.length],
    ['plans', plans.length],
  ] as const
  terminal.out(`${file} can be applied: ${numbers.map(([name, count]) => `${name} ${count}`).join(', ')}`)
}
