import type { Actor, Instant } from '@guichet/domain'
import type { Page, Slice, TimeRange } from '../reading/page.ts'

/** One thing that happened: who, when, what and why. */
export type AuditRow = {
  /** The event's id. */
  readonly id: string
  readonly stream: string
  readonly version: number
  readonly type: string
  readonly at: Instant
  readonly recordedAt: Instant
  readonly actor: Actor
  readonly commandId: string
  readonly correlationId: string
  readonly causationId: string
  /** The reason the event carries, if it carries one. */
  readonly reason: string | undefined
}

export type AuditFilter = {
  readonly stream?: string | undefined
  readonly version?: number | undefined
  readonly actorId?: string | undefined
  readonly type?: readonly string[] | undefined
  readonly correlationId?: string | undefined
  readonly at?: TimeRange | undefined
}

export type AuditQueries = {
  /** The trail in the order it was recorded, newest first. */
  list(filter: AuditFilter, page: Page): Promise<Slice<AuditRow>>
}
