import type { z } from 'zod'
import { businessTimeBetween } from '../calendar/business-time.ts'
import type { PublicHolidays } from '../calendar/calendar.ts'
import { compileCalendar } from '../calendar/compile.ts'
import { categoriesOf, covers } from '../category.ts'
import { centreFaults } from '../centre.ts'
import type { BusinessDays, Instant } from '../kernel/time.ts'
import { businessDaysOf, days, later } from '../kernel/time.ts'
import { describeIssue } from '../kernel/validation.ts'
import { proactiveFaults } from '../proactive/settings.ts'
import type { SlaPolicy, SlaTarget } from '../sla/settings.ts'
import { defaultEscalationTeam, promiseNames, slaTargets } from '../sla/settings.ts'
import { reachedPolicies, uncoveredTerms } from '../sla/terms.ts'
import type { Configuration } from './configuration.ts'
import { sectionsSchema } from './configuration.ts'
import type { Inconsistency } from './inconsistency.ts'
import { missing, missingTerms, thereIs } from './inconsistency.ts'

/** A check, and the sections that it reads. */
const check = <S extends Section>(
  of: readonly S[],
  find: (sections: Sections<S>) => Iterable<Inconsistency>,
): Check => ({ of, find: (parts) => find(parts as Sections<S>) })

const inOneUnit = (time: number | BusinessDays | undefined) => {
  if (time === undefined) return undefined
  const count = businessDaysOf(time)
  return count === undefined ? { unit: 'ms', count: time as number } : { unit: 'days', count }
}

/** A desk that defines no teams accepts any. */
const isMissing = (team: string, teams: readonly string[]): boolean => teams.length > 0 && !teams.includes(team)

const promisedTargets = (policy: SlaPolicy): readonly SlaTarget[] =>
  slaTargets.filter((target) => policy[promiseNames[target]] !== undefined)

const promisesAnything = (policy: SlaPolicy): boolean => promisedTargets(policy).length > 0

const checks: readonly Check[] = [
  check(['thresholds'], chases),
  check(['teams', 'plans', 'sla'], names),
  check(['teams', 'calendars'], calendarsOfTeams),
  check(['objectives', 'calendars'], calendarsOfObjectives),
  check(['chat', 'calendars'], calendarsOfChat),
  check(['chat', 'categories', 'plans'], policiesOfChat),
  check(['followTheSun', 'calendars'], calendarsOfShifts),
  check(['routing', 'followTheSun', 'categories'], routingNames),
  check(['teams', 'followTheSun'], centresOfTeams),
  check(['sla', 'teams'], ownersOfCalendars),
  check(['sla', 'calendars', 'categories', 'plans', 'teams'], policies),
  check(['sla', 'categories'], unsaidPromises),
  check(['sla', 'calendars', 'followTheSun'], unmannedClocks),
  check(['sla', 'categories', 'plans'], coverage),
  check(['classification', 'categories', 'plans'], classification),
  check(['levels', 'teams'], levelTeams),
  check(['proactive', 'plans'], ({ proactive, plans }) => proactiveFaults(proactive, plans)),
]

/**
 * The whole configuration of a desk as one document, with references between sections checked. Durations are
 * milliseconds after parsing.
 */
export const configurationSchema = sectionsSchema.superRefine((configuration, context) => {
  for (const { path, message } of checkConsistency(configuration)) {
    context.addIssue({ code: 'custom', path: [...path], message })
  }
})

/** A configuration as users write it: fields with a default may be left out. */
export type ConfigurationInput = z.input<typeof configurationSchema>

/** The name of a section of a configuration. */
type Section = keyof Configuration

/** Sections that are present. */
type Sections<S extends Section> = Pick<Configuration, S>

/**
 * The places where sections of a configuration refer to something missing, or leave something out.
 * @param parts well-formed sections; checks that need other sections are skipped.
 */
export function checkConsistency(parts: Partial<Configuration>): readonly Inconsistency[] {
  return checks.flatMap(({ of, find }) => (of.every((section) => parts[section]) ? [...find(parts)] : []))
}

type Check = {
  readonly of: readonly Section[]
  readonly find: (parts: Partial<Configuration>) => Iterable<Inconsistency>
}

