import type { Forms } from './agent-language.ts'
import { counted, inWords, words } from './agent-language.ts'
import { fill } from '../page/words.ts'
import type { Health, HealthReason, RecentActivity, TroubleAnswer } from './agent-documents.ts'
import { h } from '../page/dom.ts'
import type { Formats } from '../page/formats.ts'

/** How the customer of a chat fares, and what they did and met last. */
type CustomerHealth = {
  readonly element: HTMLElement
  /** Shows nothing of what is null: whoever looks may not read it, or nothing is recorded. */
  show(health: Health | null, activities: readonly RecentActivity[] | null): void
}

/** A score in words, such as `62 (81 a week ago), at risk`. */
export const healthInWords = ({ score, sevenDaysAgo, isAtRisk }: Health): string =>
  `${fill(words.healthOf, String(score), String(sevenDaysAgo))}${isAtRisk ? `, ${words.atRisk}` : ''}`

/** A reason in words, such as `12 points: 3 tickets`. */
export function reasonInWords({ term, points, count }: HealthReason): string {
  const name = inWords(term)
  const terms: Readonly<Record<string, Forms | undefined>> = words.terms
  const cases = terms[term] ?? { one: `{0} ${name}`, other: `{0} ${name}` }
  return `${counted(points, words.points)}${words.colon}${counted(count, cases)}`
}

/** An item of a list of those at risk: how somebody fares, and why. */
export const atRiskItem = (name: string, health: Health): HTMLElement =>
  h(
    'li',
    {},
    h('bdi', {}, name),
    `${words.colon}${healthInWords(health)}`,
    h('ul', {}, ...health.reasons.map((reason) => h('li', {}, reasonInWords(reason)))),
  )

/** The customers at risk, in a list. */
export const customersAtRisk = (customers: TroubleAnswer['atRisk']['nodes']): HTMLElement =>
  listOrNone(
    customers.map(({ customer, health }) => atRiskItem(customer?.name ?? customer?.userId ?? words.unknown, health)),
  )

/** A list of items, or a word that there are none. */
export const listOrNone = (items: readonly HTMLElement[]): HTMLElement =>
  items.length === 0 ? h('p', {}, words.none) : h('ul', {}, ...items)

/** What happened, in words, such as `error occurred: E_PAY, /pay`. */
export const activityInWords = ({ kind, code, page }: Omit<RecentActivity, 'at'>): string =>
  `${inWords(kind)}${code === null ? '' : `${words.colon}${code}`}${page === null ? '' : `, ${page}`}`

/** Makes the part of the panel, empty. */
export function createCustomerHealth(formats: Formats): CustomerHealth {
  const score = h('p')
  const reasons = h('ul')
  const activities = h('ul')
  const healthPart = h('div', { hidden: true }, score, reasons)
  const activityPart = h('div', { hidden: true }, h('h3', {}, words.activitiesLast), activities)
  return {
    element: h('div', {}, healthPart, activityPart),
    show: (health, recent) => {
      healthPart.hidden = !health
      if (health) score.textContent = fill(words.health, healthInWords(health))
      reasons.replaceChildren(...(health?.reasons ?? []).map((reason) => h('li', {}, reasonInWords(reason))))
      activityPart.hidden = !recent?.length
      activities.replaceChildren(
        ...(recent ?? []).map((activity) =>
          h('li', {}, h('bdi', {}, activityInWords(activity)), h('small', {}, ` ${formats.full(activity.at)}`)),
        ),
      )
    },
  }
}
