import type { Refusal } from '@guichet/domain'
import type { AppliedVersion } from '../../../desk-configuration/versions.ts'
import { Fault } from '../../../fault/fault.ts'

/** The fault of a configuration that the desk does not take. */
export function refused({ code, message }: Refusal, file: string): Fault {
  const next: Readonly<Record<string, string>> = {
    version_conflict: 'look at guichet config history and guichet config diff, then apply it again',
    effective_in_the_past: 'leave --effective-from out, or add --retroactive',
  }
  const reason = code === 'version_conflict' ? 'another version than expected was applied last' : message
  return new Fault('configuration_refused', `${file} is not applied: ${reason}`, { next: next[code] })
}

/** The version of a number. */
export function versionOf(versions: readonly AppliedVersion[], number: number): AppliedVersion {
  const version = versions[number]
  if (version) return version
  throw new Fault('configuration_not_found', `there is no version ${number} of the configuration`)
}