function* chases({ thresholds }: Sections<'thresholds'>): Iterable<Inconsistency> {
  const steps = [...thresholds.chaseAfter, thresholds.closeUnansweredAfter]
  if (steps.some((step, index) => index > 0 && step <= (steps[index - 1] ?? 0))) {
    const message = 'the chases must come in ascending order, and before closeUnansweredAfter'
    yield { path: ['thresholds', 'chaseAfter'], message }
  }
}

function* names({ teams, plans, sla }: Sections<'teams' | 'plans' | 'sla'>): Iterable<Inconsistency> {
  yield* twice(
    ['teams'],
    teams.map(({ name }) => name),
    'name',
  )
  yield* twice(['plans'], plans)
  yield* twice(
    ['sla', 'policies'],
    sla.policies.map(({ name }) => name),
    'name',
  )
}

function* twice(path: readonly string[], list: readonly string[], field?: string): Iterable<Inconsistency> {
  for (const [index, name] of list.entries()) {
    if (list.indexOf(name) < index) {
      yield { path: [...path, index, ...(field === undefined ? [] : [field])], message: `occurs twice: ${name}` }
    }
  }
}

/**
 * Names are checked if any are defined: a desk without centres may use them as labels, one without categories accepts
 * any.
 */
function* routingNames({
  routing,
  followTheSun,
  categories,
}: Sections<'routing' | 'followTheSun' | 'categories'>): Iterable<Inconsistency> {
  const centres = followTheSun.centres.map(({ id }) => id)
  const paths = [...categoriesOf(categories).keys()]
  const checkName = function* (what: string, choices: readonly string[], name: string, path: (string | number)[]) {
    if (choices.length > 0 && !choices.includes(name)) {
      yield { path: ['routing', ...path], message: missing(what, name, choices) }
    }
  }
  for (const category of Object.keys(routing.requirements)) {
    yield* checkName('category', paths, category, ['requirements', category])
  }
  for (const [index, rule] of routing.centres.entries()) {
    for (const [centreIndex, centre] of rule.centres.entries()) {
      yield* checkName('centre', centres, centre, ['centres', index, 'centres', centreIndex])
    }
    for (const [categoryIndex, category] of (rule.categories ?? []).entries()) {
      yield* checkName('category', paths, category, ['centres', index, 'categories', categoryIndex])
    }
  }
}

function* centresOfTeams({ teams, followTheSun }: Sections<'teams' | 'followTheSun'>): Iterable<Inconsistency> {
  const centres = followTheSun.centres.map(({ id }) => id)
  for (const [index, { centre }] of teams.entries()) {
    if (centre !== undefined && !centres.includes(centre)) {
      yield { path: ['teams', index, 'centre'], message: missing('centre', centre, centres) }
    }
  }
}

function* ownersOfCalendars({ sla, teams }: Sections<'sla' | 'teams'>): Iterable<Inconsistency> {
  for (const [index, { calendarOf }] of sla.policies.entries()) {
    if (calendarOf === undefined) continue
    if (teams.some(({ calendar, centre }) => centre !== undefined || (calendarOf === 'team' && calendar !== undefined)))
      continue
    const message = calendarOf === 'team' ? 'no team has a calendar or a centre' : 'no team has a centre'
    yield { path: ['sla', 'policies', index, 'calendarOf'], message }
  }
}

