import type { Draft } from '@guichet/domain'
import type { ArticleRow } from '@guichet/projections'
import { accessToField } from '../../auth/rights.ts'
import type { SchemaParts } from '../builder.ts'
import { articleReadersOf, seesOwnOnly } from '../context.ts'
import type { DraftView } from '../proactive/draft-access.ts'
import { idsOfActivities, readsAsCustomer } from '../proactive/draft-access.ts'
import { textFor } from '../proactive/draft-wording.ts'
import { addDraftType } from '../proactive/draft.ts'
import type { ApiContext } from '../services.ts'
import { articlesAbout } from './article-search.ts'
import { addArticleType } from './article.ts'

/** How many articles are suggested. */
const mostSuggested = 3

/** Of how many searches in vain the words count. */
const mostSearches = 10

/** Adds the articles that are suggested beside the draft of a ticket. */
export function addSuggestedArticles({ builder, use }: SchemaParts): void {
  const { draft } = use(addDraftType)
  const article = use(addArticleType)
  builder.objectField(draft, 'suggestedArticles', (t) =>
    t.field({
      type: [article],
      description: `The articles that fit its trouble best, ${mostSuggested} at most. Customers and services get those that are published for everybody; so does the desk for searches in vain.`,
      extensions: { cost: 50 },
      resolve: async (view, _, context) => {
        const { suspicion } = view.draft
        if (suspicion.rule === 'searches') return [...(await articlesSearched(view, context))]
        const { subject, language } = await textFor(view.draft, context)
        const words = [subject, suspicion.code, ...suspicion.pages].join(' ')
        const readers = readsAsCustomer(context) ? 'public' : articleReadersOf(context)
        return [...(await articlesAbout({ text: words, language }, mostSuggested, context, readers))]
      },
    }),
  )
}

/**
 * The public articles that fit what the customer has searched for in vain: the words are read from their activities,
 * for as long as these are stored, since a suspicion keeps none. Whoever may not read activities gets none.
 */
async function articlesSearched(view: DraftView, context: ApiContext): Promise<readonly ArticleRow[]> {
  const { activities } = context.services
  const mayRead = seesOwnOnly(context) || accessToField('Customer.activities', context.principal) !== 'none'
  if (!activities || !mayRead) return []
  const searches = await activities.searchedBy(await idsOfActivities(view, context), timeOf(view.draft), mostSearches)
  const text = [...new Set(searches)].join(' ')
  if (text === '') return []
  const { language } = await textFor(view.draft, context)
  return articlesAbout({ text, language }, mostSuggested, context, 'public')
}

const timeOf = ({ suspicion: { since }, suspectedAt }: Draft) => ({ from: since, to: suspectedAt })
