import { randomUUID } from 'node:crypto'
import { open, writeFile } from 'node:fs/promises'
import type { Change, Instant, Refusal } from '@guichet/domain'
import { categoriesOf, changesBetween } from '@guichet/domain'
import type {
  Application,
  ApplicationOutcome,
  CheckedConfiguration,
  AppliedVersion,
  ConfigurationFault,
} from '@guichet/desk/configuration'
import {
  applyConfiguration,
  tryConfiguration,
  inWords as describeConfiguration,
  readConfiguration,
  writeConfiguration,
  yearsAround,
  readVersions,
  stateOf,
  versionAt,
  yamlLimits,
} from '@guichet/desk/configuration'
import { now } from '../../engine/engine.ts'
import { CommandFault } from '../../fault.ts'
import type { Fault } from '@guichet/desk'
import type { Context } from '../context.ts'
import type { ActorOption } from '../options.ts'
import { counted, table } from '../table.ts'
import type { Terminal } from '../terminal.ts'
import { oneLine } from '../terminal.ts'
import { watchLag, withEngineRepeatedly } from '../with-engine.ts'

/** The options of the command. */
export type ApplyOptions = ActorOption & {
  readonly effectiveFrom?: Instant
  readonly retroactive?: boolean
  readonly comment?: string
  readonly dryRun?: boolean
  readonly expect?: number
  readonly json?: boolean
}

/** Applies a configuration file, or prints what that would change. Waits until the deadlines have followed it. */
export async function runApply(file: string, options: ApplyOptions, context: Context): Promise<void> {
  const { dryRun = false, expect, by, json, ...terms } = options
  const { terminal } = context
  const sender = { by, commandId: randomUUID() } as const
  const application: Application = {
    ...(await readFile(file, terminal, terms.effectiveFrom && [terms.effectiveFrom])),
    ...terms,
    sender: { ...sender, ...(expect !== undefined && { expectedVersion: expect }) },
  }
  const { outcome, stopped } = await withEngineRepeatedly(context, async ({ desk, runner }, signal) => {
    if (dryRun) return { outcome: await tryConfiguration(desk, application, now()), stopped: undefined }
    const outcome = await applyConfiguration(desk.engine, application)
    const position = outcome.ok ? outcome.value.position : undefined
    return { outcome, stopped: position && (await watchLag(runner, terminal, { signal, position })) }
  })
  if (!outcome.ok) throw refused(outcome.refusal, file)
  for (const line of json ? [asJson(outcome.value, dryRun)] : inWords(outcome.value, dryRun)) terminal.out(line)
  if (stopped) throw stopped
}

function asJson({ version, applied, changes, replaced }: ApplicationOutcome, dryRun: boolean): string {
  const { number, effectiveFrom } = version
  return JSON.stringify({
    version: number,
    effectiveFrom,
    applied,
    dryRun,
    changes,
    replaced: replaced.map((one) => one.number),
  })
}

function inWords({ version, applied, changes, replaced }: ApplicationOutcome, dryRun: boolean): readonly string[] {
  const { name, effectiveFrom, appliedAt = '' } = version
  if (!applied) return [`nothing changes: ${name} says the same`]
  const same = replaced.length > 0 ? 'no change to what is in force then' : 'no change but the public holidays'
  const differences = changes.length > 0 ? counted(changes.length, 'change') : same
  return [
    `${name} ${dryRun ? 'would apply' : 'applies'} from ${effectiveFrom}: ${differences}`,
    ...inLines(changes),
    ...replaced.map((one) =>
      (one.effectiveFrom ?? '') < appliedAt
        ? `${one.name}, in force since ${one.effectiveFrom}, ${dryRun ? 'would be' : 'is'} superseded: what was decided by it stays`
        : `${one.name}, which was to apply from ${one.effectiveFrom}, ${dryRun ? 'would never do' : 'never does'}`,
    ),
  ]
}

/** The options of the command. */
export type CheckOptions = { readonly json?: boolean }

