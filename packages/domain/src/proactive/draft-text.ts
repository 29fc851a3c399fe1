import type { Instant } from '../kernel/time.ts'
import { languageFor } from '../wording/wording.ts'
import type { ActivityKind } from './activity.ts'
import { isActivityKind } from './activity.ts'
import type { Suspicion, SuspicionReason } from './suspicion.ts'

/** What drafts are about: a kind, `other` for those that a desk has added, and `rising` for more and more errors. */
type SubjectName = Exclude<ActivityKind, 'page_view'> | 'rising' | 'other'

/** The texts of drafts in a language, and of the reasons for them. */
type DraftWording = {
  readonly subjects: Readonly<Record<SubjectName, string>>
  /** What happens, as part of a sentence. */
  readonly troubles: Readonly<Record<SubjectName, string>>
  /** What has happened, in the first person of the customer: what, how often and since when. */
  readonly summary: (trouble: string, count: number, since: string) => string
  readonly code: string
  readonly pages: string
  readonly versions: string
  readonly reasons: { readonly [R in SuspicionReason['reason']]: (count: number) => string }
}

const french: DraftWording = {
  subjects: {
    form_error: 'Un formulaire que je ne peux pas envoyer',
    login_failed: 'Je n’arrive pas à me connecter',
    error_occurred: 'Une erreur qui revient',
    timeout_occurred: 'Une opération qui n’aboutit pas',
    faq_search: 'Je ne trouve pas de réponse dans l’aide',
    rising: 'De plus en plus d’erreurs',
    other: 'Un problème qui revient',
  },
  troubles: {
    form_error: 'une erreur dans un formulaire',
    login_failed: 'un échec de connexion',
    error_occurred: 'une erreur',
    timeout_occurred: 'une attente sans réponse',
    faq_search: 'une recherche sans réponse',
    rising: 'une erreur',
    other: 'le même problème',
  },
  summary: (trouble, count, since) => `Depuis le ${since}, j’ai eu ${count} fois ${trouble}.`,
  code: 'Code :',
  pages: 'Où :',
  versions: 'Version :',
  reasons: {
    repeated: (count) => `Le même problème s’est produit ${count} fois en peu de temps.`,
    searches: (count) => `${count} recherches dans l’aide sont restées sans article ouvert.`,
    rising: (count) => `${count} erreurs, bien plus que les jours précédents.`,
    other_trouble: (count) => (count === 1 ? 'Un autre échec dans le même temps.' : `${count} autres échecs en tout.`),
    organisation: (count) => (count === 1 ? 'Un collègue a le même problème.' : `${count} collègues l’ont aussi.`),
    tickets: (count) => (count === 1 ? 'Une demande ces trente derniers jours.' : `${count} demandes en trente jours.`),
    plan: () => 'La formule souscrite donne une priorité plus haute.',
  },
}

const english: DraftWording = {
  subjects: {
    form_error: 'A form that I cannot send',
    login_failed: 'I cannot sign in',
    error_occurred: 'An error that comes back',
    timeout_occurred: 'Something that never finishes',
    faq_search: 'I find no answer in the help',
    rising: 'More and more errors',
    other: 'A problem that comes back',
  },
  troubles: {
    form_error: 'an error in a form',
    login_failed: 'a sign-in that failed',
    error_occurred: 'an error',
    timeout_occurred: 'an operation without an answer',
    faq_search: 'a search without an answer',
    rising: 'an error',
    other: 'the same problem',
  },
  summary: (trouble, count, since) => `Since ${since} I have had ${trouble} ${count} times.`,
  code: 'Code:',
  pages: 'Where:',
  versions: 'Version:',
  reasons: {
    repeated: (count) => `The same problem happened ${count} times in a short time.`,
    searches: (count) => `${count} searches in the help ended without an opened article.`,
    rising: (count) => `${count} errors, many more than in the days before.`,
    other_trouble: (count) => (count === 1 ? 'Another failure in the same time.' : `${count} other failures in all.`),
    organisation: (count) => (count === 1 ? 'A colleague has the same problem.' : `${count} colleagues have it too.`),
    tickets: (count) => (count === 1 ? 'A ticket in the last thirty days.' : `${count} tickets in thirty days.`),
    plan: () => 'The plan gives a higher priority.',
  },
}

const wordings: Readonly<Record<string, DraftWording>> = { en: english, fr: french }

/** The wording closest to a language, or else to the fallback, and its tag: English where there is none. */
function wordingIn(language: string, fallback: string): { readonly tag: string; readonly wording: DraftWording } {
  const tag = languageFor(wordings, language, fallback)
  return { tag, wording: wordings[tag] ?? english }
}

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
  const { tag, wording } = wordingIn(language, fallback)
  const { code, count, since, pages, versions } = suspicion
  const name = subjectName(suspicion)
  const lines = [
    wording.summary(wording.troubles[name], count, momentIn(tag, timeZone, since)),
    ...(code === '' ? [] : [`${wording.code} ${code}`]),
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
  const { wording } = wordingIn(language, fallback)
  return reasons.map(({ reason, count }) => wording.reasons[reason](count))
}

/** Where something happens, as lines of a language: the pages and the versions, as far as there are any. */
export function whereLines(tag: string, pages: readonly string[], versions: readonly string[]): readonly string[] {
  const wording = wordings[tag] ?? english
  return [
    ...(pages.length === 0 ? [] : [`${wording.pages} ${pages.join(', ')}`]),
    ...(versions.length === 0 ? [] : [`${wording.versions} ${versions.join(', ')}`]),
  ]
}

/** A moment in words of a language, as of a time zone. */
export const momentIn = (language: string, timeZone: string, at: Instant): string =>
  new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short', timeZone }).format(new Date(at))
