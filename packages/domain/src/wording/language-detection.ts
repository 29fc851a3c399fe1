/** The language that a text is most likely written in. */
export type DetectedLanguage = {
  /** Its primary tag, such as `fr`. */
  readonly language: string
  /** How much the text is like each language, between 0 and 1, by primary tag; a language that it is not like is left out. */
  readonly scores: Readonly<Record<string, number>>
}

/** Tells in which language texts are written. */
export type LanguageDetector = {
  /** The primary tags of the languages that it can tell. */
  readonly languages: ReadonlySet<string>
  /**
   * The language of a text; undefined where it is not sure, and where it does not answer in time. Never throws.
   * @param among the primary tags of the languages that the text may be in, as `primaryOf` gives them; all that it can tell by default.
   */
  detect(text: string, among?: readonly string[]): Promise<DetectedLanguage | undefined>
}

/** The fewest letters of a text whose language is told: greetings, `ok` and names are words of several. */
const fewestLetters = 16

/** The fewest letters of an article of which somebody is warned. */
const fewestOfArticle = 80

/** How much of a text is looked at, in UTF-16 units. */
const mostCharacters = 10_000

/** The highest share of the best score at which the stated language of a text is not that of its words. */
const farBehind = 0.8

const lettersIn = (text: string): number => text.match(/\p{L}/gu)?.length ?? 0

/**
 * The language of the words of a person, of those of the desk; undefined where there are too few of them, and where the
 * detector is not sure.
 * @param texts what they have written, the latest first: of more than 10,000 characters, the latest count.
 * @param among the languages of the desk (BCP 47).
 */
export async function detectLanguage(
  detector: LanguageDetector,
  texts: readonly string[],
  among: readonly string[],
): Promise<string | undefined> {
  const text = texts.join('\n').slice(0, mostCharacters)
  if (lettersIn(text) < fewestLetters) return undefined
  const detected = await detector.detect(text, [...new Set(among.map(primaryOf))])
  return detected && among.find((tag) => primaryOf(tag) === detected.language)
}

/**
 * The language in which an article is written instead of the one that it is said to be in; undefined where its text is
 * too short, and in all cases of doubt.
 * @param markdown the text: what stands in fences is code, in no language.
 * @param language the language (BCP 47) that the text is said to be in.
 */
export async function otherLanguageOf(
  detector: LanguageDetector,
  markdown: string,
  language: string,
): Promise<string | undefined> {
  const stated = primaryOf(language)
  if (!detector.languages.has(stated)) return undefined
  const text = withoutCode(markdown.slice(0, mostCharacters))
  if (lettersIn(text) < fewestOfArticle) return undefined
  const detected = await detector.detect(text)
  if (!detected || detected.language === stated) return undefined
  const { [detected.language]: best = 0, [stated]: ofStated = 0 } = detected.scores
  return ofStated < best * farBehind ? detected.language : undefined
}

/** The tags of languages that a detector has other names for. */
const otherNames: Readonly<Record<string, string>> = { nb: 'no', nn: 'no', fil: 'tl', iw: 'he' }

function primaryOf(tag: string): string {
  const primary = (tag.split('-')[0] ?? tag).toLowerCase()
  return otherNames[primary] ?? primary
}

/** A Markdown text without its fenced blocks, code spans and addresses, of which none is in a language. */
function withoutCode(markdown: string): string {
  let isCode = false
  const lines = markdown.split('\n').filter((line) => {
    const isFence = /^ {0,3}(```|~~~)/.test(line)
    if (isFence) isCode = !isCode
    return !isFence && !isCode
  })
  return lines
    .join('\n')
    .replace(/`[^`\n]{1,200}`/g, ' ')
    .replace(/\]\([^)\n]{0,500}\)/g, '] ')
    .replace(/https?:\/\/\S{1,500}/g, ' ')
}
