import { defaultEscalationTeam } from '../sla/settings.ts'
import { categoriesOf } from '../category/tree.ts'
import type { BusinessDays } from '../kernel/duration.ts'
import { businessDaysOf } from '../kernel/duration.ts'
import type { Configuration } from './configuration.ts'
import { calendarsOfObjectives, calendarsOfShifts, calendarsOfTeams, missing, thereIs } from './hours-faults.ts'
import { coverage, unmannedClocks, unsaidPromises } from './promise-faults.ts'

/** What does not fit together in a configuration, and where. */
export type Inconsistency = { readonly path: readonly (string | number)[]; readonly message: string }

/** A part of a configuration, by the name it stands under. */
export type Section = keyof Configuration

/** Sections that are there. */
export type Sections<S extends Section> = Pick<Configuration, S>

/**
 * The places where the parts of a configuration refer to what is not there, or leave something out.
 * @param parts sections that are well-formed; what is asked of others too is left aside.
 */
export function checkConsistency(parts: Partial<Configuration>): readonly Inconsistency[] {
  return checks.flatMap(({ of, find }) => (of.every((section) => parts[section]) ? [...find(parts)] : []))
}

type Check = {
  readonly of: readonly Section[]
  readonly find: (parts: Partial<Configuration>) => Iterable<Inconsistency>
}

/** A check, and the sections that it asks. */
const asks = <S extends Section>(
  of: readonly S[],
  find: (sections: Sections<S>) => Iterable<Inconsistency>,
): Check => ({ of, find: (parts) => find(parts as Sections<S>) })

const checks: readonly Check[] = [
  asks(['thresholds'], chases),
  asks(['teams', 'plans', 'sla'], names),
  asks(['teams', 'calendars'], calendarsOfTeams),
  asks(['objectives', 'calendars'], calendarsOfObjectives),
  asks(['followTheSun', 'calendars'], calendarsOfShifts),
  asks(['routing', 'followTheSun', 'categories'], routingNames),
  asks(['teams', 'followTheSun'], centresOfTeams),
  asks(['sla', 'teams'], ownersOfCalendars),
  asks(['sla', 'calendars', 'categories', 'plans', 'teams'], policies),
  asks(['sla', 'categories'], unsaidPromises),
  asks(['sla', 'calendars', 'followTheSun'], unmannedClocks),
  asks(['sla', 'categories', 'plans'], coverage),
  asks(['classification', 'categories', 'plans'], classification),
  asks(['levels', 'teams'], levelTeams),
]

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
      yield { path: [...path, index, ...(field === undefined ? [] : [field])], message: `stands there twice: ${name}` }
    }
  }
}

/** Names are checked where there are any: a desk without centres may use them as labels, one without categories takes any. */
function* routingNames({
  routing,
  followTheSun,
  categories,
}: Sections<'routing' | 'followTheSun' | 'categories'>): Iterable<Inconsistency> {
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

function* centresOfTeams({ teams, followTheSun }: Sections<'teams' | 'followTheSun'>): Iterable<Inconsistency> {
  const known = followTheSun.centres.map(({ id }) => id)
  for (const [index, { centre }] of teams.entries()) {
    if (centre !== undefined && !known.includes(centre)) {
      yield { path: ['teams', index, 'centre'], message: missing('centre', centre, known) }
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
  const known = [...categoriesOf(categories)]
  const paths = known.map(([path]) => path)
  const teamNames = teams.map(({ name }) => name)
  for (const [index, policy] of sla.policies.entries()) {
    const { applies, calendar, calendars: own = {}, escalateTo, ...targets } = policy
    const at = (...path: (string | number)[]) => ['sla', 'policies', index, ...path]
    const named = [
      { name: calendar, path: at('calendar') },
      ...Object.entries(own).map(([target, name]) => ({ name, path: at('calendars', target) })),
    ]
    for (const { name, path } of named) {
      if (name !== undefined && !Object.hasOwn(calendars, name)) {
        yield { path, message: missing('calendar', name, Object.keys(calendars)) }
      }
    }
    for (const target of Object.keys(own) as (keyof typeof own)[]) {
      if (targets[target] === undefined) {
        yield { path: at('calendars', target), message: `${policy.name} promises no ${target}: leave the calendar out` }
      }
    }
    for (const [place, category] of (applies.categories ?? []).entries()) {
      if (!paths.includes(category)) {
        yield { path: at('applies', 'categories', place), message: missing('category', category, paths) }
      }
    }
    for (const [place, plan] of (applies.plans ?? []).entries()) {
      if (!plans.includes(plan)) yield { path: at('applies', 'plans', place), message: missing('plan', plan, plans) }
    }
    if (!targets.promises && isMissing(escalateTo, teamNames)) {
      yield { path: at('escalateTo'), message: noSuchTeam(escalateTo, teamNames) }
    }
    const [first, last] = [targets.firstResponse, targets.resolution].map(inOneUnit)
    if (first && last && own.firstResponse === own.resolution && first.unit === last.unit && first.count > last.count) {
      yield { path: at('firstResponse'), message: 'must not be longer than the resolution' }
    }
  }
  for (const [path, { escalateTo }] of known) {
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
    for (const [place, plan] of (when.plans ?? []).entries()) {
      const path = ['classification', 'rules', index, 'when', 'plans', place]
      if (!plans.includes(plan)) yield { path, message: missing('plan', plan, plans) }
    }
  }
}

function* levelTeams({ levels, teams }: Sections<'levels' | 'teams'>): Iterable<Inconsistency> {
  const known = teams.map(({ name }) => name)
  for (const [level, { team }] of Object.entries(levels)) {
    if (team !== undefined && isMissing(team, known)) {
      yield { path: ['levels', level, 'team'], message: missing('team', team, known) }
    }
  }
}

const inOneUnit = (time: number | BusinessDays | undefined) => {
  if (time === undefined) return undefined
  const count = businessDaysOf(time)
  return count === undefined ? { unit: 'ms', count: time as number } : { unit: 'days', count }
}

/** A desk that names no teams takes any. */
const isMissing = (team: string, known: readonly string[]): boolean => known.length > 0 && !known.includes(team)

function noSuchTeam(team: string, known: readonly string[]): string {
  if (team !== defaultEscalationTeam) return missing('team', team, known)
  const unsaid = `there is no team ${team}, to which a policy escalates that names no team`
  return `${unsaid}; ${thereIs(known)}: name one of them as escalateTo, or add ${team} to the teams`
}
