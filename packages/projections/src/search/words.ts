import { sql } from 'kysely'
import type { Reader } from '../reading/reader.ts'

/** A text prepared for search: its words, and addresses that are only searched as a whole. Both are bounded. */
type Searchable = {
  /** Each folded word once, in the order of the text. */
  readonly words: readonly string[]
  /** Folded e-mail addresses, each once. */
  readonly addresses: readonly string[]
}

/** Starts a match only at the beginning of a run of its characters, so that the time is linear in the text. */
const address = /(?<![\p{L}\p{M}\p{N}._%+-])[\p{L}\p{M}\p{N}._%+-]+@[\p{L}\p{M}\p{N}.-]+\.[\p{L}\p{M}\p{N}]+/gu

const betweenAddresses = /[^\p{L}\p{M}\p{N}._%+@-]+/gu
const betweenWords = /[^\p{L}\p{M}\p{N}]+/gu
const betweenAsciiWords = /[^a-z0-9]+/g

/** The longest searchable word, in characters; longer ones are encodings, not words. */
const longest = 100

/** The longest e-mail address, in characters: 64 before the `@` and 255 after it (RFC 5321). */
const longestAddress = 320

/**
 * How much of a text is indexed: its first characters after folding, which turns one character into 18 at most; and of
 * those a maximum of different words, of which ten pairs of characters count as one, also in bytes of UTF-8, and of addresses. A `tsvector` holds a mebibyte at most,
 * including what Postgres stores beside a word.
 */
const mostCharacters = 200_000

const mostWords = 2_000
const pairsForAWord = 10
const mostBytes = 200_000
const mostAddresses = 100

/** Folds a text and splits it into words, without long encoded parts. Parts of an e-mail address are words as well. */
export function searchable(text: string): Searchable {
  const beginning = text.slice(0, mostCharacters)
  return {
    words: indexed(wordsOf(folded(withoutEncodings(beginning)))),
    addresses: [...new Set(addressesIn(folded(beginning)))].slice(0, mostAddresses),
  }
}

/** Each word once; the first ones when there are more than are indexed. */
export function indexed(words: Iterable<string>): readonly string[] {
  const uniqueWords = new Set<string>()
  let [bytes, pairs] = [mostBytes, mostWords * pairsForAWord]
  for (const word of words) {
    if (uniqueWords.has(word)) continue
    bytes -= Buffer.byteLength(word) + 1
    pairs -= isPair(word) ? 1 : pairsForAWord
    if (bytes < 0 || pairs < 0) break
    uniqueWords.add(word)
  }
  return [...uniqueWords]
}

/** The terms of a search: each word once, e-mail addresses whole; `most` at most. */
export function searchedWords(text: string, most: number): readonly string[] {
  const whole = foldText(text)
  const rest = foldText(withoutEncodings(text))
  const words = wordsOf(rest.replace(address, (match) => (isIndexed(match) ? ' ' : match)))
  return [...new Set([...addressesIn(whole), ...words])].slice(0, most)
}

/** What the end of a search may be a prefix of. */
type UnfinishedWord = {
  /** The folded text after the last character that cannot be in an address. */
  readonly end: string
  /** The words in it. */
  readonly words: readonly string[]
}

/**
 * The end of a search that may still be being typed; undefined after a space, or when it is longer than any address.
 */
export function unfinished(text: string): UnfinishedWord | undefined {
  const end = foldText(text).split(betweenAddresses).at(-1) ?? ''
  return end === '' || !isIndexed(end) ? undefined : { end, words: searchedWords(end, end.length) }
}

/**
 * Whether a word is stored in the vocabulary: long enough to be found by a part of it, no longer than people write, and
 * not random.
 */
export const isLearned = (word: string): boolean => /^[\p{L}\p{M}\p{N}]{3,40}$/u.test(word) && !isRandom(word)

/** Whether a word consists of letters, enough of them to tell a misspelling from another word. */
export const isSpelled = (word: string): boolean => /^[\p{L}\p{M}]{4,40}$/u.test(word)

/** The beginning of a text: at most so many UTF-16 units, and no half of a character, which no table takes. */
export const beginningOf = (text: string, units: number): string => text.slice(0, units).replace(/[\uD800-\uDBFF]$/, '')

const folded = (text: string): string => foldText(text).slice(0, mostCharacters)

const addressesIn = (folded: string): readonly string[] =>
  folded.includes('@') ? (folded.match(address) ?? []).filter(isIndexed) : []

const isIndexed = (text: string): boolean => text.length <= longestAddress

function wordsOf(folded: string): string[] {
  const between = /^[\0-\x7f]*$/.test(folded) ? betweenAsciiWords : betweenWords
  const words = folded.split(between)
  const parts = between === betweenWords && unspaced.test(folded) ? words.flatMap(partsOf) : words
  return parts.filter((word) => word !== '' && word.length <= longest)
}