function* policies({
  sla,
  calendars,
  categories,
  plans,
  teams,
}: Sections<'sla' | 'calendars' | 'categories' | 'plans' | 'teams'>): Iterable<Inconsistency> {
  const entries = [...categoriesOf(categories)]
  const paths = entries.map(([path]) => path)
  const teamNames = teams.map(({ name }) => name)
  for (const [index, policy] of sla.policies.entries()) {
    const { applies, calendar, calendars: byTarget = {}, escalateTo, ...targets } = policy
    const at = (...path: (string | number)[]) => ['sla', 'policies', index, ...path]
    const named = [
      { name: calendar, path: at('calendar') },
      ...Object.entries(byTarget).map(([target, name]) => ({ name, path: at('calendars', target) })),
    ]
    for (const { name, path } of named) {
      if (name !== undefined && !Object.hasOwn(calendars, name)) {
        yield { path, message: missing('calendar', name, Object.keys(calendars)) }
      }
    }
    for (const target of Object.keys(byTarget) as (keyof typeof byTarget)[]) {
      if (targets[target] === undefined) {
        yield { path: at('calendars', target), message: `${policy.name} promises no ${target}: leave the calendar out` }
      }
    }
    yield* missingTerms(applies, { categories: paths, plans }, at('applies'))
    if (!targets.promises && isMissing(escalateTo, teamNames)) {
      yield { path: at('escalateTo'), message: noSuchTeam(escalateTo, teamNames) }
    }
    const [first, last] = [targets.firstResponse, targets.resolution].map(inOneUnit)
    const isOneCalendar = byTarget.firstResponse === byTarget.resolution
    if (first && last && isOneCalendar && first.unit === last.unit && first.count > last.count) {
      yield { path: at('firstResponse'), message: 'must not be longer than the resolution' }
    }
  }
  for (const [path, { escalateTo }] of entries) {
    if (escalateTo !== undefined && isMissing(escalateTo, teamNames)) {
      yield { path: ['categories', path, 'escalateTo'], message: missing('team', escalateTo, teamNames) }
    }
  }
}

function* classification({
  classification,
  categories,
  plans,
}: Sections<'classification' | 'categories' | 'plans'>): Iterable<Inconsistency> {
  const paths = [...categoriesOf(categories).keys()]
  const { rules, fallback } = classification
  const set = [
    ...rules.map(({ set }, index) => ({ ...set, at: ['rules', index, 'set'] })),
    { ...fallback, at: ['fallback'] },
  ]
  for (const { category, at } of set) {
    if (category !== undefined && paths.length > 0 && !paths.includes(category)) {
      yield { path: ['classification', ...at, 'category'], message: missing('category', category, paths) }
    }
  }
  for (const [index, { when }] of rules.entries()) {
    for (const [planIndex, plan] of (when.plans ?? []).entries()) {
      const path = ['classification', 'rules', index, 'when', 'plans', planIndex]
      if (!plans.includes(plan)) yield { path, message: missing('plan', plan, plans) }
    }
  }
}

function* levelTeams({ levels, teams }: Sections<'levels' | 'teams'>): Iterable<Inconsistency> {
  const teamNames = teams.map(({ name }) => name)
  for (const [level, { team }] of Object.entries(levels)) {
    if (team !== undefined && isMissing(team, teamNames)) {
      yield { path: ['levels', level, 'team'], message: missing('team', team, teamNames) }
    }
  }
}

function noSuchTeam(team: string, teamNames: readonly string[]): string {
  if (team !== defaultEscalationTeam) return missing('team', team, teamNames)
  const unsaid = `there is no team ${team}, to which a policy escalates that names no team`
  return `${unsaid}; ${thereIs(teamNames)}: name one of them as escalateTo, or add ${team} to the teams`
}

/** The well-formed sections of a document, and the faults of the others. */
type ParsedSections = {
  /** Without the faulty sections. */
  readonly parts: Partial<Configuration>
  readonly issues: readonly z.core.$ZodIssue[]
}

/** Parses the sections of a document separately; `checkConsistency` checks whether they fit together. */
export function wellFormed(document: unknown): ParsedSections {
  const read = sectionsSchema.safeParse(document, describeIssue)
  if (read.success) return { parts: read.data, issues: [] }
  const { issues } = read.error
  if (issues.some(({ code, path }) => path.length === 0 && code !== 'unrecognized_keys')) return { parts: {}, issues }
  const faulty = new Set(issues.flatMap(({ path }) => path.slice(0, 1)))
  const sections = document as Readonly<Record<string, unknown>>
  const sound = (Object.keys(sectionsSchema.shape) as Section[]).filter((section) => !faulty.has(section))
  const parts = sound.map((section) => [section, sectionsSchema.shape[section].parse(sections[section])])
  return { parts: Object.fromEntries(parts) as Partial<Configuration>, issues }
}

