import type { AnalysedActivity, Instant } from '@guichet/domain'
import { later } from '@guichet/domain'
import type { Chance } from './customers.ts'

/** What to simulate: customers who meet failures by chance, and causes of trouble that are injected. */
export type ActivityPlan = {
  readonly customers: number
  /** Over how many days, after a week from which the desk learns how often its customers meet what. */
  readonly days: number
  readonly seed: string
  /** When the days begin: the week of learning ends then. */
  readonly start: Instant
  /** How many failures a customer meets by chance, a day. */
  readonly failuresPerDay: number
  /** How many causes of trouble are injected. */
  readonly causes: number
  /** The share of the customers, from 0 to 1, who report page views too, one a day each; the others report failures. */
  readonly pageViews: number
}

/** An activity of a customer, by the customer's number. */
export type SimulatedActivity = AnalysedActivity & { readonly customer: number }

/** What a customer meets; of a search, whether an article was opened. */
export type Failure = Pick<AnalysedActivity, 'kind' | 'code'> & { readonly page: string; readonly opened?: boolean }

/** A failure that a customer meets at a moment. */
export type Occurrence = { readonly failure: Failure; readonly customer: number; readonly at: Instant }

/** A search in the help that ends at no article. */
export const search: Failure = { kind: 'faq_search', code: '', page: '/help' }

/** What fails by chance. */
export const chanceErrors: readonly [Failure, ...Failure[]] = [
  { kind: 'login_failed', code: '', page: '/login' },
  { kind: 'form_error', code: 'signup/email/taken', page: '/signup' },
  { kind: 'form_error', code: 'payment/card/refused', page: '/pay' },
  { kind: 'error_occurred', code: 'E_NETWORK', page: '/home' },
  { kind: 'error_occurred', code: 'E_SEARCH', page: '/search' },
  { kind: 'timeout_occurred', code: 'load_statement', page: '/statements' },
  { kind: 'timeout_occurred', code: 'search', page: '/search' },
]

/** What customers meet by chance, each as often as the others. */
export const chanceFailures: readonly [Failure, ...Failure[]] = [search, ...chanceErrors]

/** The activities that an occurrence leads to: people click twice. */
export function clickedTwice({ failure, customer, at }: Occurrence, chance: Chance): readonly SimulatedActivity[] {
  const { kind, code, page, opened = false } = failure
  const detail = kind === search.kind ? { query: 'help', opened } : {}
  const activity = { kind, code, page, version: '1.0', detail, customer }
  return [
    { ...activity, at },
    { ...activity, at: later(at, chance.whole(1_000, 20_000)) },
  ]
}

/** The order in which activities happen; those of one moment by the numbers of their customers. */
export const byMoment = (one: SimulatedActivity, other: SimulatedActivity): number =>
  one.at === other.at ? one.customer - other.customer : one.at < other.at ? -1 : 1
