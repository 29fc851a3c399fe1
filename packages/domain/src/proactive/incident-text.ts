import { hash128 } from '../kernel/fingerprint.ts'
import { limits } from '../kernel/limits.ts'
import { cutTo } from '../kernel/values.ts'
import { languageFor } from '../wording/wording.ts'
import { momentIn, whereLines } from './draft-text.ts'
import type { LikelyIncident } from './suspicion.ts'

/** The texts of a declaration, in a language. */
type DeclarationWording = {
  readonly title: (fingerprint: string) => string
  readonly summary: (people: number, usual: string, since: string) => string
}

const french: DeclarationWording = {
  title: (fingerprint) => `Problème de nombreux clients : ${fingerprint}`,
  summary: (people, usual, since) =>
    `${people} clients ont le même problème en 24 heures ; d’habitude ${usual} par jour. Vu depuis le ${since}.`,
}

const english: DeclarationWording = {
  title: (fingerprint) => `Trouble of many customers: ${fingerprint}`,
  summary: (people, usual, since) =>
    `${people} customers have had the same trouble within 24 hours; usually ${usual} a day. Seen since ${since}.`,
}

const wordings: Readonly<Record<string, DeclarationWording>> = { en: english, fr: french }

/** What a declaration of an incident says of it, under which id. */
export type IncidentDeclaration = {
  readonly incidentId: string
  readonly title: string
  readonly description: string
}

/** Trouble of many with the first of the days, in UTC, on which it was widespread without a pause. */
export type TroubleRun = Pick<LikelyIncident, 'fingerprint'> & { readonly firstDay: string }

/** The id under which trouble is declared as an incident: it follows from the trouble and the first day of its run. */
export const troubleIncidentId = ({ fingerprint, firstDay }: TroubleRun): string =>
  `trouble-${firstDay}-${hash128(fingerprint)}`

/**
 * What a likely incident would be declared as: the title and the description, in the language closest to the wanted one,
 * with moments in a time zone. They are made of kinds, codes, counts, pages and versions. Whoever declares it, and on
 * whatever day of its run, it is declared once.
 * @param fallback the language of the desk, as in `draftText`.
 */
export function incidentDeclaration(
  incident: LikelyIncident & TroubleRun,
  language: string,
  timeZone: string,
  fallback = 'en',
): IncidentDeclaration {
  const tag = languageFor(wordings, language, fallback)
  const wording = wordings[tag] ?? english
  const { fingerprint, lately, usual, since, pages, versions } = incident
  const often = new Intl.NumberFormat(tag, { maximumFractionDigits: 1 }).format(usual)
  const lines = [wording.summary(lately, often, momentIn(tag, timeZone, since)), ...whereLines(tag, pages, versions)]
  return {
    incidentId: troubleIncidentId(incident),
    title: cutTo(wording.title(fingerprint), limits.subject),
    description: lines.join('\n'),
  }
}
