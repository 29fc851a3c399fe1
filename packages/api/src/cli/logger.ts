import type { Logger } from 'pino'
import { pino } from 'pino'
import type { Environment, LogLevel } from '../environment/environment.ts'

/** Logs as JSON lines on standard error; `usual` is what the command logs unless the environment says otherwise. */
export const logger = ({ logLevel }: Pick<Environment, 'logLevel'>, usual: LogLevel): Logger =>
  pino({ level: logLevel ?? usual, base: null }, pino.destination({ fd: 2, sync: true }))
