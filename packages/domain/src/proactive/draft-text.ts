import type { CustomerLanguage } from '../wording/locale.ts'
import { countIn, isolated, momentIn } from '../wording/locale.ts'
import { languageFor } from '../wording/wording.ts'
import { isActivityKind } from './activity.ts'
import type { SubjectName } from './languages/definition.ts'
import { proactiveWording } from './languages/by-language.ts'
import type { Suspicion, SuspicionReason } from './suspicion.ts'

function subjectName({ rule, kind }: Pick<Suspicion, 'rule' | 'kind'>): SubjectName {
  if (rule === 'rising') return rule
  return isActivityKind(kind) && kind !== 'page_view' ? kind : 'other'
}

/** The text of a draft: what its ticket would say. */
export type DraftText = { readonly subject: string; readonly body: string; readonly language: string }

/**
 * The subject and the message of a draft, in the language closest to the customer's, with moments in a time zone.
 * @param fallback the language of the desk, for customers whose language drafts are not written in; without one, or
 * where they are not written in that either, they are English.
 */
export function draftText(
  suspicion: Pick<Suspicion, 'rule' | 'kind' | 'code' | 'count' | 'since' | 'pages' | 'versions'>,
  language: string,
  timeZone: string,
  fallback = 'en',
): DraftText {
  const tag = languageFor(proactiveWording, language, fallback)
  const wording = proactiveWording[tag]
  const { code, count, since, pages, versions } = suspicion
  const name = subjectName(suspicion)
  const lines = [
    wording.summary(
      wording.troubles[name],
      countIn(tag, count, wording.times),
      isolated(momentIn(tag, timeZone, since, 'long'), tag),
    ),
    ...(code === '' ? [] : [`${wording.code} ${isolated(code, tag)}`]),
    ...whereLines(tag, pages, versions),
  ]
  return { subject: wording.subjects[name], body: lines.join('\n'), language: tag }
}

/**
 * The reasons for a suspicion as sentences of a language.
 * @param fallback as in `draftText`.
 */
export const reasonSentences = (
  reasons: readonly SuspicionReason[],
  language: string,
  fallback = 'en',
): readonly string[] => {
  const tag = languageFor(proactiveWording, language, fallback)
  const words = proactiveWording[tag].reasons
  return reasons.map(({ reason, count }) => (reason === 'plan' ? words.plan : countIn(tag, count, words[reason])))
}

/** Where something happens, as lines of a language: the pages and the versions, as far as there are any. */
export function whereLines(
  language: CustomerLanguage,
  pages: readonly string[],
  versions: readonly string[],
): readonly string[] {
  const wording = proactiveWording[language]
  const listed = (values: readonly string[]): string => values.map((value) => isolated(value, language)).join(', ')
  return [
    ...(pages.length === 0 ? [] : [`${wording.pages} ${listed(pages)}`]),
    ...(versions.length === 0 ? [] : [`${wording.versions} ${listed(versions)}`]),
  ]
}
