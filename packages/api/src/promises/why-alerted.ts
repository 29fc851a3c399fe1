import type { TicketEventOf } from '@guichet/domain'
import { formatDuration } from '@guichet/domain'
import type { Alerts } from '../desk-configuration/terms-history.ts'
import { changeInWords } from './change-in-words.ts'

/** Why the desk was alerted when it was, in a sentence; `alerts` are those of the version that the event names, if it is known. */
export function whyAlerted(
  event: TicketEventOf<'StagnationDetected' | 'UpdateOverdue'>,
  alerts: Alerts | undefined,
): string {
  const allowed = alerts?.[event.type === 'UpdateOverdue' ? 'urgentUpdateEvery' : 'stagnationAfter']
  const time = allowed === undefined ? '' : ` of ${formatDuration(allowed)}`
  return `the desk's threshold${time}, ${event.policyVersion}, counted since ${countedSince(event)}${changeInWords(event)}`
}

function countedSince(event: TicketEventOf<'StagnationDetected' | 'UpdateOverdue'>): string {
  if (event.type === 'StagnationDetected' || event.awaitedSince === undefined) return event.since
  return `${event.awaitedSince} for whoever has it now, since ${event.since} for the customer`
}
