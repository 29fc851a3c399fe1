import { takesWork } from '../agent/decide.ts'
import type { WorkChannel } from '../agent/vocabulary.ts'
import type { Instant } from '../kernel/instant.ts'
import type { Colleague, Exclusion, Wanted } from './candidates.ts'
import { covers, forCategory } from '../category/path.ts'
import { understands } from './languages.ts'
import type { CentreRule, Requirement } from './settings.ts'
import { workChannelOf } from './places.ts'
import type { RoutingTerms } from './terms.ts'

/** What a ticket asks of whoever takes it, looked up once for all agents. */
export type Demand = {
  readonly wanted: Wanted
  /** Of which channel it takes a place. */
  readonly workChannel: WorkChannel
  readonly requirement: Requirement | undefined
  readonly centreRule: CentreRule | undefined
  readonly terms: RoutingTerms
  readonly at: Instant
}

/**
 * What a ticket asks of an agent by the routing terms in force at an instant: the requirement of the nearest category, the first rule of
 * centres that fits.
 */
export function demandOf(wanted: Wanted, terms: RoutingTerms, at: Instant): Demand {
  const { requirements, centres } = terms.settings
  return {
    wanted,
    workChannel: workChannelOf(wanted.channel),
    requirement: forCategory(requirements, wanted.category),
    centreRule: centres.find((rule) => fits(rule, wanted)),
    terms,
    at,
  }
}

/** Why an agent cannot take a ticket, whoever has declined it: the first reason in the order of the rules. */
export function exclusionOf(colleague: Colleague, demand: Demand): Exclusion | undefined {
  const { agent, load } = colleague
  const { terms, at, workChannel } = demand
  if (!takesWork(agent)) return 'unavailable'
  if (terms.onShift?.(agent, at) === false) return 'off_shift'
  if (load[workChannel] >= agent.profile.capacity[workChannel]) return 'full'
  return lacking(colleague, demand)
}

/** What an agent lacks for a ticket, whatever they are doing now. */
export function lacking({ agent: { profile } }: Colleague, demand: Demand): Exclusion | undefined {
  const { wanted, requirement, centreRule, terms } = demand
  const { level: least = 1 } = wanted
  if (profile.level < least) return 'level'
  if (requirement) {
    if (profile.level < requirement.minLevel || profile.level > Math.max(requirement.maxLevel, least)) return 'level'
    for (const [skill, least] of Object.entries(requirement.skills)) {
      if (!Object.hasOwn(profile.skills, skill) || (profile.skills[skill] ?? 0) < least) return 'skill'
    }
    if (requirement.speciality && !isSpecialistFor(profile, demand)) return 'speciality'
  }
  if (terms.settings.language === 'required' && !speaks(profile.languages, wanted.language)) return 'language'
  if (centreRule?.who === 'only' && !isOf(centreRule, profile.centre)) return 'centre'
  return undefined
}

/** Whether a speciality of these covers a category. */
export const isSpecialist = (specialities: readonly string[], category: string | undefined): boolean =>
  category !== undefined && specialities.some((speciality) => covers(speciality, category))

/** Whether an agent's own specialities cover the category of a ticket, or those of the centre where they work. */
export const isSpecialistFor = (
  { specialities, centre }: Pick<Colleague['agent']['profile'], 'specialities' | 'centre'>,
  { wanted, terms }: Pick<Demand, 'wanted' | 'terms'>,
): boolean =>
  isSpecialist(specialities, wanted.category) ||
  (centre !== null && isSpecialist(terms.centreSpecialities?.get(centre) ?? [], wanted.category))

/** Whether one of these languages is the wanted one. */
export const speaks = (languages: readonly string[], wanted: string): boolean =>
  languages.some((language) => understands(language, wanted))

/** Whether an agent's centre is one that a rule names; without a centre it is not. */
export const isOf = ({ centres }: CentreRule, centre: string | null): boolean =>
  centre !== null && centres.includes(centre)

function fits({ languages, categories, channels }: CentreRule, { language, category, channel }: Wanted): boolean {
  if (languages && !speaks(languages, language)) return false
  if (categories && !isSpecialist(categories, category)) return false
  return !channels || channels.includes(channel)
}
