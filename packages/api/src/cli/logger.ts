import type { Logger } from 'pino'
import { pino } from 'pino'

/** Logs as JSON lines on standard error. */
export const logger = (level: string): Logger => pino({ level, base: null }, pino.destination({ fd: 2, sync: true }))
