/** A text whose parts in no language stand behind tokens, which a translation has to keep. */
export type ProtectedText = {
  readonly text: string
  /** What stands behind each token. */
  readonly parts: ReadonlyMap<string, string>
}

/** What is the same in every language, the longest forms first: what one alternative takes is not looked at by the next. */
const untranslatable = new RegExp(
  [
    // Code: fenced, then in backticks.
    /```[\s\S]{0,20000}?```/,
    /`[^`\n]{1,500}`/,
    // Addresses of pages and of mail.
    /\b(?:https?:\/\/|www\.)[^\s<>"']{1,2000}[^\s<>"'.,;:!?)\]}]/,
    /[\w.+-]{1,64}@[A-Za-z\d-]{1,63}(?:\.[A-Za-z\d-]{1,63}){1,8}/,
    // Placeholders of templates.
    /\{\{[^{}\n]{1,100}\}\}|\{[\w.]{1,100}\}|\[[A-Z][A-Z\d_ ]{1,60}\]|%(?:\d\$)?[sd]\b/,
    // Numbers of tickets; codes of orders and errors, constants, and the long numbers that people are asked for.
    /(?<![\p{L}\p{N}])#\d{1,12}\b/u,
    /\b(?=[A-Z\d_-]{0,40}\d)[A-Z][A-Z\d]{0,40}(?:[-_][A-Z\d]{1,40}){0,8}\b/,
    /\b[A-Z][A-Z\d]{1,40}(?:_[A-Z\d]{1,40}){1,8}\b/,
    /\b0x[\da-fA-F]{1,40}\b/,
    /\b\d[\d-]{3,40}\d\b/,
  ]
    .map(({ source }) => `(?:${source})`)
    .join('|'),
  'gu',
)

/** A word in which a name may stand. */
const word = /[\p{L}\p{N}][\p{L}\p{N}’'-]{0,100}/gu

/** The fewest letters of a part of a name that stands alone: shorter ones are words of many languages. */
const fewestLetters = 3

/**
 * A text in which code, addresses, placeholders, numbers and names stand behind tokens; undefined for one that has the beginnings of
 * all tokens itself.
 * @param names the people of the conversation: each whole name and each part of three letters or more is kept where it is
 * written in the same way.
 */
export function protectText(text: string, names: readonly string[] = []): ProtectedText | undefined {
  const parts = new Map<string, string>()
  const stem = stems.find((each) => !text.includes(each))
  if (stem === undefined) return undefined
  const behindToken = (part: string): string => {
    const token = `${stem}${parts.size}Z`
    parts.set(token, part)
    return token
  }
  const nameParts = new Set(
    names
      .flatMap((name) => name.match(word) ?? [])
      .filter((part) => part.length >= fewestLetters && !isLowerCase(part)),
  )
  // Names are looked for between what stands behind tokens already, so that no token is split.
  let [replaced, end] = ['', 0]
  const plain = (stretch: string): string =>
    nameParts.size === 0 ? stretch : stretch.replace(word, (each) => (nameParts.has(each) ? behindToken(each) : each))
  for (const match of text.matchAll(untranslatable)) {
    replaced += plain(text.slice(end, match.index)) + behindToken(match[0])
    end = match.index + match[0].length
  }
  return { text: replaced + plain(text.slice(end)), parts }
}

const isLowerCase = (text: string): boolean => text === text.toLowerCase() && text !== text.toUpperCase()

/** The beginnings of tokens: none of them ends as another one begins, so that a text beside a token makes no other one. */
const stems = ['ZQX', 'ZQJ', 'ZQV', 'ZQK', 'ZXQ', 'ZXJ', 'ZXV', 'ZXK', 'ZJQ', 'ZJX', 'ZJV', 'ZJK'] as const

/**
 * A translation with what stood behind its tokens; undefined where one is missing, stands there more often than before, or was
 * changed.
 * @param original the protected text that was translated, or a stretch of it.
 */
export function restoreText(translation: string, original: string, parts: ProtectedText['parts']): string | undefined {
  const tokens = [...parts.keys()]
  const [before, after] = [tokensIn(original, tokens), tokensIn(translation, tokens)]
  if (before.length !== after.length || before.some((token, index) => token !== after[index])) return undefined
  return withParts(translation, parts)
}

/** A protected text, or a stretch of it, as it was written. */
export function withParts(text: string, parts: ProtectedText['parts']): string {
  const stem = stemOf(parts)
  return stem === undefined ? text : text.replaceAll(tokenOf(stem), (token) => parts.get(token) ?? token)
}

/** Whether there is anything to translate in a protected text: a letter that stands behind no token. */
export const hasWords = (text: string, parts: ProtectedText['parts']): boolean =>
  /\p{L}/u.test(withoutTokens(text, parts))

/** A protected text without what stands behind tokens, such as to tell its language. */
export function withoutTokens(text: string, parts: ProtectedText['parts']): string {
  const stem = stemOf(parts)
  return stem === undefined ? text : text.replaceAll(tokenOf(stem), ' ')
}

const stemOf = (parts: ProtectedText['parts']): string | undefined => [...parts.keys()][0]?.replace(/\dZ$/, '')

const tokenOf = (stem: string): RegExp => new RegExp(`${stem}\\d{1,6}Z`, 'g')

/** The tokens of a text in a fixed order; what only looks like one counts too, since it would stay in the text. */
function tokensIn(text: string, tokens: readonly string[]): readonly string[] {
  const [first] = tokens
  return first === undefined ? [] : (text.match(tokenOf(first.replace(/\dZ$/, ''))) ?? []).toSorted()
}

/** A stretch of a text that is translated by itself, with the blank lines behind it. */
export type Segment = { readonly text: string; readonly behind: string }

/**
 * A text cut into segments of a number of characters at most: between paragraphs, and a paragraph that is longer between lines,
 * sentences or, at last, words. Segments joined with what is behind them are the text.
 */
export function segmentsOf(text: string, mostCharacters: number): readonly Segment[] {
  const segments: { text: string; behind: string }[] = []
  for (const piece of piecesOf(text, mostCharacters)) {
    const last = segments.at(-1)
    if (last && last.text.length + last.behind.length + piece.text.length <= mostCharacters) {
      last.text += last.behind + piece.text
      last.behind = piece.behind
    } else segments.push({ ...piece })
  }
  return segments
}

/** Where a text may be cut, the best places first. */
const gaps = [/\n[^\S\n]{0,200}\n\s{0,200}/g, /\n/g, /(?<=[.!?。！？؟।])\s{1,20}/g, /(?<=[。！？])/g, /\s/g] as const

function* piecesOf(text: string, mostCharacters: number, level = 0): Generator<Segment> {
  const gap = gaps[level]
  if (text.length <= mostCharacters && level > 0) return yield { text, behind: '' }
  if (!gap) {
    for (let start = 0; start < text.length; start += mostCharacters)
      yield { text: text.slice(start, start + mostCharacters), behind: '' }
    return
  }
  let start = 0
  const cuts = [...text.matchAll(gap)].map((match) => ({ at: match.index, behind: match[0] }))
  for (const { at, behind } of [...cuts, { at: text.length, behind: '' }]) {
    const pieces = [...piecesOf(text.slice(start, at), mostCharacters, level + 1)]
    const last = pieces.pop()
    yield* pieces
    yield { text: last?.text ?? '', behind: (last?.behind ?? '') + behind }
    start = at + behind.length
  }
}
