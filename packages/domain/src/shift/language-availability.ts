import { closesAt, nextOpening, previousOpening } from '../calendar/business-time.ts'
import { unionOf } from '../calendar/outlook.ts'
import type { Instant } from '../kernel/time.ts'
import { canonicalInstant } from '../kernel/time.ts'
import { isSameLanguage } from '../wording/wording.ts'
import type { CrewMembership, PlannedCrew, ShiftPlan } from './plan.ts'
import { crewOf } from './plan.ts'

/** Somebody who answers customers: their languages, and the crew whose hours they work by. */
export type Speaker = CrewMembership & { readonly languages: readonly string[] }

/** A time in which a language is spoken at the desk: from the opening on until the closing, undefined for no end. */
export type LanguageHours = { readonly from: Instant; readonly to: Instant | undefined }

/** When somebody is there who speaks a language. */
export type LanguageAvailability<S extends Speaker = Speaker> = {
  /** The primary tag of the language, such as `ar`. */
  readonly language: string
  /** Those who speak it, whether they are there or not. */
  readonly speakers: readonly S[]
  /** Whether `hours` have begun. */
  readonly isOpen: boolean
  /** The present hours of its speakers, or the next ones; undefined where none of them has hours, or they never come. */
  readonly hours: LanguageHours | undefined
}

/**
 * When somebody is there who speaks each language of a desk: those of its agents and of its centres, in the order of their tags.
 * The hours of a language are those of all crews of its speakers, and of the centres that speak it.
 * @param plan the crews with their hours; undefined where the desk has none.
 * @param wanted this language alone, whatever its region; all by default.
 */
export function languageAvailabilities<S extends Speaker>(
  plan: ShiftPlan | undefined,
  speakers: readonly S[],
  moment: Instant,
  wanted?: string,
): readonly LanguageAvailability<S>[] {
  const at = canonicalInstant(moment)
  const crews = plan?.crews ?? []
  const tags = [...speakers, ...crews].flatMap((each) => each.languages)
  const languages = [...new Set(tags.map(primaryOf))].filter(
    (each) => wanted === undefined || isSameLanguage(each, wanted),
  )
  return languages.sort().map((language) => {
    const ofLanguage = speakers.filter(({ languages }) => languages.some((each) => isSameLanguage(each, language)))
    const theirs = new Set(plan ? ofLanguage.flatMap((each) => crewOf(plan, each) ?? []) : [])
    const working = crews.filter(
      (crew) => theirs.has(crew) || crew.languages.some((each) => isSameLanguage(each, language)),
    )
    const hours = plan && hoursOf(plan, working, at)
    return { language, speakers: ofLanguage, isOpen: hours !== undefined && hours.from <= at, hours }
  })
}

const primaryOf = (tag: string): string => tag.toLowerCase().split('-', 1)[0] ?? tag

/** The hours of some crews together, and since when these are known to be the present or the next ones. */
type CachedHours = { readonly since: Instant; readonly hours: LanguageHours | undefined }

/** The search through the centuries for crews that never close, or never open, happens once. */
const cachedHours = new WeakMap<ShiftPlan, Map<string, CachedHours>>()

function hoursOf(plan: ShiftPlan, crews: readonly PlannedCrew[], at: Instant): LanguageHours | undefined {
  if (crews.length === 0) return undefined
  const cache = cachedHours.get(plan) ?? new Map<string, CachedHours>()
  cachedHours.set(plan, cache)
  const key = JSON.stringify(crews.map(({ kind, name }) => [kind, name]))
  const last = cache.get(key)
  if (last && last.since <= at && (last.hours?.to === undefined || at < last.hours.to)) return last.hours
  const calendar = unionOf(crews.map(({ hours }) => hours))
  const next = nextOpening(calendar, at)
  const to = next && closesAt(calendar, next)
  // Of hours without an end the search for their beginning goes back for centuries.
  const from = next === at && to !== undefined ? previousOpening(calendar, at) : next
  const hours = from && { from, to }
  cache.set(key, { since: at, hours })
  return hours
}
