import type {
  Change,
  ConfigurationCommandInput,
  Desk,
  IdentifiedSender,
  Instant,
  Position,
  Result,
} from '@guichet/domain'
import {
  accept,
  changesBetween,
  configurationAggregate,
  configurationId,
  deny,
  inForce,
  refusal,
  speaks,
} from '@guichet/domain'
import type { ReadConfiguration } from './configuration-file.ts'
import { inWords } from './configuration-file.ts'
import type { AppliedVersion } from './versions.ts'
import { asApplied, defaultVersion, readVersions, versionAt } from './versions.ts'

/** A configuration to apply. */
export type Application = ReadConfiguration & {
  /** When it takes effect; at once by default. */
  readonly effectiveFrom?: Instant | undefined
  readonly retroactive?: boolean | undefined
  readonly comment?: string | undefined
  /** `expectedVersion` is the number of the last applied version, 0 if none was. */
  readonly sender: IdentifiedSender
}

/** The outcome, actual or expected. */
export type ApplicationOutcome = {
  /** The version of the configuration: a new one, or the last one if equal. */
  readonly version: AppliedVersion
  readonly applied: boolean
  /** The differences, in words, from the configuration that would otherwise be in force from then on. */
  readonly changes: readonly Change[]
  /** The future versions that now never take effect. */
  readonly replaced: readonly AppliedVersion[]
  readonly position: Position | undefined
}

/** Applies a configuration. One that equals the last applied one changes nothing. */
export async function applyConfiguration(desk: Desk, application: Application): Promise<Result<ApplicationOutcome>> {
  const command = commandOf(application)
  const outcome = await desk.execute('configuration', configurationId, command, application.sender)
  if (!outcome.ok) return deny(outcome.refusal)
  const { version, position } = outcome.value
  const versions = await readVersions(desk.store)
  return accept({ ...outcomeOf(versions, position === undefined ? undefined : versions[version]), position })
}

/** Returns the outcome that `applyConfiguration` would have now, and stores nothing. */
export async function tryConfiguration(
  desk: Desk,
  application: Application,
  now: Instant,
): Promise<Result<ApplicationOutcome>> {
  const { by, commandId, expectedVersion } = application.sender
  const versions = await readVersions(desk.store)
  if (expectedVersion !== undefined && expectedVersion !== versions.length - 1) return deny(refusal('version_conflict'))
  const { decide } = configurationAggregate.under(() => (language) => speaks(desk.wording, language))
  const command = configurationAggregate.schema.parse(commandOf(application))
  const issued = { at: now, by, commandId, aggregateId: configurationId }
  const versionsInForce = inForce(versions.flatMap(({ stored }) => stored ?? []))
  const decision = decide(
    { ...command, ...issued },
    { applied: versions.length - 1, appliedAt: versions.at(-1)?.appliedAt, versions: versionsInForce },
  )
  return decision.ok
    ? accept({ ...outcomeOf(versions, decision.value.map(asApplied)[0]), position: undefined })
    : deny(decision.refusal)
}

const commandOf = (application: Application): ConfigurationCommandInput => {
  const { configuration, publicHolidays, effectiveFrom, retroactive, comment } = application
  return {
    type: 'apply',
    configuration,
    publicHolidays,
    ...(effectiveFrom !== undefined && { effectiveFrom }),
    ...(retroactive !== undefined && { retroactive }),
    ...(comment !== undefined && { comment }),
  }
}

function outcomeOf(
  versions: readonly AppliedVersion[],
  applied: AppliedVersion | undefined,
): Omit<ApplicationOutcome, 'position'> {
  const version = applied ?? versions.at(-1) ?? defaultVersion
  const before = versions.filter(({ number }) => number < version.number)
  if (!applied || version.effectiveFrom === undefined) return { version, applied: false, changes: [], replaced: [] }
  const changes = changesBetween(
    inWords(versionAt(before, version.effectiveFrom).configuration),
    inWords(version.configuration),
  )
  const numbers = (versions: readonly AppliedVersion[]) =>
    inForce(versions.flatMap(({ stored }) => stored ?? [])).map(({ number }) => number)
  const still = numbers([...before, version])
  const replaced = numbers(before).filter((number) => !still.includes(number))
  return { version, applied: true, changes, replaced: before.filter(({ number }) => replaced.includes(number)) }
}
