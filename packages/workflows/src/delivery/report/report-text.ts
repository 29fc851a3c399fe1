import type { LanguageWording } from '@guichet/domain'
import { english as englishWording, french as frenchWording, ticketStatuses } from '@guichet/domain'
import type { DailyReport } from '@guichet/projections'

type Words = {
  title(day: string): string
  readonly counts: Readonly<Record<keyof Counts, string>>
  readonly atEndOfDay: string
  readonly statuses: LanguageWording['statuses']
  readonly total: string
  readonly medianFirstResponse: string
  readonly minutes: string
}
type Counts = Omit<DailyReport, 'day' | 'atEndOfDay' | 'medianFirstResponse'>

const english: Words = {
  statuses: englishWording.statuses,
  title: (day) => `Daily report of ${day}`,
  counts: {
    opened: 'Opened',
    agentReplies: 'Replies of agents',
    customerReplies: 'Replies of customers',
    resolved: 'Resolved',
    reopened: 'Reopened',
    closed: 'Closed',
    closedUnanswered: '… for want of a reply',
    spam: '… as spam',
    chases: 'Chases sent',
    stagnations: 'Alerts of stagnation',
  },
  atEndOfDay: 'At the end of the day',
  total: 'total',
  medianFirstResponse: 'Median time to the first response',
  minutes: 'min',
}

const french: Words = {
  statuses: frenchWording.statuses,
  title: (day) => `Rapport du ${day}`,
  counts: {
    opened: 'Tickets ouverts',
    agentReplies: 'Réponses des agents',
    customerReplies: 'Réponses des clients',
    resolved: 'Résolus',
    reopened: 'Rouverts',
    closed: 'Fermés',
    closedUnanswered: '… faute de réponse',
    spam: '… comme spam',
    chases: 'Relances envoyées',
    stagnations: 'Alertes de stagnation',
  },
  atEndOfDay: 'En fin de journée',
  total: 'total',
  medianFirstResponse: 'Délai médian de première réponse',
  minutes: 'min',
}

/** The words of the report, by language. */
export const reportWords: Readonly<Record<'fr' | 'en', Words>> = { fr: french, en: english }

/** A daily report in words, for an e-mail: in French, or in English for every other language. */
export function reportInWords(
  report: DailyReport,
  language: string,
): { readonly language: string; readonly title: string; readonly message: string } {
  const spoken = /^fr\b/.test(language) ? 'fr' : 'en'
  const words = reportWords[spoken]
  const counts = (Object.keys(words.counts) as (keyof Counts)[]).map((key) => `${words.counts[key]}: ${report[key]}`)
  const { total, ...statuses } = report.atEndOfDay
  const ends = ticketStatuses.map((status) => `${words.statuses[status]} ${statuses[status]}`)
  const median = report.medianFirstResponse
  return {
    language: spoken,
    title: words.title(report.day),
    message: [
      ...counts,
      '',
      `${words.atEndOfDay}: ${[...ends, `${words.total} ${total}`].join(', ')}`,
      ...(median === null ? [] : [`${words.medianFirstResponse}: ${Math.round(median / 60_000)} ${words.minutes}`]),
    ].join('\n'),
  }
}
