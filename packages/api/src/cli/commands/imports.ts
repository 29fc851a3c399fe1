import { randomUUID } from 'node:crypto'
import { Fault } from '../../fault/fault.ts'
import type { ImportEntry } from '../../import/list-imports.ts'
import { listImports } from '../../import/list-imports.ts'
import type { AddCommand, Context } from '../context.ts'
import { withEngineRepeatedly } from '../context.ts'
import { table } from '../table.ts'
import { watchLag } from '../watch-lag.ts'

type Output = { readonly json?: boolean }

/** `guichet imports status` and `guichet imports abandon`. */
export const importsCommand: AddCommand = (program, context) => {
  const imports = program
    .command('imports')
    .summary('look after imports that were begun')
    .description('Looks after the imports that were begun.')
  imports
    .command('status')
    .description(
      'Shows the latest hundred imports and, however old, those that are not complete, newest first. While one is running, or was broken off, the clocks of its tickets stand still.',
    )
    .option('--json', 'print the imports as one line of JSON')
    .addHelpText('after', '\nExample:\n  guichet imports status')
    .action((options: Output) => status(options, context))
  imports
    .command('abandon')
    .description(
      'Ends an import that nobody will complete: what has come in stays, and the clocks of its tickets go on.',
    )
    .argument('<import>', 'the id of the import')
    .option('--json', 'print the imports afterwards as one line of JSON')
    .addHelpText('after', '\nExample:\n  guichet imports abandon 5c3b664ea1478bf71531cd79')
    .action((importId: string, options: Output) => abandon(importId, options, context))
}

async function status({ json }: Output, context: Context): Promise<void> {
  const { entries, stopped } = await withEngineRepeatedly(context, async (engine, signal) => {
    const stopped = await watchLag(engine.runner, context.terminal, { signal })
    return { entries: await listImports(engine), stopped }
  })
  print(entries, json, context)
  if (stopped) throw stopped
}

async function abandon(importId: string, { json }: Output, context: Context): Promise<void> {
  const sender = { by: { kind: 'system', id: 'command-line' }, commandId: randomUUID() } as const
  const { entries, stopped } = await withEngineRepeatedly(context, async (engine, signal) => {
    const outcome = await engine.desk.execute('import', importId, { type: 'abandon' }, sender)
    if (!outcome.ok) throw new Fault('import_not_found', `there is no import ${importId}`)
    const stopped = await watchLag(engine.runner, context.terminal, { signal, position: outcome.value.position })
    return { entries: await listImports(engine), stopped }
  })
  print(entries, json, context)
  if (stopped) throw stopped
}

function print(entries: readonly ImportEntry[], json: boolean | undefined, { terminal }: Context): void {
  if (json) return terminal.out(JSON.stringify(entries))
  if (entries.length === 0) return terminal.out('nothing was ever imported')
  terminal.out(
    table(
      ['import', 'state', 'begun', 'source', 'mapping', 'rows', 'refused'],
      entries.map((entry) => [
        entry.importId,
        entry.status.replace('_', ' '),
        entry.startedAt,
        entry.source,
        entry.mapping,
        ...('figures' in entry ? [String(entry.figures.rows), String(entry.figures.refused)] : ['', '']),
      ]),
    ),
  )
}
