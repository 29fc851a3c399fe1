import { randomUUID } from 'node:crypto'
import type { Refusal } from '@guichet/domain'
import { commandLineActor } from '@guichet/domain'
import { Fault } from '../../fault/fault.ts'
import { holdImport } from '../../import/import-lock.ts'
import type { ImportEntry } from '../../import/list-imports.ts'
import { listImports } from '../../import/list-imports.ts'
import type { Context } from '../context.ts'
import { withEngineRepeatedly } from '../with-engine.ts'
import { table } from '../table.ts'
import { watchLag } from '../watch-lag.ts'

/** What the command line gives. */
export type Output = { readonly json?: boolean }

/** Prints the imports that were begun. */
export async function status({ json }: Output, context: Context): Promise<void> {
  const { entries, stopped } = await withEngineRepeatedly(context, async (engine, signal) => {
    const stopped = await watchLag(engine.runner, context.terminal, { signal })
    return { entries: await listImports(engine), stopped }
  })
  print(entries, json, context)
  if (stopped) throw stopped
}

/** Ends an import that nobody will complete, and prints those that were begun. */
export async function abandon(importId: string, { json }: Output, context: Context): Promise<void> {
  const sender = { by: commandLineActor, commandId: randomUUID() } as const
  const { entries, stopped } = await withEngineRepeatedly(context, async (engine, signal) => {
    const outcome = await holdImport(engine.database.url, importId, () =>
      engine.desk.engine.execute('import', importId, { type: 'abandon' }, sender),
    )
    if (!outcome.ok) throw notAbandoned(importId, outcome.refusal)
    const stopped = await watchLag(engine.runner, context.terminal, { signal, position: outcome.value.position })
    return { entries: await listImports(engine), stopped }
  })
  print(entries, json, context)
  if (stopped) throw stopped
}

function notAbandoned(importId: string, { code, message }: Refusal): Fault {
  if (code === 'import_withdrawing')
    return new Fault('import_withdrawing', `the import ${importId} is being taken back`)
  if (code === 'import_not_found') return new Fault('import_not_found', `there is no import ${importId}`)
  return new Fault('import_refused', message)
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
