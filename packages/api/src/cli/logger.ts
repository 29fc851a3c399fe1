import type { Logger } from 'pino'
import { pino } from 'pino'
import type { Configuration, LogLevel } from '../config/configuration.ts'

/** Logs as JSON lines on standard error; `usual` is what the command logs unless the configuration says otherwise. */
export const logger = ({ logLevel }: Pick<Configuration, 'logLevel'>, usual: LogLevel): Logger =>
  pino({ level: logLevel ?? usual, base: null }, pino.destination({ fd: 2, sync: true }))
