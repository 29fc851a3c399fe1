import type { FollowerReports } from '@guichet/eventstore'
import type { ClockEngine, EmbeddedClockOptions } from '@guichet/workflows'
import { embeddedClock } from '@guichet/workflows'
import type { StreamName } from '@guichet/domain'
import type { DeadlineSink } from '@guichet/projections'
import type { Environment } from '../environment/environment.ts'
import { loadTemporal, temporalServer } from './temporal-server.ts'

/** The engine that waits for deadlines, and where the projection of deadlines reports to it. */
export type Clock = ClockEngine & {
  readonly deadlineSink: DeadlineSink
  /** What the clock of a stream is called, where the engine has one for each that can be looked at. */
  clockId?(stream: StreamName): string
}

type ClockParts = Pick<EmbeddedClockOptions, 'desk' | 'connectionString' | 'onError'> & {
  /** Hears what an operator should know of the server behind the clocks. */
  readonly log: (level: 'warn', message: string) => void
  /** Hears how what is handed over to Temporal goes. */
  readonly health: FollowerReports
}

/** Opens the engine that was chosen. */
export type OpenClock = (parts: ClockParts) => Promise<Clock>

/**
 * Chooses the engine: Temporal when TEMPORAL_ADDRESS names a server, else the embedded one. Temporal need not answer now, nor when the
 * clock is opened.
 * @throws Fault `config_invalid` when the variables of Temporal cannot be used.
 */
export async function chooseClock({ temporal: variables }: Environment): Promise<OpenClock> {
  if (variables === undefined) return embeddedClock
  const { temporalClock } = await loadTemporal()
  const temporal = await temporalServer(variables)
  return (parts) => temporalClock({ ...parts, temporal })
}