/** Characters of the scripts that are written without spaces between words, or in which words take endings as Korean's do. */
const unspaced =
  /([\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}ー]+)/u

/**
 * A folded word with each of its runs of Chinese, Japanese, Korean or Thai and its neighbours' scripts as pairs of neighbouring characters, so that any two
 * or more characters of a run are found: `我家在上海` is `我家`, `家在`, `在上` and `上海`. Any other word is itself.
 */
export const partsOf = (word: string): readonly string[] =>
  word.split(unspaced).flatMap((part, index) => (index % 2 === 0 ? part : pairsOf(part)))

function pairsOf(run: string): readonly string[] {
  const characters = Array.from(run)
  return characters.length === 1 ? [run] : characters.slice(1).map((next, before) => `${characters[before]}${next}`)
}

/** Whether a word is a pair of characters that `partsOf` makes. */
export const isPair = (word: string): boolean =>
  word.length <= 4 && word > '\x7f' && unspaced.test(word) && Array.from(word).length === 2

/** A word in all forms that texts may contain, and whether it is a stop word in some language. */
export type WordForms = { readonly word: string; readonly forms: readonly string[]; readonly empty: boolean }

/** The text search configuration of Postgres for each language that it can stem. */
const configurations: Readonly<Record<string, string>> = {
  ar: 'arabic',
  de: 'german',
  en: 'english',
  es: 'spanish',
  fr: 'french',
  hi: 'hindi',
  it: 'italian',
  nl: 'dutch',
  pt: 'portuguese',
}

/** Every configuration that texts are indexed with: a searched word may be in any of these languages. */
const searchConfigurations: readonly string[] = ['simple', ...Object.values(configurations)]

/** The forms of a word `w` in every language, and whether it is a stop word in one of them. */
export const formsOfWord = sql`
  select array_remove(array_agg(distinct l.form), null) as forms, bool_or(v.vector = '') as empty
  from (
    select case when strpos(w.word, '@') > 0 then array_to_tsvector(array[w.word])
      else to_tsvector(c::regconfig, w.word) end as vector
    from unnest(${[...searchConfigurations]}::text[]) c
  ) v left join lateral unnest(tsvector_to_array(v.vector)) as l (form) on true`

/** The forms of words; they depend on the languages alone, not on any text. */
export async function readForms(reader: Reader, words: readonly string[]): Promise<ReadonlyMap<string, WordForms>> {
  if (words.length === 0) return new Map()
  const rows = await reader.rows(sql<WordForms>`
    select w.word, f.forms, f.empty from unnest(${[...words]}::text[]) as w (word) cross join lateral (${formsOfWord}) f`)
  return new Map(rows.map((row) => [row.word, row]))
}

/** The configuration for a language tag: its primary language's, or `simple`, which takes words as they are. */
export function configurationFor(language: string): string {
  const primary = language.split('-')[0] ?? language
  return (Object.hasOwn(configurations, primary) && configurations[primary]) || 'simple'
}

const ascii = /^[\0-\x7f]*$/
/** Marks, except those of scripts that write vowels by them: without these, Hindi and Thai words are others. */
const marks =
  /\p{M}(?<![\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}])/gu

/** What is cut of a run of marks: to put a long one in order takes long. */
const manyMarks = /(\p{M}{8})\p{M}+/gu

/** Characters that words are written with or without: joiners, soft hyphens, the line of Arabic, the dot of Hindi. */
const optional = /\u00ad|\u200c|\u200d|\u0640|\u093c/g

const spelled: Readonly<Record<string, string>> = {
  œ: 'oe',
  æ: 'ae',
  ß: 'ss',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ħ: 'h',
  ŧ: 't',
  ŋ: 'n',
  ı: 'i',
  ى: 'ي',
  ی: 'ي',
  ک: 'ك',
  ة: 'ه',
}

/**
 * Text without case and accents: `Œuvre Égarée` and `oeuvre egaree` are the same. Done here and not in Postgres, whose
 * folding depends on extensions and on the locale of the cluster. Linear in the text: marks are removed before the
 * others are decomposed, since sorting a long run of marks is not linear. The syllables of Korean are composed again.
 */
export function foldText(text: string): string {
  if (ascii.test(text)) return text.toLowerCase()
  return text
    .replace(marks, '')
    .replace(manyMarks, '$1')
    .normalize('NFKD')
    .replace(marks, '')
    .toLowerCase()
    .replace(optional, '')
    .replace(/[œæßøłđðþħŧŋıىیکة]/g, (letter) => spelled[letter] ?? letter)
    .normalize('NFC')
}

const umlauts: Readonly<Record<string, string>> = { ä: 'ae', ö: 'oe', ü: 'ue', ø: 'oe', å: 'aa' }

