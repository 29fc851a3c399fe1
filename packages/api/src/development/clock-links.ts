import type { Instant } from '@guichet/domain'
import { hours, instant, later, minutes } from '@guichet/domain'

/** A question that a filter of Temporal's list of workflows answers. */
export type ClockList = {
  readonly question: string
  /** The list filter, as it is typed in the UI. */
  readonly filter: string
  /** Where the UI shows it; undefined when nobody knows where the UI is. */
  readonly url: string | undefined
}

/** Where the UI of a Temporal server shows what is in a namespace. */
export type TemporalUi = { readonly ui: string | undefined; readonly namespace: string }

const running = 'ExecutionStatus = "Running"'

/** The lists that show what clocks wait for, as of the minute of an instant; docs/operations.md explains them. */
export function clockLists(place: TemporalUi, now: Instant) {
  const until = later(instant(new Date(Math.floor(Date.parse(now) / minutes(1)) * minutes(1))), hours(1))
  const list = (question: string, filter: string): ClockList => {
    const url = address(place, `?query=${encodeURIComponent(filter)}`)
    return { question, filter, url }
  }
  return {
    all: list('all clocks that run', `WorkflowType = "deadlineClock" AND ${running}`),
    breaches: list('promises that break within the hour', `GuichetBreachAt <= "${until}" AND ${running}`),
    withinTheHour: {
      ...list('what falls due within the hour, of whatever kind', `GuichetNextDue <= "${until}" AND ${running}`),
      until,
    },
    late: list('where the desk is late', `GuichetBreached = true AND ${running}`),
    urgent: list(
      'urgent tickets on which an update is due next',
      `GuichetPriority = "urgent" AND GuichetNextDueKind IN ("update", "update_warning", "update_breach") AND ${running}`,
    ),
  }
}

/** Where the UI shows a clock. */
export const clockUrl = (place: TemporalUi, clockId: string | undefined): string | undefined =>
  clockId === undefined ? undefined : address(place, `/${encodeURIComponent(clockId)}`)

const address = ({ ui, namespace }: TemporalUi, rest: string): string | undefined =>
  ui === undefined ? undefined : `${ui}/namespaces/${encodeURIComponent(namespace)}/workflows${rest}`
