import { hash128 } from '../kernel/fingerprint.ts'
import { limits } from '../kernel/limits.ts'
import { cutTo } from '../kernel/values.ts'
import { isolated, momentIn, numberIn } from '../wording/locale.ts'
import { languageFor } from '../wording/wording.ts'
import { whereLines } from './draft-text.ts'
import { proactiveWording } from './languages/by-language.ts'
import type { LikelyIncident } from './suspicion.ts'

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
  const tag = languageFor(proactiveWording, language, fallback)
  const wording = proactiveWording[tag].declaration
  const { fingerprint, lately, usual, since, pages, versions } = incident
  const moment = isolated(momentIn(tag, timeZone, since, 'long'), tag)
  const summary = wording.summary(numberIn(tag, lately), numberIn(tag, usual), moment)
  return {
    incidentId: troubleIncidentId(incident),
    title: cutTo(wording.title(isolated(fingerprint, tag)), limits.subject),
    description: [summary, ...whereLines(tag, pages, versions)].join('\n'),
  }
}
