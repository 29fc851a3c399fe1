import Pdf from 'pdfkit'
import type { PdfFont } from './fonts.ts'
import type { TranscriptLines } from './lines.ts'
import { linesOf, runsOf, visualRuns } from './pdf-text.ts'

const page = { width: 595.28, height: 841.89, margin: 48 } as const
const size = 10
const leading = 14
const indent = 14

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
    const width = runsOf(word, { fontOf }).reduce(
      (sum, { text, font }) => sum + document.font(font).fontSize(size).widthOfString(text),
      0,
    )
    if (widths.size < 10_000) widths.set(word, width)
    return width
  }

  const draw = (text: string, left: number, colour: string): void => {
    const right = page.width - page.margin
    for (const { text: broken } of linesOf(text, right - left, widthOf)) {
      if (y + leading > page.height - page.margin) {
        document.addPage()
        y = page.margin
      }
      const { runs, rightToLeft } = visualRuns(broken, { fontOf })
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