/** A text without the apostrophes within its words, however they are typed. */
export const withoutApostrophes = (text: string): string => text.replace(/(?<=\p{L})['’‘ʼʻ`´](?=\p{L})/gu, '')

/**
 * The words of a text without its addresses, with their other spellings: `Müller` and `Mueller` are each both, and
 * `O’Brien` is also `obrien`.
 */
export function spellingsOf(text: string): readonly string[] {
  const joined = withoutApostrophes(text)
  return joined === text ? spelledOf(text) : [...new Set([...spelledOf(text), ...spelledOf(joined)])]
}

function spelledOf(text: string): readonly string[] {
  const spelledOut = withoutUmlauts(text)
  const words = [...searchable(text).words, ...(spelledOut === text ? [] : searchable(spelledOut).words)]
  return [...new Set([...words, ...words.map(withoutVowels)])]
}

const withoutUmlauts = (text: string): string =>
  ascii.test(text)
    ? text
    : text.normalize('NFC').replace(/[äöüøå]/gi, (letter) => umlauts[letter.toLowerCase()] ?? letter)

/** A folded word as it is without the vowels that stand for umlauts: `stueck` as `stuck`. */
const withoutVowels = (word: string): string => word.replace(/([aou])e|aa/g, (_, vowel = 'a') => vowel)

/** A text without what stands within words and is not seen: soft hyphens, and zero-width joiners and non-joiners. */
export const withoutJoiners = (text: string): string => text.replace(/\u00ad|\u200c|\u200d/g, '')

/** A word of a text as it is written, without what is not seen, in lower case, and folded; scripts without spaces as pairs of characters. */
export type TextWord = { readonly written: string; readonly folded: string }

/** A word folded: some characters are folded to marks on a space, as U+FC5E, which is in no word. */
export const foldWord = (word: string): string => foldText(word).replace(/\s/g, '')

/** The words of a text in order, each as often as it occurs, without long encoded parts. */
export function textWords(text: string): readonly TextWord[] {
  const beginning = withoutEncodings(withoutJoiners(text.slice(0, mostCharacters)))
    .replace(manyMarks, '$1')
    .normalize('NFC')
    .toLowerCase()
  return wordsOf(beginning).flatMap((written) => {
    const word = foldWord(written)
    return word === '' ? [] : [{ written, folded: word }]
  })
}

/** The other spellings of a word that `spellingsOf` finds: `stuck` and `stueck` of `Stück`, `stuck` of `Stueck`. */
export const spellingsOfWord = ({ written, folded: word }: TextWord): readonly string[] =>
  [...new Set([foldWord(withoutUmlauts(written)), withoutVowels(word)])].filter((other) => other !== word)

/** Longer than what people search as a whole: a UUID has 36 characters, a SHA-256 in hexadecimal 64. */
const longRun = /[\w+/=-]{65,}/g

/** The minimum share of an encoded run's characters at which it changes between capitals, small letters and digits. */
const changing = 0.2

/**
 * The average length of the part between `/`, `-` and `_` that a character of an encoded run is in: twice 64 in base64,
 * twice 32 in its url-safe form, and 12 at most in a UUID.
 */
const partLength = 20

/**
 * A text without its long encoded parts: base64, base32 and hexadecimal runs of more than 64 characters, as in
 * attachments, tokens and pasted dumps. Addresses of pages and paths with UUIDs, identifiers in code and hyphenated
 * words are kept, however long.
 */
export function withoutEncodings(text: string): string {
  return text.replace(longRun, (run) => (isEncoded(run) ? ' ' : run))
}

/**
 * Whether a word looks random: more than twelve characters that change more than four times between letters and digits.
 * It can be found as a whole, but nobody searches for a part of it, or misspells it.
 */
export const isRandom = (word: string): boolean => word.length > 12 && changesIn(word) > 4

type Kind = 'small' | 'capital' | 'digit'

/**
 * The number of changes between letters and digits, and between small letters and capitals; a capital before small
 * letters begins a name.
 */
function changesIn(text: string): number {
  let changes = 0
  let before: Kind | undefined
  for (const character of text) {
    const kind = kindOf(character)
    if (kind === undefined) continue
    if (before !== undefined && kind !== before && !(before === 'capital' && kind === 'small')) changes++
    before = kind
  }
  return changes
}

const isEncoded = (run: string): boolean => changesIn(run) >= changing * run.length && averagePart(run) > partLength

/** The length of a part, averaged over the characters of a run: long parts count by their length. */
function averagePart(run: string): number {
  const lengths = run.split(/[-/_]/).map(({ length }) => length)
  const characters = lengths.reduce((sum, length) => sum + length, 0)
  return lengths.reduce((sum, length) => sum + length * length, 0) / Math.max(characters, 1)
}

function kindOf(character: string): Kind | undefined {
  if (character >= '0' && character <= '9') return 'digit'
  if (character >= 'A' && character <= 'Z') return 'capital'
  if (character >= 'a' && character <= 'z') return 'small'
  return undefined
}