/** Prints a summary of a configuration file, if it could be applied. */
export async function runCheck(file: string, { json }: CheckOptions, { terminal }: Context): Promise<void> {
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
      JSON.stringify({
        file,
        holds: Object.fromEntries(numbers),
        document: describeConfiguration(configuration),
        warnings,
      }),
    )
  terminal.out(`${file} can be applied: ${numbers.map(([name, count]) => `${name} ${count}`).join(', ')}`)
}

/** The options of the command. */
export type DiffOptions = { readonly version?: number; readonly to?: number; readonly json?: boolean }

/** Prints the differences between the configuration in force, or a version, and a file or another version. */
export async function runDiff(
  file: string | undefined,
  { version: number, to, json }: DiffOptions,
  context: Context,
): Promise<void> {
  const { terminal } = context
  if ((file === undefined) === (to === undefined))
    throw new CommandFault('usage', 'name either a file or --to <version>')
  const read = file === undefined ? undefined : await readFile(file, terminal)
  const versions = await withEngineRepeatedly(context, ({ store }) => readVersions(store))
  const version = number === undefined ? versionAt(versions, now()) : versionOf(versions, number)
  const other = to === undefined ? undefined : versionOf(versions, to)
  const { configuration } = read ?? other ?? version
  const name = file ?? other?.name
  const changes = changesBetween(describeConfiguration(version.configuration), describeConfiguration(configuration))
  if (json) return terminal.out(JSON.stringify({ version: version.number, ...(to !== undefined && { to }), changes }))
  if (changes.length === 0) return terminal.out(`${name} says the same as ${version.name}`)
  terminal.out(`from ${version.name} to ${name}: ${counted(changes.length, 'change')}`)
  for (const line of inLines(changes)) terminal.out(line)
}

/** The options of the command. */
export type ExportOptions = {
  readonly version?: number
  readonly at?: Instant
  readonly output?: string
  readonly force?: boolean
  readonly json?: boolean
}

/** Writes a version of the configuration as a file that can be applied. */
export async function runExport(
  { version: number, at, output, force, json }: ExportOptions,
  context: Context,
): Promise<void> {
  if (number !== undefined && at !== undefined)
    throw new CommandFault('usage', '--version and --at exclude one another')
  const versions = await withEngineRepeatedly(context, ({ store }) => readVersions(store))
  const version = number === undefined ? versionAt(versions, at ?? now()) : versionOf(versions, number)
  const text = json
    ? `${JSON.stringify(exportAsJson(version))}\n`
    : writeConfiguration(version.configuration, heading(version))
  if (output === undefined) return context.terminal.out(text.trimEnd())
  await writeFile(output, text, { flag: force ? 'w' : 'wx' }).catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === 'EEXIST' ? 'it is there already; --force replaces it' : (cause.code ?? cause.message)
    throw new CommandFault('output_unwritable', `${output} cannot be written (${why})`, { cause })
  })
  context.terminal.out(`${version.name} is in ${output}`)
}

const exportAsJson = ({
  number,
  name,
  effectiveFrom,
  appliedAt,
  appliedBy,
  comment,
  configuration,
}: AppliedVersion) => ({
  version: number,
  name,
  effectiveFrom,
  appliedAt,
  appliedBy,
  comment,
  document: describeConfiguration(configuration),
})

function heading({ name, effectiveFrom, appliedAt, appliedBy, comment }: AppliedVersion): readonly string[] {
  if (effectiveFrom === undefined) return [`${name}: what a desk is run by until a configuration has been applied.`]
  return [
    `${name}: in force from ${effectiveFrom}.`,
    `Applied at ${appliedAt} by ${appliedBy?.name ?? appliedBy?.id}${comment === undefined ? '.' : `: ${oneLine(comment)}`}`,
  ]
}

/** The options of the command. */
export type HistoryOptions = { readonly json?: boolean }

