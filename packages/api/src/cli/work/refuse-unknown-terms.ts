import type { Desk, Instant } from '@guichet/domain'
import type { ReadModels, SlaFilter } from '@guichet/projections'
import type { FaultCode } from '../../fault/catalogue.ts'
import { Fault } from '../../fault/fault.ts'

type Known = { readonly size: number; has(name: string): boolean }
type Asked = { readonly category?: string; readonly team?: string; readonly centre?: string }

/**
 * Refuses a name that can be nothing but a typing error: the configuration in force has others of its kind, and no SLA target has ever
 * been of it, so that the figures of what it has dropped stay within reach.
 * @throws Fault `category_unknown`, `team_unknown` or `centre_unknown`.
 */
export async function refuseUnknownTerms(
  { category, team, centre }: Asked,
  { desk, readModels }: { readonly desk: Desk; readonly readModels: ReadModels },
  asOf: Instant,
): Promise<void> {
  const refuse = async (kind: keyof typeof codes, name: string, known: Known | undefined, filter: SlaFilter) => {
    if (!known?.size || known.has(name)) return
    const { groups } = await readModels.sla.dashboard({ by: kind, filter, period: {} }, asOf)
    if (groups.length === 0) throw new Fault(codes[kind], `the desk has no ${kind} ${name}, nor any SLA target of one`)
  }
  const { categories, teams } = (await desk.terms()).policy
  if (category !== undefined) await refuse('category', category, categories, { category: [category] })
  if (team !== undefined) await refuse('team', team, teams, { team: [team] })
  if (centre === undefined) return
  const { centres = [] } = (await desk.configuration())?.followTheSun ?? {}
  await refuse('centre', centre, new Set(centres.map(({ id }) => id)), { centre: [centre] })
}

const codes = {
  category: 'category_unknown',
  team: 'team_unknown',
  centre: 'centre_unknown',
} as const satisfies Readonly<Record<string, FaultCode>>
