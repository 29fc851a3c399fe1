import bidiFactory from 'bidi-js'
import Pdf from 'pdfkit'
import type { PdfFont } from './fonts.ts'
import type { TranscriptLines } from './lines.ts'

const page = { width: 595.28, height: 841.89, margin: 48 } as const
const size = 10
const leading = 14
const indent = 14
/** The package declares an ES module, but is a CommonJS one, whose export is the function itself. */
const bidi = (bidiFactory as unknown as typeof bidiFactory.default)()
const words = new Intl.Segmenter('und', { granularity: 'word' })
const characters = new Intl.Segmenter('und', { granularity: 'grapheme' })

/** A stretch of a line in one font and one direction. */
type Run = { readonly text: string; readonly font: string; readonly level: number }

/** A PDF that is written line by line: what is on a full page is not kept. */
type TranscriptPdf = {
  readonly document: PDFKit.PDFDocument
  head(lines: readonly string[]): void
  entry(lines: TranscriptLines): void
  end(): void
}

/**
 * Begins the PDF of a transcript. A text runs in the direction of its first strong character, as Unicode's bidirectional
 * algorithm orders it; a character that no font has is a box.
 */
export function createTranscriptPdf(fonts: readonly PdfFont[]): TranscriptPdf {
  const document = new Pdf({
    size: 'A4',
    margin: page.margin,
    info: { Producer: 'Guichet', Creator: 'Guichet' },
  })
  for (const { name, content } of fonts) document.registerFont(name, content)
  const [first] = fonts
  if (!first) throw new RangeError('a PDF needs a font')
  let y: number = page.margin

  const fontOf = (character: string): string =>
    (fonts.find(({ has }) => has(character.codePointAt(0) ?? 0)) ?? first).name

  const widths = new Map<string, number>()
  const widthOf = (word: string): number => {
    const cachedWidth = widths.get(word)
    if (cachedWidth !== undefined) return cachedWidth
    const width = runsOf(word, fontOf).reduce(
      (sum, { text, font }) => sum + document.font(font).fontSize(size).widthOfString(text),
      0,
    )
    if (widths.size < 10_000) widths.set(word, width)
    return width
  }

  const draw = (text: string, left: number, colour: string): void => {
    const right = page.width - page.margin
    for (const broken of linesOf(text, right - left, widthOf)) {
      if (y + leading > page.height - page.margin) {
        document.addPage()
        y = page.margin
      }
      const { runs, rightToLeft } = visualRuns(broken, fontOf)
      const measured = runs.map((run) => {
        // With features a run is laid out as a whole, so that its words run from right to left too.
        const options = run.level % 2 === 1 ? { features: [] } : {}
        return { ...run, options, width: document.font(run.font).fontSize(size).widthOfString(run.text, options) }
      })
      let x = rightToLeft ? right - measured.reduce((sum, { width }) => sum + width, 0) : left
      document.fillColor(colour)
      for (const { text: written, font, options, width } of measured) {
        document
          .font(font)
          .fontSize(size)
          .text(written, x, y, { ...options, lineBreak: false })
        x += width
      }
      y += leading
    }
  }

  return {
    document,
    head: (lines) => {
      for (const line of lines) draw(line, page.margin, '#000000')
      y += leading / 2
    },
    entry: ({ head, internal, body }) => {
      y += leading / 3
      draw(head, page.margin, internal ? '#9a3412' : '#475569')
      for (const line of body) draw(line, page.margin + indent, internal ? '#9a3412' : '#000000')
    },
    end: () => document.end(),
  }
}

/** Breaks a text into lines that are no wider than a width, between words where that is possible. */
export function linesOf(text: string, width: number, widthOf: (text: string) => number): readonly string[] {
  const lines: string[] = []
  let line = ''
  let lineWidth = 0
  const add = (part: string, wide: number): void => {
    if (line !== '' && lineWidth + wide > width) {
      lines.push(line.trimEnd())
      line = ''
      lineWidth = 0
      if (part.trim() === '') return
    }
    line += part
    lineWidth += wide
  }
  for (const { segment } of words.segment(text)) {
    const wide = widthOf(segment)
    if (wide <= width) add(segment, wide)
    else for (const { segment: character } of characters.segment(segment)) add(character, widthOf(character))
  }
  return [...lines, line.trimEnd()]
}

/** A text of one direction, by the fonts that have its characters. */
function runsOf(text: string, fontOf: (character: string) => string, level = 0): Run[] {
  const runs: Run[] = []
  for (const { segment } of characters.segment(text)) {
    const font = fontOf(segment)
    const last = runs.at(-1)
    if (last?.font === font) runs[runs.length - 1] = { ...last, text: last.text + segment }
    else runs.push({ text: segment, font, level })
  }
  return runs
}

const isRightToLeft = /\p{Script=Arabic}|\p{Script=Hebrew}|\p{Script=Syriac}|\p{Script=Thaana}|\p{Script=Nko}/u

/** The runs of a line from left to right, as Unicode's bidirectional algorithm (UAX 9, L2) orders them. */
function visualRuns(
  line: string,
  fontOf: (character: string) => string,
): { readonly runs: readonly Run[]; readonly rightToLeft: boolean } {
  if (!isRightToLeft.test(line)) return { runs: runsOf(line, fontOf), rightToLeft: false }
  const { levels, paragraphs } = bidi.getEmbeddingLevels(line, 'auto')
  const mirrored = bidi.getMirroredCharactersMap(line, levels)
  const runs: Run[] = []
  for (let from = 0; from < line.length;) {
    let to = from + 1
    while (to < line.length && levels[to] === levels[from]) to++
    const level = levels[from] ?? 0
    const text = Array.from({ length: to - from }, (_, index) => mirrored.get(from + index) ?? line[from + index]).join(
      '',
    )
    runs.push(...runsOf(text, fontOf, level).map((run) => (level % 2 === 1 ? laidOut(run) : run)))
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
