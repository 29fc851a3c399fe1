import { stemmer as arabic } from '@orama/stemmers/arabic'
import { stemmer as armenian } from '@orama/stemmers/armenian'
import { stemmer as bulgarian } from '@orama/stemmers/bulgarian'
import { stemmer as danish } from '@orama/stemmers/danish'
import { stemmer as dutch } from '@orama/stemmers/dutch'
import { stemmer as english } from '@orama/stemmers/english'
import { stemmer as finnish } from '@orama/stemmers/finnish'
import { stemmer as french } from '@orama/stemmers/french'
import { stemmer as german } from '@orama/stemmers/german'
import { stemmer as greek } from '@orama/stemmers/greek'
import { stemmer as hungarian } from '@orama/stemmers/hungarian'
import { stemmer as indian } from '@orama/stemmers/indian'
import { stemmer as indonesian } from '@orama/stemmers/indonesian'
import { stemmer as irish } from '@orama/stemmers/irish'
import { stemmer as italian } from '@orama/stemmers/italian'
import { stemmer as lithuanian } from '@orama/stemmers/lithuanian'
import { stemmer as nepali } from '@orama/stemmers/nepali'
import { stemmer as norwegian } from '@orama/stemmers/norwegian'
import { stemmer as portuguese } from '@orama/stemmers/portuguese'
import { stemmer as romanian } from '@orama/stemmers/romanian'
import { stemmer as russian } from '@orama/stemmers/russian'
import { stemmer as serbian } from '@orama/stemmers/serbian'
import { stemmer as spanish } from '@orama/stemmers/spanish'
import { stemmer as swedish } from '@orama/stemmers/swedish'
import { stemmer as tamil } from '@orama/stemmers/tamil'
import { stemmer as turkish } from '@orama/stemmers/turkish'
import { stemmer as ukrainian } from '@orama/stemmers/ukrainian'
import type { TextWord } from './words.ts'
import { foldWord, isPair } from './words.ts'

type Stemmer = (word: string) => string

/** The stemmers, by the primary tag of a language. There are none for Polish and Urdu. */
const stemmers: ReadonlyMap<string, Stemmer> = new Map(
  Object.entries({
    ar: arabic,
    bg: bulgarian,
    da: danish,
    de: german,
    el: greek,
    en: english,
    es: spanish,
    fi: finnish,
    fr: french,
    ga: irish,
    hi: indian,
    hu: hungarian,
    hy: armenian,
    id: indonesian,
    it: italian,
    lt: lithuanian,
    nb: norwegian,
    ne: nepali,
    nl: dutch,
    nn: norwegian,
    no: norwegian,
    pt: portuguese,
    ro: romanian,
    ru: russian,
    sr: serbian,
    sv: swedish,
    ta: tamil,
    tr: turkish,
    uk: ukrainian,
  }),
)

/** The text search configurations of Postgres that have a list of stop words, by the primary tag of a language. */
const stopWordLists: ReadonlyMap<string, string> = new Map(
  Object.entries({
    da: 'danish',
    de: 'german',
    en: 'english',
    es: 'spanish',
    fi: 'finnish',
    fr: 'french',
    hu: 'hungarian',
    it: 'italian',
    nb: 'norwegian',
    ne: 'nepali',
    nl: 'dutch',
    nn: 'norwegian',
    no: 'norwegian',
    pt: 'portuguese',
    ru: 'russian',
    sv: 'swedish',
    tr: 'turkish',
  }),
)

const primaryOf = (language: string): string => language.toLowerCase().split('-')[0] ?? language

/** The configuration of Postgres by which words of a language are stop words; `simple`, which has none, for others. */
export const stopWordsOf = (language: string): string => stopWordLists.get(primaryOf(language)) ?? 'simple'

const isLatin = (word: string): boolean => /^[\p{Script=Latin}\p{N}]+$/u.test(word)

/**
 * The terms of a word in a language, by which its forms are the same: its stem, folded; the folded word where the
 * language has no stemmer. In scripts other than Latin, marks make other letters, by which endings are told. Latin words
 * are written with and without their accents, and stemmed differently: those with accents have both terms.
 */
export function stemsOf(language: string, { written, folded }: TextWord): readonly string[] {
  const stem = stemmers.get(primaryOf(language))
  if (!stem || isPair(folded)) return [folded]
  const asWritten = foldWord(stem(written)) || folded
  return isLatin(folded) ? [...new Set([stem(folded), asWritten])] : [asWritten]
}
