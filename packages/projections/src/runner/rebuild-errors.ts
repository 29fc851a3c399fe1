import type { ProjectionError } from './runner.ts'

/** A rebuild that was not begun. */
export class RebuildRefused extends Error {
  override readonly name = 'RebuildRefused'
  readonly reason: 'unknown_projection' | 'under_way'
  constructor(reason: RebuildRefused['reason'], projection: string) {
    super(
      reason === 'unknown_projection'
        ? `there is no projection named ${projection}`
        : `a rebuild of ${projection} is under way already`,
    )
    this.reason = reason
  }
}

/** A rebuild that met an event its projection cannot take; the live tables are as they were. */
export class RebuildFailed extends Error {
  override readonly name = 'RebuildFailed'
  readonly projection: string
  readonly at: ProjectionError
  constructor(projection: string, at: ProjectionError, cause: unknown) {
    super(`the rebuild of ${projection} failed at event ${at.eventId} (position ${at.position}): ${at.message}`, {
      cause,
    })
    this.projection = projection
    this.at = at
  }
}

/** Another process has taken a half-built generation over, as after a long pause of this one. */
export class BuildTakenOver extends Error {
  override readonly name = 'BuildTakenOver'
  constructor(projection: string) {
    super(`the rebuild of ${projection} has been taken over by another process`)
  }
}
