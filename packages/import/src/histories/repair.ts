import type { RefusalCode } from '@guichet/domain'
import { cutTo, isEmail, isLongerThan, limits, withoutUnprintable, withoutUnseen } from '@guichet/domain'

/** A repair that makes a row acceptable: the column or the field of the mapping, and what was wrong. */
export type Repair = {
  readonly code: RepairCode
  readonly field: string
  readonly reason: string
  /**
   * Whether it matters only for the first row of a case (subject, first message, customer), for later ones, or for all.
   */
  readonly matters: Matters
}

type Matters = 'first' | 'later' | 'always'

/** Repairs faults that are no reason to lose a row, and records the repairs. */
export type Repairs = {
  readonly made: readonly Repair[]
  /** Returns the text without control characters. */
  printable(field: string, text: string): string
  /** Returns the id of somebody without characters that are not seen. */
  seen(field: string, id: string): string
  /** Returns at most `max` characters, cut between graphemes. */
  cut(field: string, text: string, max: number): string
  /** Returns at most `max` elements of a list. */
  first<T>(field: string, list: readonly T[], max: number): readonly T[]
  /** Records that `count` elements of a list have no name, and are left out. */
  nameless(field: string, count: number): void
  /** Records that a value is no language tag, and is left out. */
  noLanguage(field: string): void
  /** Records that a row answers a message that is in none of the files. */
  unjoined(field: string): void
  /** Records that the time of a mail comes from the `From ` line of its mailbox. */
  dated(field: string): void
  /** Records that a text is in an encoding that could only be guessed. */
  unclear(field: string): void
  /** Returns the address, with its name, in a text such as `Name <address>`; undefined if there is none. */
  address(field: string, text: string): Address | undefined
  /** Records that a text is missing, with its replacement. */
  words(field: string, text: string | undefined, instead: string): void
  /** Marks repairs in `work` as relevant only for some rows of a case. */
  mattering<T>(matters: Matters, work: () => T): T
}

type Address = { readonly email: string; readonly name: string | undefined }

/** The mark at the end of a text that was cut. */
const cutMark = '…'

/** Creates the repairs of one row. */
export function repairsOf(): Repairs {
  const made = new Map<string, Repair>()
  let matters: Matters = 'always'
  const note = (code: RepairCode, field: string, reason: string): void => {
    const key = `${code} ${field}`
    const before = made.get(key)?.matters ?? matters
    const both = before === matters ? matters : 'always'
    made.set(key, { code, field, reason: `${field}: ${reason}`, matters: both })
  }
  const repairs: Repairs = {
    get made() {
      return [...made.values()]
    },
    printable: (field, text) => {
      const printable = withoutUnprintable(text)
      const removed = text.length - printable.length
      if (removed > 0) note('control_characters', field, `${removed} characters were removed that no text may hold`)
      return printable
    },
    seen: (field, id) => {
      const seen = withoutUnseen(id).trim()
      if (seen !== id) note('control_characters', field, 'characters were removed that are not seen in an id')
      return seen
    },
    cut: (field, text, max) => {
      if (!isLongerThan(text, max)) return text
      note('text_cut', field, `has ${Array.from(text).length} characters; the first ${max} are kept`)
      return shortened(text, max)
    },
    first: (field, list, max) => {
      if (list.length > max) note('values_left_out', field, `has ${list.length} values; the first ${max} are kept`)
      return list.slice(0, max)
    },
    nameless: (field, count) => note('values_left_out', field, `has ${count} values without a name; they are left out`),
    noLanguage: (field) => note('values_left_out', field, 'is no language tag such as fr or pt-BR, and was left out'),
    unjoined: (field) =>
      note('reply_unjoined', field, 'answers a mail that is in none of the files; it opens a ticket of its own'),
    dated: (field) =>
      note(
        'date_missing',
        field,
        'is missing or unreadable; the time of the From line of the mailbox stands in its place',
      ),
    unclear: (field) =>
      note('charset_unclear', field, 'is not in the charset that its mail names; it is read in the likeliest one'),
    address: (field, text) => {
      if (isEmail(text)) return { email: text, name: undefined }
      const match = inBrackets(text)
      if (match) note('address_with_name', field, `the address ${match.email} was taken out of what stands around it`)
      else note('address_unreadable', field, 'is no e-mail address, and was left out')
      return match
    },
    words: (field, text, instead) => {
      if (text === undefined || text.trim() === '')
        note('words_missing', field, `is missing; ${instead} stands in its place`)
    },
    mattering: (some, work) => {
      matters = some
      try {
        return work()
      } finally {
        matters = 'always'
      }
    },
  }
  return repairs
}

function inBrackets(text: string): Address | undefined {
  const [start, end] = [text.lastIndexOf('<'), text.lastIndexOf('>')]
  const email = text.slice(start + 1, end).trim()
  if (start < 0 || end < start || !isEmail(email)) return undefined
  const name = text.slice(0, start).trim().replaceAll('"', '').trim()
  return { email, name: name === '' ? undefined : cutTo(name, limits.name) }
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** The longest grapheme that is not split: more marks on one letter are no real text. */
const longestGrapheme = 64

/** Returns a text of at most `max` characters: a longer one is cut between graphemes, with a mark at its end. */
export const shortened = (text: string, max: number): string =>
  isLongerThan(text, max) ? text.slice(0, graphemeEnd(text, cutTo(text, max - cutMark.length).length)) + cutMark : text

/** Returns the end of the last grapheme before a place between two characters. */
function graphemeEnd(text: string, place: number): number {
  const from = Math.max(0, place - 4 * longestGrapheme)
  const around = text.slice(from, place + longestGrapheme)
  const start = from + (graphemes.segment(around).containing(place - from)?.index ?? place - from)
  return place - start <= longestGrapheme ? start : place
}

/** Returns the repairs that matter in a row: the first of its case, which opens the ticket, or a later one. */
export const repairsHere = (repairs: readonly Repair[], isOpened: boolean): readonly Repair[] =>
  repairs.filter(({ matters }) => matters === 'always' || matters === (isOpened ? 'later' : 'first'))

/** The reasons for refusing a row before its ticket decides; docs/reference/mapping.md explains each one. */
export const rowCodes = [
  'row_malformed',
  'value_unreadable',
  'time_runs_backwards',
  'at_in_the_future',
  'time_ambiguous',
  'older_than_history',
  'imported_differently',
  'version_conflict',
  'history_deleted',
  'automatic_left_out',
] as const

/** The codes of repairs. A strict import refuses the row instead. */
export const repairCodes = [
  'address_with_name',
  'address_unreadable',
  'control_characters',
  'text_cut',
  'values_left_out',
  'words_missing',
  'reply_unjoined',
  'date_missing',
  'charset_unclear',
  'third_person',
  'automatic_message',
] as const

type RepairCode = (typeof repairCodes)[number]

/** The reasons for refusing a row: in the log, or by its ticket. */
export type RowCode = (typeof rowCodes)[number] | RepairCode | RefusalCode
