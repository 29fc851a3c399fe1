import bidiFactory from 'bidi-js'

/** The package declares an ES module, but is a CommonJS one, whose export is the function itself. */
const bidi = (bidiFactory as unknown as typeof bidiFactory.default)()
const words = new Intl.Segmenter('und', { granularity: 'word' })
const characters = new Intl.Segmenter('und', { granularity: 'grapheme' })

/** A stretch of a line in one font, one direction and one style. */
type Run = { readonly text: string; readonly font: string; readonly level: number; readonly style: number }

/** How a text is set. */
type Setting = {
  /** The name of the font of a character in a style. */
  fontOf(character: string, style: number): string
  /** The style of the character that begins at an index, as a number of the caller's; 0 unless given. */
  readonly styleAt?: (index: number) => number
  /** The direction of the text; unless given that of its first strong character. */
  readonly direction?: 'ltr' | 'rtl'
}

/** A line of a text, and the index in the text at which it begins. */
type TextLine = { readonly text: string; readonly at: number }

/**
 * Breaks a text into lines that are no wider than a width, between words where that is possible.
 * @param widthOf the width of a part of the text that begins at an index.
 */
export function linesOf(
  text: string,
  width: number,
  widthOf: (part: string, at: number) => number,
): readonly TextLine[] {
  const lines: TextLine[] = []
  let [line, begin, lineWidth] = ['', 0, 0]
  const add = (part: string, at: number, wide: number): void => {
    // A full stop stays behind its word.
    const isHanging = lineWidth <= width && /^[\p{Pe}\p{Pf}\p{Po}]$/u.test(part)
    if (line !== '' && lineWidth + wide > width && !isHanging) {
      lines.push({ text: line.trimEnd(), at: begin })
      line = ''
      lineWidth = 0
      if (part.trim() === '') return
    }
    if (line === '') begin = at
    line += part
    lineWidth += wide
  }
  for (const { segment, index } of segmentsOf(text, words)) {
    const wide = widthOf(segment, index)
    if (wide <= width) add(segment, index, wide)
    else
      for (const { segment: character, index: within } of segmentsOf(segment, characters))
        add(character, index + within, widthOf(character, index + within))
  }
  return [...lines, { text: line.trimEnd(), at: begin }]
}

/** How much of a text is segmented at once, in UTF-16 units: the time that it takes grows with the square of it. */
const pieceLength = 1_000

/** The segments of a text, which is cut into pieces at a space where there is one. */
function* segmentsOf(
  text: string,
  segmenter: Intl.Segmenter,
): Generator<{ readonly segment: string; readonly index: number }, void, undefined> {
  for (let from = 0; from < text.length;) {
    const limit = from + pieceLength
    const space = limit < text.length ? text.lastIndexOf(' ', limit) : -1
    const isPair = /[\ud800-\udbff]/.test(text.charAt(limit - 1))
    const to = limit >= text.length ? text.length : space > from ? space + 1 : isPair ? limit - 1 : limit
    for (const { segment, index } of segmenter.segment(text.slice(from, to))) yield { segment, index: from + index }
    from = to
  }
}

/** A text of one direction, by the fonts that have its characters and by their styles. @param from the index of its beginning. */
export function runsOf(text: string, { fontOf, styleAt = () => 0 }: Setting, level = 0, from = 0): Run[] {
  const runs: Run[] = []
  for (const { segment, index } of segmentsOf(text, characters)) {
    const style = styleAt(from + index)
    const font = fontOf(segment, style)
    const last = runs.at(-1)
    if (last?.font === font && last.style === style) runs[runs.length - 1] = { ...last, text: last.text + segment }
    else runs.push({ text: segment, font, level, style })
  }
  return runs
}

const isRightToLeft = /\p{Script=Arabic}|\p{Script=Hebrew}|\p{Script=Syriac}|\p{Script=Thaana}|\p{Script=Nko}/u

/** The runs of a line from left to right, as Unicode's bidirectional algorithm (UAX 9, L2) orders them. */
export function visualRuns(
  line: string,
  setting: Setting,
): { readonly runs: readonly Run[]; readonly rightToLeft: boolean } {
  const { direction = 'auto' } = setting
  if (direction !== 'rtl' && !isRightToLeft.test(line)) return { runs: runsOf(line, setting), rightToLeft: false }
  const { levels, paragraphs } = bidi.getEmbeddingLevels(line, direction)
  const mirrored = bidi.getMirroredCharactersMap(line, levels)
  const runs: Run[] = []
  for (let from = 0; from < line.length;) {
    let to = from + 1
    while (to < line.length && levels[to] === levels[from]) to++
    const level = levels[from] ?? 0
    const text = Array.from({ length: to - from }, (_, index) => mirrored.get(from + index) ?? line[from + index]).join(
      '',
    )
    runs.push(...runsOf(text, setting, level, from).map((run) => (level % 2 === 1 ? laidOut(run) : run)))
    from = to
  }
  const highest = Math.max(0, ...runs.map(({ level }) => level))
  for (let level = highest; level > 0; level--) {
    for (let from = 0; from < runs.length; from++) {
      if ((runs[from]?.level ?? 0) < level) continue
      let to = from
      while ((runs[to]?.level ?? -1) >= level) to++
      runs.splice(from, to - from, ...runs.slice(from, to).toReversed())
      from = to
    }
  }
  return { runs, rightToLeft: (paragraphs[0]?.level ?? 0) % 2 === 1 }
}

/** The font reverses letters that are written from right to left; of others in such a run it does not know. */
const laidOut = (run: Run): Run =>
  isRightToLeft.test(run.text) ? run : { ...run, text: Array.from(run.text).toReversed().join('') }
