import { findServer, startDevServer } from '@guichet/workflows/temporal'
import type { Figure } from '../figure.ts'
import { skipped } from '../figure.ts'

/** A figure that takes a Temporal server. */
export type TemporalFigure = { readonly name: string; readonly unit: string; readonly target?: number }

/**
 * Measures with the Temporal server of this machine: the one at TEMPORAL_ADDRESS, else a dev server with an empty database in
 * memory, which ends with the measurement. Where there is none, each figure says so.
 */
export async function onTemporal(
  figures: readonly TemporalFigure[],
  measure: (address: string) => Promise<readonly Figure[]>,
): Promise<readonly Figure[]> {
  const given = process.env['TEMPORAL_ADDRESS']
  if (given) return measure(given)
  const executable = findServer('dev')
  if (executable === undefined)
    return figures.map(({ name, unit, target = null }) => skipped(name, unit, target, missing))
  const server = await startDevServer({ executable, extraArgs: ['--log-level', 'never'] })
  try {
    return await measure(server.address)
  } finally {
    await server.stop()
  }
}

const missing = 'no Temporal server on this machine: `npm run temporal:install` gets one'
