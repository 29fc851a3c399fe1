export type { ClockEngine, ClockFailure, ClockStatus } from './clock.ts'
export { DeadlinesRefused, fireDue } from './fire-due.ts'
export type { FiredDue, RefusedDeadline } from './fire-due.ts'
