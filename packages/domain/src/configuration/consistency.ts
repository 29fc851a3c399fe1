import { isReached, uncoveredTerms } from '../sla/coverage.ts'
import { defaultEscalationTeam } from '../sla/settings.ts'
import { categoriesOf } from '../category/tree.ts'
import { covers } from '../category/path.ts'
import type { Configuration } from './configuration.ts'

/** What does not fit together in a configuration, and where. */
export type Inconsistency = { readonly path: readonly (string | number)[]; readonly message: string }

/** The places where the parts of a configuration refer to what is not there, or leave something out. */
export function checkConsistency(configuration: Configuration): readonly Inconsistency[] {
  return checks.flatMap((check) => [...check(configuration)])
}

type Check = (configuration: Configuration) => Iterable<Inconsistency>

const checks: readonly Check[] = [
  chases,
  names,
  calendarsOfTeams,
  calendarsOfShifts,
  routingNames,
  centresOfTeams,
  ownersOfCalendars,
  policies,
  promises,
  coverage,
  classification,
  levelTeams,
]

function* chases({ thresholds }: Configuration): Iterable<Inconsistency> {
  const steps = [...thresholds.chaseAfter, thresholds.closeUnansweredAfter]
  if (steps.some((step, index) => index > 0 && step <= (steps[index - 1] ?? 0))) {
    const message = 'the chases must come in ascending order, and before closeUnansweredAfter'
    yield { path: ['thresholds', 'chaseAfter'], message }
  }
}

function* names({ teams, plans, sla }: Configuration): Iterable<Inconsistency> {
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
      yield { path: [...path, index, ...(field === undefined ? [] : [field])], message: `stands there twice: ${name}` }
    }
  }
}

function* calendarsOfTeams({ teams, calendars }: Configuration): Iterable<Inconsistency> {
  for (const [index, { calendar }] of teams.entries()) {
    if (calendar !== undefined && !Object.hasOwn(calendars, calendar)) {
      yield { path: ['teams', index, 'calendar'], message: missing('calendar', calendar, Object.keys(calendars)) }
    }
  }
}

function* calendarsOfShifts({ followTheSun, calendars }: Configuration): Iterable<Inconsistency> {
  const named = [
    ...followTheSun.centres.map(({ calendar }, index) => ({ calendar, path: ['centres', index, 'calendar'] })),
    ...followTheSun.shifts.map((calendar, index) => ({ calendar, path: ['shifts', index] })),
  ]
  for (const { calendar, path } of named) {
    if (!Object.hasOwn(calendars, calendar)) {
      yield { path: ['followTheSun', ...path], message: missing('calendar', calendar, Object.keys(calendars)) }
    }
  }
}

/** Names are checked where there are any: a desk without centres may use them as labels, one without categories takes any. */
function* routingNames({ routing, followTheSun, categories }: Configuration): Iterable<Inconsistency> {
  const centres = followTheSun.centres.map(({ id }) => id)
  const paths = [...categoriesOf(categories).keys()]
  const check = function* (what: string, known: readonly string[], name: string, path: (string | number)[]) {
    if (known.length > 0 && !known.includes(name)) {
      yield { path: ['routing', ...path], message: missing(what, name, known) }
    }
  }
  for (const category of Object.keys(routing.requirements)) {
    yield* check('category', paths, category, ['requirements', category])
  }
  for (const [index, rule] of routing.centres.entries()) {
    for (const [place, centre] of rule.centres.entries()) {
      yield* check('centre', centres, centre, ['centres', index, 'centres', place])
    }
    for (const [place, category] of (rule.categories ?? []).entries()) {
      yield* check('category', paths, category, ['centres', index, 'categories', place])
    }
  }
}

function* centresOfTeams({ teams, followTheSun }: Configuration): Iterable<Inconsistency> {
  const known = followTheSun.centres.map(({ id }) => id)
  for (const [index, { centre }] of teams.entries()) {
    if (centre !== undefined && !known.includes(centre)) {
      yield { path: ['teams', index, 'centre'], message: missing('centre', centre, known) }
    }
  }
}

function* ownersOfCalendars({ sla, teams }: Configuration): Iterable<Inconsistency> {
  for (const [index, { calendarOf }] of sla.policies.entries()) {
    if (calendarOf === undefined) continue
    if (teams.some(({ calendar, centre }) => centre !== undefined || (calendarOf === 'team' && calendar !== undefined)))
      continue
    const message = calendarOf === 'team' ? 'no team has a calendar or a centre' : 'no team has a centre'
    yield { path: ['sla', 'policies', index, 'calendarOf'], message }
  }
}

