import type {
  BusinessDays,
  CalendarOwner,
  Instant,
  SlaPolicy,
  SlaTarget,
  TermsChange,
  TicketEventOf,
} from '@guichet/domain'
import { elapsed, formatDuration, targetTime } from '@guichet/domain'
import type { SlaTargetRow } from '@guichet/projections'
import type { Alerts, TermsHistory } from './versions.ts'

/** The inputs that a due instant is computed from. */
type PromiseTerms = {
  readonly policy: string
  readonly policyVersion: string
  readonly calendar?: string | undefined
  readonly calendarOf?: CalendarOwner | undefined
  readonly since: Instant
  /** The times when the clock was paused. */
  readonly pauses: SlaTargetRow['pauses']
  /** The change that moved a deadline which would have been due before it. */
  readonly notBefore?: TermsChange | undefined
  /** When it was due, if it was missed. Later changes do not move it. */
  readonly breachedAt?: Instant | undefined
}

/** Explains in one sentence why a target is due at its instant. */
export function whyDue(promised: PromiseTerms, rule: SlaRule | undefined): string {
  const { policy, policyVersion, calendar, calendarOf, since } = promised
  const chosen = rule ? `, row ${rule.row}, for ${termsInWords(rule.policy)}` : ''
  const time = rule ? `${formatDuration(rule.time)} ` : ''
  const owner = calendarOf ? ` of the ${calendarOf.kind} ${calendarOf.name}` : ''
  const counted = calendar === undefined ? 'around the clock' : `on the calendar ${calendar}${owner}`
  return `SLA policy ${policy} of ${policyVersion}${chosen}: ${time}${counted} since ${since}${pausesInWords(promised)}${changeInWords(promised)}`
}

function termsInWords({ applies: { categories, priorities, plans, organisations } }: SlaPolicy): string {
  const terms = [
    categories && `category ${categories.join(' or ')}`,
    priorities && `priority ${priorities.join(' or ')}`,
    plans && `plan ${plans.join(' or ')}`,
    organisations && `organisation ${organisations.join(' or ')}`,
  ].filter((term) => term !== undefined)
  return terms.length === 0 ? 'every ticket' : terms.join(', ')
}

function pausesInWords({ pauses, breachedAt }: PromiseTerms): string {
  const until = (to: Instant | undefined) =>
    breachedAt !== undefined && (to ?? breachedAt) >= breachedAt ? breachedAt : to
  const before = pauses.filter(({ from }) => breachedAt === undefined || from < breachedAt)
  const pausedMs = before.reduce((sum, { from, to }) => sum + elapsed(from, until(to) ?? from), 0)
  const unfinished = before.find(({ to }) => until(to) === undefined)
  return (
    (pausedMs === 0 ? '' : `, stood still for ${formatDuration(pausedMs)}`) +
    (unfinished ? `, paused since ${unfinished.from}` : '')
  )
}

/**
 * Explains in one sentence why the desk was alerted at an instant. `alerts` are those of the version that the event
 * names, if it is known.
 */
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
  return `${event.awaitedSince} for the present agent, since ${event.since} for the customer`
}

/** The row of the table of SLA policies that determines a target's terms. */
export type SlaRule = {
  /** The number of the row, counted from 1. */
  readonly row: number
  readonly policy: SlaPolicy
  /** The business time that it promises, in milliseconds or in business days. */
  readonly time: number | BusinessDays
}

type Chosen = { readonly policy: string; readonly policyVersion: string; readonly target: SlaTarget }

/** Returns the rule of a target; undefined if its configuration version is unknown or promises nothing of the kind. */
export async function ruleOf(
  { policy: name, policyVersion, target }: Chosen,
  terms: TermsHistory,
): Promise<SlaRule | undefined> {
  const policies = await terms.policiesOf(policyVersion)
  const index = policies?.findIndex((policy) => policy.name === name) ?? -1
  const policy = policies?.[index]
  const time = policy && targetTime(policy, target)
  return policy && time !== undefined ? { row: index + 1, policy, time } : undefined
}

type ChangedTarget = { readonly policyVersion: string; readonly notBefore?: TermsChange | undefined }

/** Describes the change that moved a deadline, as the end of a sentence; empty if none did. */
function changeInWords({ notBefore, policyVersion }: ChangedTarget): string {
  if (!notBefore) return ''
  const { at, change } = notBefore
  return `, but not before ${changes[change] ?? `${policyVersion} came into force`} at ${at}`
}

const changes: { readonly [C in TermsChange['change']]?: string } = {
  priority: 'the change of priority',
  category: 'the change of category',
  classification: 'the classification',
  plan: 'the change of plan',
  team: 'the change of team',
  level: 'the change of level',
  split: 'the split of a message that was asked before',
  merge: 'the merge that brought the question along',
  opening: 'the ticket was opened',
}
