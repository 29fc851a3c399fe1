import { stemsOf } from '../search/stems.ts'
import { textWords, withoutJoiners } from '../search/words.ts'

/** A part of a text as it is written, and whether a search has found it. It is no HTML: whoever shows it escapes it. */
export type ExcerptPart = { readonly text: string; readonly isMatch: boolean }

/** Marks the words of a search in texts. */
type Marker = {
  /** A text as a whole. */
  whole(text: string): readonly ExcerptPart[]
  /** The stretch of a text in which most of the words stand; its beginning where none does. */
  best(text: string): readonly ExcerptPart[]
}

/** The length of an excerpt, in UTF-16 units, and what is shown of it before its first match. */
const excerptLength = 240
const before = 60

type Span = { readonly from: number; readonly to: number; readonly term: string }

/** @param terms the terms that were found, of which words are marked. */
export function createMarker(language: string, terms: ReadonlySet<string>): Marker {
  const termsOfTokens = new Map<string, ReadonlyMap<string, string>>()
  /** The terms of a token that were found, by the written words that they are of. */
  const foundIn = (token: string): ReadonlyMap<string, string> => {
    const earlier = termsOfTokens.get(token)
    if (earlier) return earlier
    const matches = new Map(
      textWords(token).flatMap((word) => {
        const term = stemsOf(language, word).find((each) => terms.has(each))
        return term === undefined ? [] : [[word.written, term] as const]
      }),
    )
    termsOfTokens.set(token, matches)
    return matches
  }
  const spansIn = (text: string): readonly Span[] => {
    const spans: Span[] = []
    for (const { 0: token, index } of text.matchAll(/[\p{L}\p{M}\p{N}\u00ad\u200c\u200d]+/gu)) {
      const matches = foundIn(token)
      if (matches.size === 0) continue
      const lower = token.toLowerCase()
      for (const [written, term] of matches) {
        const isPart = withoutJoiners(lower).length === token.length && written.length < lower.length
        if (!isPart) spans.push({ from: index, to: index + token.length, term })
        for (let at = isPart ? lower.indexOf(written) : -1; at >= 0; at = lower.indexOf(written, at + 1)) {
          spans.push({ from: index + at, to: index + at + written.length, term })
        }
      }
    }
    return spans.sort((a, b) => a.from - b.from || a.to - b.to)
  }
  return {
    whole: (text) => partsOf(text, 0, text.length, spansIn(text)),
    best: (text) => {
      const spans = spansIn(text)
      const from = beginningOf(text, spans)
      const to = endOf(text, from)
      return partsOf(text, from, to, spans)
    },
  }
}

/** Where the stretch begins in which most different terms stand, at the beginning of a word. Each span enters and leaves it once. */
function beginningOf(text: string, spans: readonly Span[]): number {
  let best = { from: 0, terms: 0 }
  const numbers = new Map<string, number>()
  let end = 0
  for (const [index, { from, term }] of spans.entries()) {
    for (let next = spans[end]; next && next.to <= from + excerptLength - before; next = spans[++end])
      numbers.set(next.term, (numbers.get(next.term) ?? 0) + 1)
    if (numbers.size > best.terms) best = { from, terms: numbers.size }
    if (end === index) end++
    else if (numbers.get(term) === 1) numbers.delete(term)
    else numbers.set(term, (numbers.get(term) ?? 0) - 1)
  }
  const earliest = Math.max(0, best.from - before)
  const space = text.indexOf(' ', earliest)
  return earliest === 0 ? 0 : space >= 0 && space < best.from ? space + 1 : best.from
}

/** Where an excerpt ends: behind its last whole word, or where a long one is cut between two characters. */
function endOf(text: string, from: number): number {
  const latest = from + excerptLength
  if (latest >= text.length) return text.length
  const space = text.lastIndexOf(' ', latest)
  if (space > from + excerptLength / 2) return space
  return /[\uDC00-\uDFFF]/.test(text[latest] ?? '') ? latest - 1 : latest
}

/** A stretch of a text in parts; matches that touch or overlap are one. */
function partsOf(text: string, from: number, to: number, spans: readonly Span[]): readonly ExcerptPart[] {
  const parts: { text: string; isMatch: boolean }[] = []
  let at = from
  const add = (end: number, isMatch: boolean): void => {
    if (end <= at) return
    const last = parts.at(-1)
    const piece = text.slice(at, end)
    if (last?.isMatch === isMatch) last.text += piece
    else parts.push({ text: piece, isMatch })
    at = end
  }
  for (const span of spans) {
    if (span.from < from || span.to > to) continue
    add(span.from, false)
    add(span.to, true)
  }
  add(to, false)
  return parts
}
