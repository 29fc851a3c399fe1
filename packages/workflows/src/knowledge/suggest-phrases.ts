import type { Pool } from 'pg'
import type { Desk, Instant, KnowledgeSettings } from '@guichet/domain'
import {
  addressTemplate,
  articleIn,
  days,
  defaultKnowledgeSettings,
  engineCommandId,
  later,
  parseStream,
  proactiveActor,
  throwIfTransient,
  versionAt,
} from '@guichet/domain'
import { periodicallyInOneProcess } from '../reaction/checkpoint.ts'
import type { Reaction } from '../reaction/reaction.ts'
import { reaction } from '../reaction/reaction.ts'
import type { OnError, Repetition } from '../supervision.ts'
import type { SearchRecord } from './search-record-port.ts'
import { searchDays } from './search-record-port.ts'

/** How many phrases are suggested at a time; those that are refused do not count. */
const most = 200

/**
 * Suggests to authors the words in which customers have asked for an article. What is approved or was declined is not suggested again.
 * Returns how many it has suggested. @throws the errors of the database and of the event store.
 */
export async function suggestPhrases(
  desk: Pick<Desk, 'engine'>,
  searches: Pick<SearchRecord, 'phrases'>,
): Promise<number> {
  let suggested = 0
  for await (const { articleId, ...asked } of searches.phrases()) {
    const commandId = engineCommandId('derived', 'phrase', articleId, asked.language, asked.phrase)
    const sender = { by: proactiveActor, commandId }
    const outcome = await desk.engine.execute('article', articleId, { type: 'suggestPhrase', ...asked }, sender)
    throwIfTransient(outcome)
    if (outcome.ok && outcome.value.events.length > 0 && ++suggested >= most) break
  }
  return suggested
}

type SuggestingParts = {
  readonly desk: Pick<Desk, 'engine'>
  readonly searches: Pick<SearchRecord, 'phrases'>
  readonly pool: Pool
  readonly onError: OnError
}

const everyMs = 3_600_000

/** Suggests phrases once an hour, in one process of all. */
export const suggestingPhrases = ({ desk, searches, pool, onError }: SuggestingParts): Repetition =>
  periodicallyInOneProcess(pool, 'suggest_phrases', {
    everyMs,
    work: async () => void (await suggestPhrases(desk, searches)),
    onError: (error) => onError(error, 'suggesting phrases of articles'),
  })

/**
 * Records that a ticket was answered with a link to an article, for as long as searches are stored, or until a text of the ticket is
 * redacted.
 */
export const recordArticleAnswers = (
  searches: Pick<SearchRecord, 'answer' | 'forgetTicket'>,
  now: () => Instant,
): Reaction =>
  reaction({
    name: 'record_article_answers',
    on: ['AgentReplied', 'TicketMessageRedacted'],
    inAnyOrder: true,
    react: async ({ stream, event }, desk) => {
      const { id: ticketId } = parseStream(stream)
      if (event.type === 'TicketMessageRedacted') return searches.forgetTicket(ticketId)
      const { by, at, body } = event
      if (by.kind !== 'agent' || at < later(now(), -days(searchDays))) return
      const article = articleIn(addressTemplate(knowledgeAt(desk, at)), body)
      if (!article) return
      const { state } = await desk.read('ticket', ticketId)
      if (state.status === 'absent') return
      const { customer, subject, language } = state
      await searches.answer({
        customerId: customer.id,
        ticketId,
        subject,
        articleId: article.id,
        language: article.language ?? language,
        at,
      })
    },
  })

const knowledgeAt = ({ timeline }: Desk, at: Instant): KnowledgeSettings => ({
  ...defaultKnowledgeSettings,
  ...versionAt(timeline, at).knowledge,
})
