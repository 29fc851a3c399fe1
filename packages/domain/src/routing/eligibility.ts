import { takesWork } from '../agent/agent.ts'
import type { WorkChannel } from '../agent/commands.ts'
import type { Agent } from '../agent/events.ts'
import { covers, forCategory } from '../category.ts'
import type { ChatSettings } from '../chat/settings.ts'
import type { Instant } from '../kernel/time.ts'
import type { Priority } from '../kernel/values.ts'
import type { SupportLevel } from '../level.ts'
import type { Crew, CrewMembership } from '../shift/plan.ts'
import { defaultWording } from '../wording/default-wording.ts'
import type { ChatNotices } from '../wording/wording.ts'
import { wordingFor } from '../wording/wording.ts'
import type { Decline } from '../ticket/routing.ts'
import type { CentreRule, Requirement, RoutingSettings } from './settings.ts'
import { defaultRoutingSettings } from './settings.ts'

/** The requirements of a ticket on its agent, computed once for all agents. */
export type Demand = {
  readonly wanted: AssignableWork
  readonly requirement: Requirement | undefined
  readonly centreRule: CentreRule | undefined
  readonly terms: RoutingTerms
  readonly at: Instant
}

/**
 * The requirements of a ticket under the routing terms in force at an instant: those of the nearest category, and the
 * first matching rule of centres.
 */
export function demandOf(work: AssignableWork, terms: RoutingTerms, at: Instant): Demand {
  const { requirements, centres } = terms.settings
  return {
    wanted: work,
    requirement: forCategory(requirements, work.category),
    centreRule: centres.find((rule) => fits(rule, work)),
    terms,
    at,
  }
}

/** Why an agent cannot take a ticket, declines aside: the first reason in the order of the rules. */
export function exclusionOf(colleague: Colleague, demand: Demand): Exclusion | undefined {
  const { agent, load } = colleague
  const { terms, at } = demand
  const { workChannel } = demand.wanted
  if (!takesWork(agent)) return 'unavailable'
  if (terms.onShift?.(agent, at) === false) return 'off_shift'
  if (load[workChannel] >= agent.profile.capacity[workChannel]) return 'full'
  return lacking(colleague, demand)
}

/** What an agent lacks for a ticket, whatever their availability. */
export function lacking({ agent: { profile } }: Colleague, demand: Demand): Exclusion | undefined {
  const { wanted: work, requirement, centreRule, terms } = demand
  const { level: least = 1 } = work
  if (profile.level < least) return 'level'
  if (requirement) {
    if (profile.level < requirement.minLevel || profile.level > Math.max(requirement.maxLevel, least)) return 'level'
    for (const [skill, least] of Object.entries(requirement.skills)) {
      if (!Object.hasOwn(profile.skills, skill) || (profile.skills[skill] ?? 0) < least) return 'skill'
    }
    if (requirement.speciality && !isSpecialistFor(profile, demand)) return 'speciality'
  }
  if (terms.settings.language === 'required' && !answersIn(work.language, profile, terms)) return 'language'
  if (centreRule?.who === 'only' && !isOf(centreRule, profile.centre)) return 'centre'
  return undefined
}

/** Whether one of these specialities covers a category. */
const isSpecialist = (specialities: readonly string[], category: string | undefined): boolean =>
  category !== undefined && specialities.some((speciality) => covers(speciality, category))

/** Whether an agent's own specialities cover the category of a ticket, or those of the centre where they work. */
export const isSpecialistFor = (
  { specialities, centre }: Pick<Colleague['agent']['profile'], 'specialities' | 'centre'>,
  { wanted: work, terms }: Pick<Demand, 'wanted' | 'terms'>,
): boolean =>
  isSpecialist(specialities, work.category) ||
  (centre !== null && isSpecialist(terms.centreSpecialities?.get(centre) ?? [], work.category))

/** Whether one of these languages is the wanted one. */
export const speaks = (languages: readonly string[], language: string): boolean =>
  languages.some((spoken) => understands(spoken, language))

/** Whether an agent answers in a language: their own, or with a translation in which they work. */
export const answersIn = (language: string, profile: Colleague['agent']['profile'], terms: RoutingTerms): boolean =>
  speaks(profile.languages, language) || answersInTranslation(language, profile, terms)