/** Prints the versions of the configuration, the newest first. */
export async function runHistory({ json }: HistoryOptions, context: Context): Promise<void> {
  const { terminal } = context
  const versions = await withEngineRepeatedly(context, ({ store }) => readVersions(store))
  const at = now()
  const rows = versions
    .slice(1)
    .reverse()
    .map((version) => {
      const { number, effectiveFrom, appliedAt, appliedBy, comment } = version
      return { version: number, state: stateOf(version, versions, at), effectiveFrom, appliedAt, appliedBy, comment }
    })
  if (json) return terminal.out(JSON.stringify(rows))
  if (rows.length === 0) return terminal.out('nothing was ever applied: the default configuration is in force')
  terminal.out(
    table(
      ['version', 'state', 'from', 'applied', 'by', 'comment'],
      rows.map(({ version, state, effectiveFrom, appliedAt, appliedBy, comment }) => [
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

/**
 * Reads a configuration file, and prints its faults and warnings, one per line.
 * @param around instants around which public holidays are computed, besides now.
 * @throws Fault `file_unreadable`, `file_not_text` or `configuration_invalid`.
 */
export async function readFile(
  file: string,
  terminal: Terminal,
  around: readonly Instant[] = [],
): Promise<CheckedConfiguration> {
  const now = new Date()
  const read = await readConfiguration(await textOf(file), now, yearsAround(now, ...around))
  if (read.ok) {
    for (const warning of read.value.warnings) terminal.err(`warning ${inLine(file, warning)}`)
    return read.value
  }
  for (const fault of read.refusal) terminal.err(inLine(file, fault))
  throw new CommandFault('configuration_invalid', `${file} has ${counted(read.refusal.length, 'fault')}`)
}

const inLine = (file: string, { path, line, column, message }: ConfigurationFault): string =>
  `${file}:${line}:${column}: ${path === '' ? '' : `${path} `}${oneLine(message)}`

/** Reads a file as text. Of a file that is too large, reads only enough to detect that. */
async function textOf(file: string): Promise<string> {
  const buffer = Buffer.alloc(yamlLimits.bytes + 1)
  let length = 0
  try {
    await using handle = await open(file)
    for (let read = 1; read > 0 && length < buffer.length; length += read) {
      read = (await handle.read(buffer, length)).bytesRead
    }
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause)
    const reasons: Readonly<Record<string, string>> = { ENOENT: 'does not exist', EISDIR: 'is a folder, not a file' }
    throw new CommandFault('file_unreadable', `${file} ${reasons[code] ?? `cannot be read (${code})`}`, { cause })
  }
  try {
    return new TextDecoder('utf-8', { fatal: length <= yamlLimits.bytes }).decode(buffer.subarray(0, length))
  } catch (cause) {
    throw new CommandFault('file_not_text', `${file} is not a text file in UTF-8`, { next: 'save it in UTF-8', cause })
  }
}

/** Returns the fault for a configuration that the desk refuses. */
function refused({ code, message }: Refusal, file: string): Fault {
  const next: Readonly<Record<string, string>> = {
    version_conflict: 'look at guichet config history and guichet config diff, then apply it again',
    effective_in_the_past: 'leave --effective-from out, or add --retroactive',
  }
  const reason = code === 'version_conflict' ? 'another version than expected was applied last' : message
  return new CommandFault('configuration_refused', `${file} is not applied: ${reason}`, { next: next[code] })
}

/** Returns the version with a number. */
function versionOf(versions: readonly AppliedVersion[], number: number): AppliedVersion {
  const version = versions[number]
  if (version) return version
  throw new CommandFault('configuration_not_found', `there is no version ${number} of the configuration`)
}

/** Formats differences, one per line. */
const inLines = (changes: readonly Change[]): readonly string[] =>
  changes.map(({ path, from, to }) => {
    if (from === undefined) return `+ ${path}: ${value(to)}`
    if (to === undefined) return `- ${path}: ${value(from)}`
    return `~ ${path}: ${value(from)} → ${value(to)}`
  })

const value = (side: unknown): string => (typeof side === 'string' ? side : JSON.stringify(side))
