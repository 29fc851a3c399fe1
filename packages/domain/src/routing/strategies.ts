import type { Colleague } from './candidates.ts'
import type { Demand } from './eligibility.ts'
import { isSpecialist, speaks } from './eligibility.ts'
import type { RoutingStrategy } from './settings.ts'

/**
 * The port behind which strategies stand: the parts of a candidate's score, whose sum is the score; the highest is chosen.
 * Of equal ones it is whoever was given work longest ago, then whose id comes first.
 */
export type Strategy = {
  readonly parts: readonly string[]
  score(colleague: Colleague, demand: Demand): readonly number[]
}

/** Each strategy by its name. */
export const strategies: Readonly<Record<RoutingStrategy, Strategy>> = {
  /** 004, `calculateAgentScore`. Whoever is offered work is online. */
  score: {
    parts: ['speciality', 'language', 'workload', 'rating', 'online'],
    score: ({ agent: { profile }, tickets }, { wanted, terms }) => {
      const { points } = terms.settings
      return [
        isSpecialist(profile.specialities, wanted.category) ? points.speciality : 0,
        speaks(profile.languages, wanted.language) ? points.language : 0,
        Math.max(0, points.workload - tickets),
        profile.rating * points.rating,
        points.online,
      ]
    },
  },
  /** All alike, so that whoever was given work longest ago is next. */
  round_robin: { parts: [], score: () => [] },
  least_loaded: { parts: ['tickets'], score: ({ tickets }) => [-tickets] },
}
