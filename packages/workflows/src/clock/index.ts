export type { ClockEngine, ClockFailure, ClockStatus } from './clock.ts'
export { DeadlinesRefused, fireDue, readStanding } from './fire-due.ts'
export type { FiredDue, RefusedDeadline, Standing } from './fire-due.ts'
