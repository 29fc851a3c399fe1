import type { Colleague } from './candidates.ts'
import type { Demand } from './eligibility.ts'
import { isSpecialistFor, speaks } from './eligibility.ts'
import type { RoutingStrategy } from './settings.ts'

/**
 * The port behind which strategies stand: the parts of a candidate's score, whose sum is the score; the highest is chosen.
 * Of equal ones it is whoever was given work longest ago, then whose id comes first.
 */
export type Strategy = {
  /**
   * Whether those who speak the ticket's language come before all others, whatever their score, level, centre or crew; only the level that
   * somebody has handed the ticket down to goes before.
   */
  readonly speakersFirst?: true
  readonly parts: readonly string[]
  score(colleague: Colleague, demand: Demand): readonly number[]
}

/** 004, `calculateAgentScore`. Whoever is offered work is online. */
const score: Strategy = {
  parts: ['speciality', 'language', 'workload', 'rating', 'online'],
  score: ({ agent: { profile }, tickets }, { wanted, terms }) => {
    const { points } = terms.settings
    return [
      isSpecialistFor(profile, { wanted, terms }) ? points.speciality : 0,
      speaks(profile.languages, wanted.language) ? points.language : 0,
      Math.max(0, points.workload - tickets),
      profile.rating * points.rating,
      points.online,
    ]
  },
}

/** Each strategy by its name. */
export const strategies: Readonly<Record<RoutingStrategy, Strategy>> = {
  score,
  /** 004, `languageRouting`: level, centre and score decide among those who speak the language; where nobody does, among all. */
  language_first: { ...score, speakersFirst: true },
  /** All alike, so that whoever was given work longest ago is next. */
  round_robin: { parts: [], score: () => [] },
  least_loaded: { parts: ['tickets'], score: ({ tickets }) => [-tickets] },
}