function* policies({ sla, calendars, categories, plans, teams }: Configuration): Iterable<Inconsistency> {
  const known = [...categoriesOf(categories)]
  const paths = known.map(([path]) => path)
  const teamNames = teams.map(({ name }) => name)
  for (const [index, { applies, calendar, escalateTo, ...targets }] of sla.policies.entries()) {
    const at = (...path: (string | number)[]) => ['sla', 'policies', index, ...path]
    if (calendar !== undefined && !Object.hasOwn(calendars, calendar)) {
      yield { path: at('calendar'), message: missing('calendar', calendar, Object.keys(calendars)) }
    }
    for (const [place, category] of (applies.categories ?? []).entries()) {
      if (!paths.includes(category)) {
        yield { path: at('applies', 'categories', place), message: missing('category', category, paths) }
      }
    }
    for (const [place, plan] of (applies.plans ?? []).entries()) {
      if (!plans.includes(plan)) yield { path: at('applies', 'plans', place), message: missing('plan', plan, plans) }
    }
    if (!teamNames.includes(escalateTo)) {
      const message = missing('team', escalateTo, teamNames)
      const unsaid = escalateTo === defaultEscalationTeam ? ', to which a policy escalates that names no team' : ''
      yield { path: at('escalateTo'), message: `${message}${unsaid}` }
    }
    if ((targets.firstResponse ?? 0) > (targets.resolution ?? Infinity)) {
      yield { path: at('firstResponse'), message: 'must not be longer than the resolution' }
    }
  }
  for (const [path, { escalateTo }] of known) {
    if (escalateTo !== undefined && !teamNames.includes(escalateTo)) {
      yield { path: ['categories', path, 'escalateTo'], message: missing('team', escalateTo, teamNames) }
    }
  }
}

/** One row may exempt some tickets; a table in which no row promises anything has lost its targets. */
function* promises({ sla }: Configuration): Iterable<Inconsistency> {
  const promising = sla.policies.some(
    ({ firstResponse, nextResponse, resolution, update }) => firstResponse ?? nextResponse ?? resolution ?? update,
  )
  if (sla.policies.length > 0 && !promising) {
    const message =
      'no policy promises anything: give one a target, or write policies: [] for a desk that promises nothing'
    yield { path: ['sla', 'policies'], message }
  }
}

function* classification({ classification, categories, plans }: Configuration): Iterable<Inconsistency> {
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
    for (const [place, plan] of (when.plans ?? []).entries()) {
      const path = ['classification', 'rules', index, 'when', 'plans', place]
      if (!plans.includes(plan)) yield { path, message: missing('plan', plan, plans) }
    }
  }
}

function* levelTeams({ levels, teams }: Configuration): Iterable<Inconsistency> {
  const known = teams.map(({ name }) => name)
  for (const [level, { team }] of Object.entries(levels)) {
    if (team !== undefined && !known.includes(team)) {
      yield { path: ['levels', level, 'team'], message: missing('team', team, known) }
    }
  }
}

function* coverage(configuration: Configuration): Iterable<Inconsistency> {
  const { sla, categories, plans } = configuration
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
  const all = [...categoriesOf(categories).keys()]
  for (const [index, policy] of sla.policies.entries()) {
    const { name } = policy
    const before = sla.policies
      .slice(0, index)
      .find((earlier) => appliesToAllOf(earlier.applies, sla.policies[index]?.applies ?? {}))
    if (before) {
      yield {
        path: ['sla', 'policies', index],
        message: `${name} can never apply: ${before.name} above it applies to all of it`,
      }
    } else if (
      !appliesToAllOf(policy.applies, {}) &&
      !isReached(policy, sla.policies, within(all, policy.applies.categories), plans)
    ) {
      yield {
        path: ['sla', 'policies', index],
        message: `${name} can never apply: the policies above it take all its tickets between them`,
      }
    }
  }
}

/** The categories that a row asks for, and those below them; all where it asks for none. */
const within = (all: readonly string[], asked: readonly string[] | undefined): readonly string[] =>
  asked ? all.filter((path) => asked.some((one) => covers(one, path))) : all

type Applies = Configuration['sla']['policies'][number]['applies']

/** Whether every ticket that the second table row would apply to is the first one's. */
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
    holds(wide.categories, narrow.categories, (below, above) => covers(above, below))
  )
}

const missing = (what: string, name: string, known: readonly string[]): string =>
  `there is no ${what} ${name}${known.length === 0 ? '' : `; there is ${known.slice(0, 10).join(', ')}${known.length > 10 ? ' …' : ''}`}`
