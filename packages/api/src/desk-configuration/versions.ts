import type {
  Actor,
  Configuration,
  ConfigurationEvent,
  ConfigurationVersion,
  Desk,
  EventStore,
  Instant,
  PublicHolidays,
  SlaPolicy,
  TicketPolicy,
} from '@guichet/domain'
import {
  configurationId,
  defaultConfiguration,
  defaultConfigurationVersion,
  inForce,
  policyOf,
  streamName,
  versionName,
} from '@guichet/domain'
import type { KnownTerms } from '@guichet/projections'
import { knownTerms } from '@guichet/projections'

/** A configuration that was applied; number 0 is the default one, which nobody has. */
export type AppliedVersion = {
  readonly number: number
  /** As events name it. */
  readonly name: string
  readonly configuration: Configuration
  readonly publicHolidays: PublicHolidays
  /** Undefined for the default one: since ever. */
  readonly effectiveFrom: Instant | undefined
  readonly appliedAt: Instant | undefined
  readonly appliedBy: Actor | undefined
  readonly comment: string | undefined
  /** As the domain has it; undefined for the default one. */
  readonly stored: ConfigurationEvent | undefined
}

/**
 * What became of a version: in force now, still to come, in force earlier, replaced before its time had come, or in force until one
 * was applied that counts from before it.
 */
export const versionStates = ['in_force', 'waiting', 'past', 'never', 'superseded'] as const

type VersionState = (typeof versionStates)[number]

/** What a desk is run by before anything has been applied. */
export const defaultVersion: AppliedVersion = {
  number: 0,
  name: defaultConfigurationVersion,
  configuration: defaultConfiguration,
  publicHolidays: {},
  effectiveFrom: undefined,
  appliedAt: undefined,
  appliedBy: undefined,
  comment: undefined,
  stored: undefined,
}

/** The default version and those that were applied, the first one first. */
type Versions = readonly [AppliedVersion, ...AppliedVersion[]]

const known = new WeakMap<EventStore, Versions>()

/**
 * The versions that were applied, the first one first, behind the default one. Each is read from a store once, and is the same object
 * for whoever asks.
 */
export async function readVersions(store: EventStore): Promise<Versions> {
  const before = known.get(store) ?? [defaultVersion]
  const since = await store.readStream(streamName('configuration', configurationId), before.length)
  const meanwhile = known.get(store) ?? before
  const missed = since.slice(meanwhile.length - before.length)
  if (missed.length === 0) return meanwhile
  const versions: Versions = [...meanwhile, ...missed.map(({ event }) => asApplied(event as ConfigurationEvent))]
  known.set(store, versions)
  return versions
}

/** A version as the event tells of it. */
export const asApplied = (event: ConfigurationEvent): AppliedVersion => ({
  number: event.number,
  name: versionName(event.number),
  configuration: event.configuration,
  publicHolidays: event.publicHolidays,
  effectiveFrom: event.effectiveFrom,
  appliedAt: event.at,
  appliedBy: event.by,
  comment: event.comment,
  stored: event,
})

/** The version in force at an instant, as far as is known now. */
export function versionAt(versions: readonly AppliedVersion[], at: Instant): AppliedVersion {
  const found = lineOf(versions).findLast(({ effectiveFrom }) => effectiveFrom <= at)
  return versions.find(({ number }) => number === (found?.number ?? 0)) ?? defaultVersion
}

/** What has become of a version by an instant. */
export function stateOf(version: AppliedVersion, versions: readonly AppliedVersion[], at: Instant): VersionState {
  const line = lineOf(versions)
  const inLine = version.number === 0 || line.some(({ number }) => number === version.number)
  if (versionAt(versions, at).number === version.number) return 'in_force'
  if (!inLine) return hadBegun(version, versions) ? 'superseded' : 'never'
  return version.effectiveFrom !== undefined && version.effectiveFrom > at ? 'waiting' : 'past'
}

/** Whether the time of a version had come when another one took its place. */
function hadBegun({ number, effectiveFrom }: AppliedVersion, versions: readonly AppliedVersion[]): boolean {
  const began = String(effectiveFrom)
  const successor = versions.find((other) => other.number > number && String(other.effectiveFrom) <= began)
  return began < (successor?.appliedAt ?? '')
}

const lineOf = (versions: readonly AppliedVersion[]): readonly ConfigurationVersion[] =>
  inForce(versions.flatMap(({ stored }) => stored ?? []))

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

/** What the tickets of a desk are run by until a configuration has been applied to it. */
export const unconfigured: TicketPolicy = {
  version: defaultConfigurationVersion,
  ...policyOf({ configuration: defaultConfiguration, publicHolidays: {} }),
}
