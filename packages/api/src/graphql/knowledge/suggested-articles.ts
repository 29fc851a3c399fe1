import type { SchemaParts } from '../builder.ts'
import { textFor } from '../proactive/draft-wording.ts'
import { addDraftType } from '../proactive/draft.ts'
import { articlesAbout } from './article-search.ts'
import { addArticleType } from './article.ts'

/** How many articles are suggested. */
const mostSuggested = 3

/** Adds the articles that are suggested beside the draft of a ticket. */
export function addSuggestedArticles({ builder, use }: SchemaParts): void {
  const { draft } = use(addDraftType)
  const article = use(addArticleType)
  builder.objectField(draft, 'suggestedArticles', (t) =>
    t.field({
      type: [article],
      description: `The articles that fit its trouble best, ${mostSuggested} at most. Customers get those that are published for everybody.`,
      extensions: { cost: 50 },
      resolve: async ({ draft: each }, _, context) => {
        // What was searched in vain is not kept with a suspicion: its stock phrase would only find what it says itself.
        if (each.suspicion.rule === 'searches') return []
        const { subject, language } = await textFor(each, context)
        const words = [subject, each.suspicion.code, ...each.suspicion.pages].join(' ')
        return [...(await articlesAbout({ text: words, language }, mostSuggested, context))]
      },
    }),
  )
}