/** Whether an agent works in translation in a language that a service translates into one of theirs. */
export function answersInTranslation(
  language: string,
  { skills, languages }: Colleague['agent']['profile'],
  { settings: { translation }, translates }: RoutingTerms,
): boolean {
  if (!translation || !translates) return false
  if (translation.skill !== undefined && !Object.hasOwn(skills, translation.skill)) return false
  return languages.some((spoken) => translates(spoken, language))
}

/** Whether a rule names an agent's centre; false without a centre. */
export const isOf = ({ centres }: CentreRule, centre: string | null): boolean =>
  centre !== null && centres.includes(centre)

function fits(
  { languages, categories, channels }: CentreRule,
  { language, category, channel }: AssignableWork,
): boolean {
  if (languages && !speaks(languages, language)) return false
  if (categories && !isSpecialist(categories, category)) return false
  return !channels || channels.includes(channel)
}

/** The work to find an agent for. */
export type AssignableWork = {
  readonly category: string | undefined
  readonly language: string
  readonly channel: string
  /** The channel whose place it takes of its agent. */
  readonly workChannel: WorkChannel
  /** The least support level; 1 by default. */
  readonly level?: SupportLevel | undefined
  /** Whether agents of exactly that level come first. */
  readonly handedDown?: boolean | undefined
  /** The crew whose agents come first: the one that takes over from a shift that has ended. */
  readonly towards?: Crew | undefined
  readonly priority: Priority
  readonly declined: readonly Decline[]
}

/** An agent as routing knows them: as of their last event, with the places reserved since. */
export type Colleague = {
  readonly id: string
  readonly version: number
  readonly agent: Agent
  /** The places of each channel that are taken or reserved. */
  readonly load: Readonly<Record<WorkChannel, number>>
  /** The taken or reserved places of all channels together. */
  readonly tickets: number
  /** When work was last given or reserved to them, in milliseconds since 1970; 0 if never. */
  readonly lastGiven: number
}

/** Why an agent is no candidate for a ticket. */
export const exclusions = [
  'unavailable',
  'off_shift',
  'full',
  'declined',
  'level',
  'skill',
  'speciality',
  'language',
  'centre',
  'crew',
] as const

/** Why an agent is not offered a ticket. */
export type Exclusion = (typeof exclusions)[number]

/** Whether an agent has declined the ticket at the known version of their stream. */
export const hasDeclined = ({ id, version }: Colleague, declined: readonly Decline[]): boolean =>
  declined.some(({ agentId, agentVersion }) => agentId === id && agentVersion >= version)

/** Whether a speaker of one language understands another: `fr` and `fr-CA` do. */
function understands(spoken: string, language: string): boolean {
  if (spoken === language) return true
  const end = primaryEnd(spoken)
  if (end !== primaryEnd(language)) return false
  for (let index = 0; index < end; index++) if (spoken.charCodeAt(index) !== language.charCodeAt(index)) return false
  return true
}

function primaryEnd(tag: string): number {
  const hyphen = tag.indexOf('-')
  return hyphen < 0 ? tag.length : hyphen
}

/** What routing uses besides the tickets and the agents. */
export type RoutingTerms = {
  readonly settings: RoutingSettings
  /** The name of the settings in the events that they decided. */
  readonly policyVersion: string
  /** Whether an agent is on shift; agents without a shift always are. */
  readonly onShift?: (agent: { readonly profile: CrewMembership }, at: Instant) => boolean
  /** The specialities of all agents of a centre, by its id: paths of categories. */
  readonly centreSpecialities?: ReadonlyMap<string, readonly string[]>
  /** The next instant at which other agents are on shift; undefined if never. */
  readonly shiftEnds?: (at: Instant) => Instant | undefined
  /** What a missing connection means in live chats; `observed` by default. */
  readonly chatPresence?: ChatSettings['presence']
  /** Whether services translate between two languages, both ways; none by default. */
  readonly translates?: (one: string, other: string) => boolean
  /** The notices of live chats in a language; in those of the product by default. */
  readonly chatNotices?: (language: string) => ChatNotices
}

/** The notices of live chats in the language that is closest to a wanted one. */
export const chatNoticesOf = ({ chatNotices }: RoutingTerms, language: string): ChatNotices =>
  chatNotices ? chatNotices(language) : wordingFor(defaultWording, language, 'en').chats

/** The product's own settings. */
export const defaultRoutingTerms: RoutingTerms = {
  settings: defaultRoutingSettings,
  policyVersion: 'guichet-default-1',
}
