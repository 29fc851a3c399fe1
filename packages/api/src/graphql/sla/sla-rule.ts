import type { SlaPolicy, PolicyTimeline } from '@guichet/domain'
import { formatDuration, targetTime } from '@guichet/domain'
import type { SlaTargetRow } from '@guichet/projections'

/** The row of the table of SLA policies that a target's terms are chosen by. */
export type SlaRule = {
  /** Which row of the table it is, counted from 1. */
  readonly row: number
  readonly policy: SlaPolicy
  /** The business time that it promises, in milliseconds. */
  readonly time: number
}

type Chosen = Pick<SlaTargetRow, 'policy' | 'policyVersion' | 'target'>

/** The rule of a target; undefined where its version of the configuration is not known, or promises nothing of the kind. */
export function ruleOf({ policy: name, policyVersion, target }: Chosen, timeline: PolicyTimeline): SlaRule | undefined {
  const levels = timeline.find(({ policy }) => policy.version === policyVersion)?.policy.serviceLevels
  const place = levels?.policies.findIndex((policy) => policy.name === name) ?? -1
  const policy = levels?.policies[place]
  const time = policy && targetTime(policy, target)
  return policy && time !== undefined ? { row: place + 1, policy, time } : undefined
}

/** Why a target is due when it is, in a sentence. */
export function whyDue(row: SlaTargetRow, rule: SlaRule | undefined): string {
  const { target, policy, policyVersion, calendar, calendarOf, since, pauses } = row
  const promised = rule ? `${formatDuration(rule.time)} for the ${target.replace('_', ' ')}, by ` : ''
  const chosen = rule ? `row ${rule.row} of the table, ${policy}, for ${termsInWords(rule.policy)}` : `policy ${policy}`
  const counted = calendar === undefined ? 'around the clock' : `on the calendar ${calendar}`
  const owner = calendarOf ? ` of the ${calendarOf.kind} ${calendarOf.name}` : ''
  const stood = pauses.length === 0 ? '' : `, but for ${pauses.length === 1 ? 'one pause' : `${pauses.length} pauses`}`
  return `${promised}${chosen} (${policyVersion}); counted ${counted}${owner} since ${since}${stood}`
}

function termsInWords({ applies: { categories, priorities, plans } }: SlaPolicy): string {
  const terms = [
    categories && `category ${categories.join(' or ')}`,
    priorities && `priority ${priorities.join(' or ')}`,
    plans && `plan ${plans.join(' or ')}`,
  ].filter((term) => term !== undefined)
  return terms.length === 0 ? 'every ticket' : terms.join(', ')
}
