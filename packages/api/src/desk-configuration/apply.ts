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
  configurationCommandSchema,
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

/** A configuration that somebody wants to be in force. */
export type Application = ReadConfiguration & {
  /** At once without it. */
  readonly effectiveFrom?: Instant | undefined
  readonly retroactive?: boolean | undefined
  readonly comment?: string | undefined
  /** `expectedVersion` is the number of the version that was applied last, 0 when none was. */
  readonly sender: IdentifiedSender
}

/** What came of it, or would come. */
export type ApplicationOutcome = {
  /** The version that says so: a new one, or the last one when that says the same. */
  readonly version: AppliedVersion
  readonly applied: boolean
  /** What differs, in words, from what would be in force from then on without it. */
  readonly changes: readonly Change[]
  /** The versions that were to come into force later, and now never will. */
  readonly replaced: readonly AppliedVersion[]
  readonly position: Position | undefined
}

/** Applies a configuration; what says the same as the last one applied changes nothing. */
export async function applyConfiguration(desk: Desk, application: Application): Promise<Result<ApplicationOutcome>> {
  const command = commandOf(application)
  const outcome = await desk.execute('configuration', configurationId, command, application.sender)
  if (!outcome.ok) return deny(outcome.refusal)
  const { version, position } = outcome.value
  const versions = await readVersions(desk.store)
  return accept({ ...outcomeOf(versions, position === undefined ? undefined : versions[version]), position })
}

/** What `applyConfiguration` would do now; nothing is stored. */
export async function tryConfiguration(
  desk: Desk,
  application: Application,
  now: Instant,
): Promise<Result<ApplicationOutcome>> {
  const { by, commandId, expectedVersion } = application.sender
  const versions = await readVersions(desk.store)
  if (expectedVersion !== undefined && expectedVersion !== versions.length - 1) return deny(refusal('version_conflict'))
  const { decide } = configurationAggregate((language) => speaks(desk.wording, language))
  const command = configurationCommandSchema.parse(commandOf(application))
  const issued = { at: now, by, commandId, aggregateId: configurationId }
  const known = inForce(versions.flatMap(({ stored }) => stored ?? []))
  const decision = decide(
    { ...command, ...issued },
    { applied: versions.length - 1, appliedAt: versions.at(-1)?.appliedAt, versions: known },
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
  known: readonly AppliedVersion[],
  applied: AppliedVersion | undefined,
): Omit<ApplicationOutcome, 'position'> {
  const version = applied ?? known.at(-1) ?? defaultVersion
  const before = known.filter(({ number }) => number < version.number)
  if (!applied || version.effectiveFrom === undefined) return { version, applied: false, changes: [], replaced: [] }
  const changes = changesBetween(
    inWords(versionAt(before, version.effectiveFrom).configuration),
    inWords(version.configuration),
  )
  const numbers = (versions: readonly AppliedVersion[]) =>
    inForce(versions.flatMap(({ stored }) => stored ?? [])).map(({ number }) => number)
  const still = numbers([...before, version])
  const gone = numbers(before).filter((number) => !still.includes(number))
  return { version, applied: true, changes, replaced: before.filter(({ number }) => gone.includes(number)) }
}
