import { join } from 'node:path'
import { z } from 'zod'
import type { Bench } from '../bench.ts'
import type { Figure } from '../figure.ts'
import { figure, skipped } from '../figure.ts'
import { startGuichet } from '../guichet-process.ts'
import { findPublishedLog, publishedLog } from '../published-log.ts'

const targets = { seconds: 90, megabytes: 400 }

/** How long the whole import takes, from the start of the command to its end, and the most memory it holds. */
export async function importLog({ ground }: Bench): Promise<readonly Figure[]> {
  const file = findPublishedLog()
  if (file === undefined) {
    const reason = `needs the log of ${publishedLog.doi}: say where it is in ${publishedLog.variable}`
    return [
      skipped('import-time', 's', targets.seconds, reason),
      skipped('import-memory', 'MB', targets.megabytes, reason),
    ]
  }
  const started = performance.now()
  const run = startGuichet(
    ['import', file, '--mapping', 'servicenow', '--rejects', join(ground.folder, 'rejects.csv'), '--json'],
    { GUICHET_HOME: join(ground.folder, 'import'), DATABASE_URL: await ground.database() },
  )
  const code = await run.exited
  const seconds = (performance.now() - started) / 1000
  const summary = code === 0 ? summarySchema.safeParse(JSON.parse(run.output())) : undefined
  if (!summary?.success) throw new Error(`the import went wrong:\n${run.output()}`)
  return [
    figure('import-time', 's', seconds, { target: targets.seconds }),
    figure('import-memory', 'MB', summary.data.peakMemoryMb, { target: targets.megabytes }),
  ]
}

/** What `guichet import --json` says of the whole log. */
const summarySchema = z.object({ rows: z.literal(publishedLog.rows), peakMemoryMb: z.number() })
