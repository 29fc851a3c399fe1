import type { Desk, SlaPolicy, TicketPolicy } from '@guichet/domain'
import { versionName } from '@guichet/domain'
import type { KnownTerms } from '@guichet/projections'
import { knownTerms } from '@guichet/projections'
import type { Versions } from './versions.ts'
import { readVersions } from './versions.ts'

/** All that a desk has ever been run by, whatever has taken its place since. */
export type TermsHistory = {
  /** What was known of the terms at each instant. */
  known(): Promise<KnownTerms>
  /** The table of SLA policies of a version, as events name it; undefined where no such version is known. */
  policiesOf(version: string): Promise<readonly SlaPolicy[] | undefined>
  /** After how much elapsed time a version alerts the desk, in milliseconds; undefined where no such version is known. */
  alertsOf(version: string): Promise<Alerts | undefined>
}

export type Alerts = Pick<TicketPolicy, 'stagnationAfter' | 'urgentUpdateEvery'>

/** The history of a desk's terms, read when it is first needed, and once. */
export function termsHistory({ store, base, terms }: Pick<Desk, 'store' | 'base' | 'terms'>): TermsHistory {
  let reading: Promise<Versions> | undefined
  const history = async () => (await (reading ??= readVersions(store))).flatMap(({ stored: event }) => event ?? [])
  const knownAs = async (version: string) =>
    (await terms()).timeline.find(({ policy }) => policy.version === version)?.policy
  const appliedAs = async (version: string) =>
    (await history()).find(({ number }) => versionName(number) === version)?.configuration
  return {
    known: async () =>
      knownTerms(
        (await history()).map((event) => ({ event })),
        base,
      ),
    policiesOf: async (version) => {
      const known = await knownAs(version)
      return known ? known.serviceLevels?.policies : (await appliedAs(version))?.sla.policies
    },
    alertsOf: async (version) => (await knownAs(version)) ?? (await appliedAs(version))?.thresholds,
  }
}
