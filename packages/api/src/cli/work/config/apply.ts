import { randomUUID } from 'node:crypto'
import type { Instant } from '@guichet/domain'
import { commandLineActor } from '@guichet/domain'
import type { Application, ApplicationOutcome } from '../../../desk-configuration/apply.ts'
import { applyConfiguration, tryConfiguration } from '../../../desk-configuration/apply.ts'
import { now } from '../../../engine/engine.ts'
import type { Context } from '../../context.ts'
import { counted } from '../../table.ts'
import { watchLag } from '../../watch-lag.ts'
import { withEngineRepeatedly } from '../../with-engine.ts'
import { inLines } from './changes.ts'
import { readFile } from './read-file.ts'
import { refused } from './refused.ts'

/** What the command line gives. */
export type Options = {
  readonly effectiveFrom?: Instant
  readonly retroactive?: boolean
  readonly comment?: string
  readonly dryRun?: boolean
  readonly expect?: number
  readonly json?: boolean
}

/** Applies a configuration file, or says what that would change; waits until the deadlines have followed it. */
export async function run(file: string, options: Options, context: Context): Promise<void> {
  const { dryRun = false, expect, json, ...terms } = options
  const { terminal } = context
  const sender = { by: commandLineActor, commandId: randomUUID() } as const
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
