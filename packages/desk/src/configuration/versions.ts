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
  readHistory,
  versionName,
} from '@guichet/domain'
import type { TermsTimelineAt } from '@guichet/projections'
import { termsTimelineAt } from '@guichet/projections'

/** An applied configuration. Number 0 is the default, which was never applied. */
export type AppliedVersion = {
  readonly number: number
  /** Its name in events. */
  readonly name: string
  readonly configuration: Configuration
  readonly publicHolidays: PublicHolidays
  /** Undefined for the default one, which is in force from the beginning. */
  readonly effectiveFrom: Instant | undefined
  readonly appliedAt: Instant | undefined
  readonly appliedBy: Actor | undefined
  readonly comment: string | undefined
  /** The event; undefined for the default one. */
  readonly stored: ConfigurationEvent | undefined
}

/**
 * The states of a version: in force now, not yet in force, in force earlier, replaced before it took effect, or in
 * force until another one was applied that takes effect from before it.
 */
export const versionStates = ['in_force', 'waiting', 'past', 'never', 'superseded'] as const

type VersionState = (typeof versionStates)[number]

/** The configuration before any was applied. */
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

/** The default version and the applied ones, the first one first. */
type Versions = readonly [AppliedVersion, ...AppliedVersion[]]

const cache = new WeakMap<EventStore, Versions>()

/**
 * Returns the default version and the applied ones, the first one first. Each is read from a store once, and all
 * callers get the same object.
 */
export async function readVersions(store: EventStore): Promise<Versions> {
  const before = cache.get(store) ?? [defaultVersion]
  const since = await readHistory(store, 'configuration', configurationId, before.length)
  const meanwhile = cache.get(store) ?? before
  const missed = since.slice(meanwhile.length - before.length)
  if (missed.length === 0) return meanwhile
  const versions: Versions = [...meanwhile, ...missed.map(({ event }) => asApplied(event))]
  cache.set(store, versions)
  return versions
}

/** Returns the version of an event. */
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

/** Returns the version in force at an instant, as known now. */
export function versionAt(versions: readonly AppliedVersion[], at: Instant): AppliedVersion {
  const version = lineOf(versions).findLast(({ effectiveFrom }) => effectiveFrom <= at)
  return versions.find(({ number }) => number === (version?.number ?? 0)) ?? defaultVersion
}

/** Returns the state of a version at an instant. */
export function stateOf(version: AppliedVersion, versions: readonly AppliedVersion[], at: Instant): VersionState {
  const line = lineOf(versions)
  const inLine = version.number === 0 || line.some(({ number }) => number === version.number)
  if (versionAt(versions, at).number === version.number) return 'in_force'
  if (!inLine) return hadBegun(version, versions) ? 'superseded' : 'never'
  return version.effectiveFrom !== undefined && version.effectiveFrom > at ? 'waiting' : 'past'
}

/** Returns whether a version had taken effect when another one replaced it. */
function hadBegun({ number, effectiveFrom }: AppliedVersion, versions: readonly AppliedVersion[]): boolean {
  const began = String(effectiveFrom)
  const successor = versions.find((other) => other.number > number && String(other.effectiveFrom) <= began)
  return began < (successor?.appliedAt ?? '')
}

const lineOf = (versions: readonly AppliedVersion[]): readonly ConfigurationVersion[] =>
  inForce(versions.flatMap(({ stored }) => stored ?? []))

/** All past and present terms of a desk, including replaced ones. */
export type TermsHistory = {
  /** Returns the terms as known at each instant. */
  timelines(): Promise<TermsTimelineAt>
  /** Returns the table of SLA policies of a version, by its name in events; undefined if it is unknown. */
  policiesOf(version: string): Promise<readonly SlaPolicy[] | undefined>
  /** Returns the elapsed times after which a version alerts the desk, in milliseconds; undefined if it is unknown. */
  alertsOf(version: string): Promise<Alerts | undefined>
}

/** When the desk is alerted of tickets that stand still, and how often urgent ones owe their customer an update, in milliseconds. */
export type Alerts = Pick<TicketPolicy, 'stagnationAfter' | 'urgentUpdateEvery'>

/** Returns the history of a desk's terms. It is read once, at the first use. */
export function termsHistory({ store, base, terms }: Pick<Desk, 'store' | 'base' | 'terms'>): TermsHistory {
  let reading: Promise<Versions> | undefined
  const history = async () => (await (reading ??= readVersions(store))).flatMap(({ stored: event }) => event ?? [])
  const knownAs = async (version: string) =>
    (await terms()).timeline.find(({ policy }) => policy.version === version)?.policy
  const appliedAs = async (version: string) =>
    (await history()).find(({ number }) => versionName(number) === version)?.configuration
  return {
    timelines: async () =>
      termsTimelineAt(
        (await history()).map((event) => ({ event })),
        base,
      ),
    policiesOf: async (version) => {
      const policy = await knownAs(version)
      return policy ? policy.serviceLevels?.policies : (await appliedAs(version))?.sla.policies
    },
    alertsOf: async (version) => (await knownAs(version)) ?? (await appliedAs(version))?.thresholds,
  }
}

/** The policy for tickets until a configuration is applied. */
export const unconfigured: TicketPolicy = {
  version: defaultConfigurationVersion,
  ...policyOf({ configuration: defaultConfiguration, publicHolidays: {} }),
}
