import { agentWords as agentsInEnglish } from './agent/agent-english.ts'
import { agentWords as agentsInFrench } from './agent/agent-french.ts'
import { articleWords as authorsInEnglish } from './articles/words-english.ts'
import { articleWords as authorsInFrench } from './articles/words-french.ts'

/** The texts of a page by their places, such as `points.one`; `{0}` to `{4}` are values. */
export type PageTexts = ReadonlyMap<string, string>

type Texts = { readonly [key: string]: string | Texts }

const textsOf = (words: Texts, place = ''): readonly (readonly [place: string, text: string])[] =>
  Object.entries(words).flatMap(([key, text]) =>
    typeof text === 'string' ? [[place + key, text] as const] : textsOf(text, `${place}${key}.`),
  )

/** The texts of the pages of agents and of authors, in each language of the desk. Each page loads those of one language. */
export const deskWords: Readonly<Record<'en' | 'fr', Readonly<Record<'agents' | 'authors', PageTexts>>>> = {
  en: { agents: new Map(textsOf(agentsInEnglish)), authors: new Map(textsOf(authorsInEnglish)) },
  fr: { agents: new Map(textsOf(agentsInFrench)), authors: new Map(textsOf(authorsInFrench)) },
}
