import { describe, expect, it } from 'vitest'
import { english, french, ticketStatuses } from '@guichet/domain'
import { reportInWords, reportWords } from './reports.ts'

const report = {
  day: '2026-03-27',
  opened: 3,
  agentReplies: 5,
  customerReplies: 2,
  resolved: 1,
  reopened: 0,
  closed: 1,
  closedUnanswered: 0,
  spam: 0,
  chases: 0,
  stagnations: 0,
  atEndOfDay: { new: 1, in_progress: 2, waiting_customer: 3, resolved: 4, closed: 5, total: 15 },
  medianFirstResponse: 90 * 60_000,
}

describe('a daily report as text', () => {
  it('names the statuses in its language', () => {
    expect(reportInWords(report, 'fr-CA').message).toContain(
      'En fin de journée: Nouveau 1, En cours 2, En attente client 3, Résolu 4, Fermé 5, total 15',
    )
    expect(reportInWords(report, 'de').message).toContain('At the end of the day: New 1, In progress 2')
  })

  it.each(['fr', 'en'])('shows no code in %s', (language) => {
    const { title, message } = reportInWords(report, language)
    const words = language === 'fr' ? french : english
    const codes = ticketStatuses.filter((status) => words.statuses[status].toLowerCase() !== status)
    for (const code of codes) expect(`${title}\n${message}`.split(/[^\w]/)).not.toContain(code)
  })

  it('has texts in the languages of agents', () => {
    expect(Object.keys(reportWords)).toEqual(['fr', 'en'])
    const { fr, en } = reportWords
    expect(Object.keys(fr.counts)).toEqual(Object.keys(en.counts))
    for (const [key, words] of Object.entries(fr.counts))
      expect(words).not.toBe(en.counts[key as keyof typeof en.counts])
    expect([fr.atEndOfDay, fr.medianFirstResponse, fr.title('x')]).not.toEqual([
      en.atEndOfDay,
      en.medianFirstResponse,
      en.title('x'),
    ])
  })
})
