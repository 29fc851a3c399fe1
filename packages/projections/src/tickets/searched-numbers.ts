import { wordsOfSearch } from '../search/understand.ts'

/** A search that is only a ticket number, as people write one. */
const alone =
  /^\s*(?:(?:tickets?|case|request|demande|dossier|billet|anfrage)(?:\s*[:：]\s*|\s+|(?=[#＃№])))?(?:[#＃]\s*|№\s*|n[°º]\s*|n[or](?:\.\s*|\s+))?([1-9]\d{0,8})\s*$/iu

/** The ticket number in a search that is only a number: `1042`, `#1042`, `№1042`, `Ticket Nr. 1042` or `ticket: 1042`. */
export const numberIn = (search: string): number | undefined => {
  const [, digits] = alone.exec(search) ?? []
  return digits === undefined ? undefined : Number(digits)
}

/** A ticket number within a search: `#1042`, `№1042` or `Ticket#1042`, but neither `A#1042` nor `#1042b`. */
const named = /(?:(?<![\p{L}\p{N}#])|(?<=\btickets?))(?:[#＃]|№\s?|n[°º]\s?)([1-9]\d{0,8})(?![\p{L}\p{N}])/giu

/** The ticket numbers that a search is, or names among other words: 735 of `735`, of `#735` and of `Help with #735`. */
export function numbersIn(search: string): readonly number[] {
  const whole = numberIn(search)
  return whole === undefined ? [...search.matchAll(named)].map(([, digits]) => Number(digits)) : [whole]
}

/** A search without the ticket numbers that it names among other words; unchanged if there are no other words. */
export function withoutNumbers(search: string): string {
  const rest = numberIn(search) === undefined ? search.replace(named, ' ') : search
  return wordsOfSearch(rest).length > 0 ? rest : search
}