/** The period for which a calendar is checked. */
const ahead = days(731)

/**
 * The faults in the hours of a configuration that depend on holidays, closures and zones: a calendar that does not open
 * within two years, or an hour of them that centres leave uncovered.
 * @param from where the two years start.
 */
export function hoursFaults(
  { calendars, followTheSun }: Pick<Configuration, 'calendars' | 'followTheSun'>,
  publicHolidays: PublicHolidays,
  from: Instant,
): readonly Inconsistency[] {
  const compiled = new Map(
    Object.entries(calendars).map(([name, definition]) => [name, compileCalendar(definition, publicHolidays)]),
  )
  const closed = [...compiled].flatMap(([name, calendar]) => {
    if (businessTimeBetween(calendar, from, later(from, ahead)) > 0) return []
    const message = `does not open in the two years from ${from}: look at its closures and overrides`
    return [{ path: ['calendars', name], message }]
  })
  if (closed.length > 0) return closed
  return centreFaults(followTheSun, compiled, from).map(({ path, message }) => ({
    path: ['followTheSun', ...path],
    message,
  }))
}

/** The fault at a path that names a calendar which does not exist. */
function* calendarAt(
  path: Inconsistency['path'],
  calendar: string | undefined,
  calendars: object,
): Iterable<Inconsistency> {
  if (calendar !== undefined && !Object.hasOwn(calendars, calendar))
    yield { path, message: missing('calendar', calendar, Object.keys(calendars)) }
}

/** Missing calendars of teams. */
function* calendarsOfTeams({ teams, calendars }: Sections<'teams' | 'calendars'>): Iterable<Inconsistency> {
  for (const [index, { calendar }] of teams.entries())
    yield* calendarAt(['teams', index, 'calendar'], calendar, calendars)
}

/** Policies of chats that share a name, or whose categories and plans are missing. */
function* policiesOfChat({
  chat: { sla },
  categories,
  plans,
}: Sections<'chat' | 'categories' | 'plans'>): Iterable<Inconsistency> {
  const at = ['chat', 'sla', 'policies']
  const terms = { categories: [...categoriesOf(categories).keys()], plans }
  const named = sla.policies.map(({ name }) => name)
  yield* twice(at, named, 'name')
  for (const [index, { applies }] of sla.policies.entries())
    yield* missingTerms(applies, terms, [...at, index, 'applies'])
}

/** Missing calendars of the channels of chat. */
function* calendarsOfChat({ chat: { channels }, calendars }: Sections<'chat' | 'calendars'>): Iterable<Inconsistency> {
  for (const [channel, { hours }] of Object.entries(channels))
    yield* calendarAt(['chat', 'channels', channel, 'hours'], hours, calendars)
}

/** Missing calendars of objectives. */
function* calendarsOfObjectives({
  objectives: { calendars: named = {} },
  calendars,
}: Sections<'objectives' | 'calendars'>): Iterable<Inconsistency> {
  for (const [objective, name] of Object.entries(named))
    yield* calendarAt(['objectives', 'calendars', objective], name, calendars)
}

/** Missing calendars of centres and shifts. */
function* calendarsOfShifts({
  followTheSun: { centres, shifts },
  calendars,
}: Sections<'followTheSun' | 'calendars'>): Iterable<Inconsistency> {
  for (const [index, { calendar }] of centres.entries())
    yield* calendarAt(['followTheSun', 'centres', index, 'calendar'], calendar, calendars)
  for (const [index, calendar] of shifts.entries())
    yield* calendarAt(['followTheSun', 'shifts', index], calendar, calendars)
}

/** Policies without a promise that do not state this, and categories without any policy. */
function* unsaidPromises({ sla, categories }: Pick<Configuration, 'sla' | 'categories'>): Iterable<Inconsistency> {
  if (sla.policies.length === 0 && categories.length > 0) {
    const message =
      'no policy applies to the categories: end the table with one for all, though it say promises: nothing'
    yield { path: ['sla', 'policies'], message }
  }
  for (const [index, policy] of sla.policies.entries()) {
    if (promisesAnything(policy) === (policy.promises === undefined)) continue
    const message = policy.promises
      ? 'says nothing, but there are promises beside it: leave one of them out'
      : 'promises nothing: give it a firstResponse, nextResponse, resolution or update, or say promises: nothing'
    yield { path: ['sla', 'policies', index, ...(policy.promises ? ['promises'] : [])], message }
  }
}

