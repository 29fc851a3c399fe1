import { compileCalendar } from '../calendar/compile.ts'
import type { Calendar } from '../calendar/spans.ts'
import type { ChatHours } from '../chat/hours.ts'
import type { ChatSettings } from '../chat/settings.ts'
import { categoriesOf } from '../category.ts'
import type { CentreSettings } from '../centre.ts'
import { defaultHandOver } from '../centre.ts'
import type { PlannedCrew, ShiftPlan } from '../shift/plan.ts'
import type { BusinessTime } from '../sla/business-time.ts'
import { businessTimeOn } from '../sla/business-time.ts'
import type { TeamHours } from '../sla/settings.ts'
import type { ServiceLevels } from '../sla/terms.ts'
import type { Wording } from '../wording/wording.ts'
import type { TermsTimeline, TermsVersion } from './terms.ts'
import type { ConfigurationVersion } from './versions.ts'
import { inForce } from './versions.ts'

/** The name of a version of the configuration in events. */
export const versionName = (number: number): string => `configuration-${number}`

const termsByVersion = new WeakMap<ConfigurationVersion, TermsVersion>()

/**
 * The terms of tickets: those of `base` until a configuration is in force, then the configuration's. Each version is
 * computed once.
 */
export function termsOf(versions: readonly ConfigurationVersion[], base: Omit<TermsVersion, 'from'>): TermsTimeline {
  return [{ from: undefined, ...base }, ...inForce(versions).map((version) => termsUnder(version, base.wording))]
}

/**
 * A timeline after one more version has been applied: it replaces those that would come into force with it or later.
 */
export function termsAfter([first, ...rest]: TermsTimeline, version: ConfigurationVersion): TermsTimeline {
  const earlier = rest.filter(({ from }) => from !== undefined && from < version.effectiveFrom)
  return [first, ...earlier, termsUnder(version, first.wording)]
}

function termsUnder(version: ConfigurationVersion, wording: Wording): TermsVersion {
  const terms = termsByVersion.get(version) ?? workedOut(version, wording)
  termsByVersion.set(version, terms)
  return terms
}

function workedOut(version: ConfigurationVersion, wording: Wording): TermsVersion {
  const { configuration, effectiveFrom, number } = version
  return {
    from: effectiveFrom,
    policy: { version: versionName(number), ...policyOf(version) },
    wording: withTemplates(wording, configuration.templates),
    ...(configuration.incidents && { incidents: configuration.incidents }),
    ...(configuration.chat && { chat: configuration.chat, chatHours: chatHoursOf(version, configuration.chat) }),
    ...(configuration.customers && { customers: configuration.customers }),
    ...(configuration.routing && { routing: configuration.routing }),
    ...(configuration.proactive && { proactive: configuration.proactive }),
    ...(configuration.knowledge && { knowledge: configuration.knowledge }),
    shifts: shiftPlanOf(version.publicHolidays, configuration.calendars, configuration.followTheSun),
  }
}

/** The operating hours of each channel of chat; a calendar is compiled when it is first asked. */
function chatHoursOf(
  { configuration: { calendars }, publicHolidays }: Pick<ConfigurationVersion, 'configuration' | 'publicHolidays'>,
  { channels }: ChatSettings,
): ChatHours {
  const compiled = new Map<string, Calendar>()
  return (channel) => {
    const { hours } = channels[channel]
    const definition = hours === undefined ? undefined : calendars[hours]
    if (hours === undefined || !definition) return undefined
    const calendar = compiled.get(hours) ?? compileCalendar(definition, publicHolidays)
    compiled.set(hours, calendar)
    return calendar
  }
}

/** The shift plan; a configuration that is older than a setting has its default. */
function shiftPlanOf(
  publicHolidays: ConfigurationVersion['publicHolidays'],
  calendars: ConfigurationVersion['configuration']['calendars'] = {},
  { centres = [], shifts = [], shiftCrews = {}, handOver = defaultHandOver }: Partial<CentreSettings> = {},
): ShiftPlan {
  const crew = (facts: Omit<PlannedCrew, 'hours'>, calendar: string) => {
    const definition = calendars[calendar]
    return definition ? [withHours(facts, () => compileCalendar(definition, publicHolidays))] : []
  }
  return {
    crews: [
      ...[...centres]
        .sort((a, b) => a.priority - b.priority)
        .flatMap(({ id, calendar, languages, specialities, minimumCrew }) =>
          crew({ kind: 'centre', name: id, languages, specialities, minimumCrew }, calendar),
        ),
      ...shifts.flatMap((name) => crew({ kind: 'shift', name, languages: [], minimumCrew: shiftCrews[name] }, name)),
    ],
    handOver,
  }
}

/** A crew whose calendar is compiled on first use. */
function withHours(crew: Omit<PlannedCrew, 'hours'>, compile: () => PlannedCrew['hours']): PlannedCrew {
  let hours: PlannedCrew['hours'] | undefined
  return {
    ...crew,
    get hours() {
      return (hours ??= compile())
    },
  }
}

/** The ticket policy of a configuration. */
export function policyOf({
  configuration: { desk, thresholds, objectives, ...rest },
  publicHolidays,
}: Pick<ConfigurationVersion, 'configuration' | 'publicHolidays'>): Omit<TermsVersion['policy'], 'version'> {
  const categories = categoriesOf(rest.categories)
  const serviceLevels: ServiceLevels = {
    policies: rest.sla.policies,
    calendars: Object.fromEntries(
      Object.entries(rest.calendars).map(([name, definition]) => [
        name,
        timeOn(() => compileCalendar(definition, publicHolidays)),
      ]),
    ),
    teams: teamHoursOf(rest),
    levelTeams: Object.fromEntries(Object.entries(rest.levels ?? {}).map(([level, { team }]) => [level, team])),
    escalationTeams: Object.fromEntries(
      [...categories].flatMap(([path, { escalateTo }]) => (escalateTo === undefined ? [] : [[path, escalateTo]])),
    ),
  }
  const plans = new Set(rest.plans)
  const teams = new Set(rest.teams.map(({ name }) => name))
  return { ...desk, ...thresholds, targets: objectives, serviceLevels, levels: rest.levels, categories, plans, teams }
}

/** The calendar of each team, and that of its centre; a configuration that is older than centres has none. */
export function teamHoursOf({
  teams,
  followTheSun,
}: Pick<ConfigurationVersion['configuration'], 'teams' | 'followTheSun'>): Readonly<Record<string, TeamHours>> {
  const centres = new Map((followTheSun?.centres ?? []).map(({ id, calendar }) => [id, { id, calendar }]))
  return Object.fromEntries(
    teams.map(({ name, calendar, centre }) => [name, { calendar, centre: centres.get(centre ?? '') }]),
  )
}

/** Business time on a calendar that is compiled on first use. */
function timeOn(compile: () => Calendar): Required<BusinessTime> {
  let time: Required<BusinessTime> | undefined
  const compiled = () => (time ??= businessTimeOn(compile()))
  return {
    add: (from, length) => compiled().add(from, length),
    between: (from, to) => compiled().between(from, to),
    addDays: (from, count) => compiled().addDays(from, count),
    subtract: (to, length) => compiled().subtract(to, length),
  }
}

/** The wording of the product, with the reply templates of a configuration added or replacing its own. */
function withTemplates(
  wording: Wording,
  templates: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Wording {
  return Object.fromEntries(
    Object.entries(wording).map(([language, words]) => [
      language,
      { ...words, replyTemplates: { ...words.replyTemplates, ...templates[language] } },
    ]),
  )
}
