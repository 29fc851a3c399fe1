/** Something that falls due on a stream, as an instant: calendars and policies stay outside of workflows. */
export type StreamDeadline = { readonly kind: string; readonly dueAt: string; readonly cycle: number }

/** What operators may filter clocks by. No personal data. */
export type StreamLabels = {
  readonly status?: string
  readonly priority?: string
  readonly category?: string
  /** Whether somebody is late with something on the stream as it stands. */
  readonly breached: boolean
  /** Whether operators look for the clock also while nothing falls due; left out where they do not. */
  readonly outstanding?: true
  /** The worst state of the promises made on the stream. */
  readonly sla?: string
  /** Since when. */
  readonly slaSince?: string
  /** When the first promise is due that has not been missed. */
  readonly breachAt?: string
}

/** What stands on a stream, as far as its clock is concerned. */
export type ClockState = {
  readonly stream: string
  /** Earliest first. */
  readonly deadlines: readonly StreamDeadline[]
  /** Left out where the server has no search attributes for them. */
  readonly labels?: StreamLabels
}

/** Whether a stream has a clock: something falls due on it, or operators look for it. */
export const isClocked = ({ deadlines, labels }: Pick<ClockState, 'deadlines' | 'labels'>): boolean =>
  deadlines.length > 0 || labels?.outstanding === true
