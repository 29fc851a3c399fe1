import type { Instant, SuspicionRule } from '@guichet/domain'
import { days, elapsed, shareOf, suspicionRules } from '@guichet/domain'
import type { ActivityPlan } from './activity-plan.ts'
import type { Cause, CauseKind } from './causes.ts'

/** What suspects trouble: the rules, and what becomes a likely incident. */
type Detector = SuspicionRule | 'incident'

/** Trouble that was suspected of a customer, with its cause, if there is one. */
export type Finding = {
  readonly customer: number
  readonly at: Instant
  readonly rule: SuspicionRule
  readonly cause: Cause | undefined
}

/** Trouble that was a likely incident on a day, with the outage that has caused it, if there is one. */
export type IncidentFinding = { readonly at: Instant; readonly cause: Cause | undefined }

/** How many causes there are, and how many of them were detected by what is made for them. */
export type DetectedCauses = {
  readonly injected: number
  readonly detected: number
  /** The share of them that was detected; null without any. */
  readonly recall: number | null
}

/** The causes of a simulation, by how hard they are to tell from chance. */
type CauseFigures = {
  readonly all: DetectedCauses
  /**
   * Those that are trouble by the product's own definition: three critical activities within 24 hours, or an outage of
   * as many people as are a likely incident.
   */
  readonly trouble: DetectedCauses
  readonly plain: DetectedCauses
  readonly hard: DetectedCauses
}

/** How good a rule is: what it has suspected, and which causes that it is made for it has detected. */
export type DetectorFigures = {
  readonly rule: Detector
  readonly suspected: number
  /** How much of that has an injected cause that the rule is made for. */
  readonly right: number
  /** The share of what it has suspected that is right; null where that is nothing. */
  readonly precision: number | null
  readonly causes: CauseFigures
}

/** What a simulation of activities says of the rules. */
export type ActivitySummary = {
  /** How many activities were reported, page views included. */
  readonly activities: number
  readonly analyses: number
  /** Customers without any cause of trouble. */
  readonly healthy: {
    readonly customers: number
    /** The share of them with a draft in a week, of all weeks together; null without any. */
    readonly withDraft: number | null
  }
  /** How many drafts were about an outage, offered before it was known to be one: none of them counts as right. */
  readonly outageDrafts: number
  readonly causes: CauseFigures
  readonly rules: readonly DetectorFigures[]
}

/** What a simulation has found, from the week of learning on. */
export type SimulationResults = {
  readonly activities: number
  readonly analyses: number
  readonly findings: readonly Finding[]
  readonly incidents: readonly IncidentFinding[]
}

/** Counts what a simulation has found after the week of learning. */
export function activitySummary(
  plan: ActivityPlan,
  causes: readonly Cause[],
  { activities, analyses, findings, incidents }: SimulationResults,
): ActivitySummary {
  const isMeasured = ({ at }: { readonly at: Instant }): boolean => at >= plan.start
  const measured = findings.filter(isMeasured)
  const rules = [
    ...suspicionRules.map((rule) => {
      const suspected = measured.filter((finding) => finding.rule === rule)
      return detectorFigures(rule, rule, suspected, causes)
    }),
    detectorFigures('incident', 'outage', incidents.filter(isMeasured), causes),
  ]
  const detected = new Set(rules.flatMap((rule) => [...rule.detected]))
  return {
    activities,
    analyses,
    healthy: healthyFigures(plan, causes, measured),
    outageDrafts: measured.filter(({ cause }) => cause?.kind === 'outage').length,
    causes: causeFigures(causes, detected),
    rules: rules.map(({ figures }) => figures),
  }
}

/** @param kind the causes that the detector is made for. */
function detectorFigures(
  rule: Detector,
  kind: CauseKind,
  findings: readonly Pick<Finding, 'cause'>[],
  causes: readonly Cause[],
): { readonly figures: DetectorFigures; readonly detected: ReadonlySet<Cause> } {
  const right = findings.flatMap(({ cause }) => (cause?.kind === kind ? cause : []))
  const detected = new Set(right)
  const ofKind = causes.filter((cause) => cause.kind === kind)
  const figures = {
    rule,
    suspected: findings.length,
    right: right.length,
    precision: roundedShare(right.length, findings.length),
    causes: causeFigures(ofKind, detected),
  }
  return { figures, detected }
}

function causeFigures(causes: readonly Cause[], detected: ReadonlySet<Cause>): CauseFigures {
  const figuresOf = (chosen: readonly Cause[]): DetectedCauses => {
    const count = chosen.filter((cause) => detected.has(cause)).length
    return { injected: chosen.length, detected: count, recall: roundedShare(count, chosen.length) }
  }
  return {
    all: figuresOf(causes),
    trouble: figuresOf(causes.filter(({ isTrouble }) => isTrouble)),
    plain: figuresOf(causes.filter(({ difficulty }) => difficulty === 'plain')),
    hard: figuresOf(causes.filter(({ difficulty }) => difficulty === 'hard')),
  }
}

/** Whole weeks count; a period that is shorter counts as one. */
function healthyFigures(
  plan: ActivityPlan,
  causes: readonly Cause[],
  findings: readonly Finding[],
): ActivitySummary['healthy'] {
  const concerned = new Set(causes.flatMap((cause) => [...cause.customers]))
  const customers = plan.customers - concerned.size
  const weeks = Math.max(1, Math.floor(plan.days / 7))
  const drafted = new Set(
    findings
      .filter(({ customer }) => !concerned.has(customer))
      .map(({ customer, at }) => ({ customer, week: Math.floor(elapsed(plan.start, at) / days(7)) }))
      .filter(({ week }) => week < weeks)
      .map(({ customer, week }) => `${week} ${customer}`),
  )
  return { customers, withDraft: roundedShare(drafted.size, customers * weeks) }
}

const roundedShare = (part: number, whole: number): number | null => {
  const share = shareOf(part, whole)
  return share === null ? null : Math.round(share * 10_000) / 10_000
}
