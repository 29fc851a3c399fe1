/** Something that falls due on a stream, as an instant: calendars and policies stay outside of workflows. */
export type StreamDeadline = { readonly kind: string; readonly dueAt: string; readonly cycle: number }

/** What operators may filter clocks by. No personal data. */
export type StreamLabels = {
  readonly status?: string
  readonly priority?: string
  readonly category?: string
  /** Whether somebody is late with something on the stream as it stands. */
  readonly breached: boolean
  /** Whether operators look for the clock also while nothing falls due. Left out, as older reports do, where they do not. */
  readonly outstanding?: true
  /** The worst state of the promises made on the stream. */
  readonly sla?: string
  /** Since when. */
  readonly slaSince?: string
  /** When the first promise is due that has not been missed. */
  readonly breachAt?: string
}

/**
 * What stands on a stream, and all that its clock knows: the input of the workflow and what the signal `changed` carries.
 * `version` is the stream's; `order` tells two reports of one version apart, which a change of policy makes.
 */
export type StreamChange = {
  readonly stream: string
  readonly version: number
  readonly order: number
  /** Earliest first. */
  readonly deadlines: readonly StreamDeadline[]
  /** Left out where the server has no search attributes for them. */
  readonly labels?: StreamLabels
}

/** Whether a stream has a clock: something falls due on it, or operators look for it. */
export const isClocked = ({ deadlines, labels }: Pick<StreamChange, 'deadlines' | 'labels'>): boolean =>
  deadlines.length > 0 || labels?.outstanding === true

/** Whether a report says more than one that is known: a repetition, or one that was overtaken, does not. */
export function supersedes(change: StreamChange, known: StreamChange): boolean {
  return change.version > known.version || (change.version === known.version && change.order > known.order)
}

/** The activities of a clock. */
export type ClockActivities = {
  /** Lets take effect what is due on a stream at an instant, or earlier, and answers what stands then. */
  fireDue(due: { readonly stream: string; readonly dueAt: string }): Promise<Omit<StreamChange, 'order'>>
}
