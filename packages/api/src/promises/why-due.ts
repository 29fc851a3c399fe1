import type { CalendarOwner, Instant, SlaPolicy, TermsChange } from '@guichet/domain'
import { elapsed, formatDuration } from '@guichet/domain'
import type { SlaTargetRow } from '@guichet/projections'
import { changeInWords } from './change-in-words.ts'
import type { SlaRule } from './rule.ts'

/** What a due instant follows from. */
export type Promised = {
  readonly policy: string
  readonly policyVersion: string
  readonly calendar?: string | undefined
  readonly calendarOf?: CalendarOwner | undefined
  readonly since: Instant
  /** When the clock has stood still. */
  readonly pauses: SlaTargetRow['pauses']
  /** The change before which it would have been due, and was not. */
  readonly notBefore?: TermsChange | undefined
  /** When it was due, if it was missed: what came later did not move it. */
  readonly breachedAt?: Instant | undefined
}

/** Why a target is due when it is, in a sentence. */
export function whyDue(promised: Promised, rule: SlaRule | undefined): string {
  const { policy, policyVersion, calendar, calendarOf, since } = promised
  const chosen = rule ? `, row ${rule.row}, for ${termsInWords(rule.policy)}` : ''
  const time = rule ? `${formatDuration(rule.time)} ` : ''
  const owner = calendarOf ? ` of the ${calendarOf.kind} ${calendarOf.name}` : ''
  const counted = calendar === undefined ? 'around the clock' : `on the calendar ${calendar}${owner}`
  return `SLA policy ${policy} of ${policyVersion}${chosen}: ${time}${counted} since ${since}${pausesInWords(promised)}${changeInWords(promised)}`
}

function termsInWords({ applies: { categories, priorities, plans } }: SlaPolicy): string {
  const terms = [
    categories && `category ${categories.join(' or ')}`,
    priorities && `priority ${priorities.join(' or ')}`,
    plans && `plan ${plans.join(' or ')}`,
  ].filter((term) => term !== undefined)
  return terms.length === 0 ? 'every ticket' : terms.join(', ')
}

function pausesInWords({ pauses, breachedAt }: Promised): string {
  const until = (to: Instant | undefined) =>
    breachedAt !== undefined && (to ?? breachedAt) >= breachedAt ? breachedAt : to
  const before = pauses.filter(({ from }) => breachedAt === undefined || from < breachedAt)
  const still = before.reduce((sum, { from, to }) => sum + elapsed(from, until(to) ?? from), 0)
  const goesOn = before.find(({ to }) => until(to) === undefined)
  return (
    (still === 0 ? '' : `, stood still for ${formatDuration(still)}`) +
    (goesOn ? `, stands still since ${goesOn.from}` : '')
  )
}