/** A promise around the clock on a desk with centres none of which covers the clock. */
function* unmannedClocks({
  sla,
  calendars,
  followTheSun: { centres, aroundTheClock },
}: Pick<Configuration, 'sla' | 'calendars' | 'followTheSun'>): Iterable<Inconsistency> {
  if (centres.length === 0 || aroundTheClock.length > 0) return
  const policy = sla.policies.find((each) =>
    promisedTargets(each).some((target) => countsAroundTheClock(each, calendars, target)),
  )
  if (!policy) return
  const message =
    `names no centre, but the time of the SLA policy ${policy.name} passes around the clock: ` +
    'name the centres that are there at every hour together, or give the policy a calendar'
  yield { path: ['followTheSun', 'aroundTheClock'], message }
}

/** Tickets that no policy applies to, and policies that apply to none. */
function* coverage({
  sla,
  categories,
  plans,
}: Pick<Configuration, 'sla' | 'categories' | 'plans'>): Iterable<Inconsistency> {
  if (sla.policies.length === 0) return
  const paths = [...categoriesOf(categories).values()].filter(({ leaf }) => leaf).map(({ path }) => path)
  const [first] = uncoveredTerms(sla.policies, paths, plans)
  if (first) {
    const { category = 'a ticket without a category', priority, plan = 'no plan' } = first
    yield {
      path: ['sla', 'policies'],
      message: `no policy applies to ${category}, priority ${priority}, ${plan}: end the table with a policy that applies to all`,
    }
  }
  const named = (names: readonly string[], by: 'categories' | 'plans'): readonly string[] => [
    ...new Set([...names, ...sla.policies.flatMap(({ applies }) => applies[by] ?? [])]),
  ]
  const all = named([...categoriesOf(categories).keys()], 'categories')
  const reached = reachedPolicies(sla.policies, all, named(plans, 'plans'))
  for (const [index, policy] of sla.policies.entries()) {
    const before = sla.policies.slice(0, index).find((earlier) => appliesToAllOf(earlier.applies, policy.applies))
    if (!before && (reached.has(policy) || appliesToAllOf(policy.applies, {}))) continue
    const whose = before ? `${before.name} above it applies to all of it` : 'the policies above it take all its tickets'
    yield { path: ['sla', 'policies', index], message: `${policy.name} can never apply: ${whose}` }
  }
}

type Applies = Configuration['sla']['policies'][number]['applies']

/** Whether the first table row applies to every ticket that the second one applies to. */
function appliesToAllOf(wide: Applies, narrow: Applies): boolean {
  const holds = <T>(
    all: readonly T[] | undefined,
    some: readonly T[] | undefined,
    within: (a: T, b: T) => boolean,
  ): boolean =>
    all === undefined || (some !== undefined && some.every((one) => all.some((other) => within(one, other))))
  const same = <T>(a: T, b: T): boolean => a === b
  return (
    holds(wide.priorities, narrow.priorities, same) &&
    holds(wide.plans, narrow.plans, same) &&
    holds(wide.organisations, narrow.organisations, same) &&
    holds(wide.categories, narrow.categories, (below, above) => covers(above, below))
  )
}

/** Whether a target's time passes around the clock under a policy: on no calendar, or on one that is always open. */
function countsAroundTheClock(
  { calendar: ofPolicy, calendarOf, calendars: byTarget }: SlaPolicy,
  calendars: Configuration['calendars'],
  target: SlaTarget,
): boolean {
  const ofTarget = byTarget?.[promiseNames[target]]
  if (ofTarget === undefined && calendarOf !== undefined) return false
  const calendar = ofTarget ?? ofPolicy
  if (calendar === undefined) return true
  const { hours, timeZone: _, ...exceptions } = calendars[calendar] ?? {}
  return hours === 'always' && Object.values(exceptions).every((each) => each === undefined)
}
