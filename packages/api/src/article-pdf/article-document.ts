import Pdf from 'pdfkit'
import type { ArticleBlock, TextPart } from '@guichet/knowledge'
import { linesOf, runsOf, visualRuns } from '../transcript/pdf-text.ts'
import { createArticleFonts } from './article-fonts.ts'
import { mostPages } from './print-limits.ts'

/** What an article is drawn of. */
type PrintedArticle = {
  readonly title: string
  readonly language: string
  readonly isRightToLeft: boolean
  /** Lines below the title, such as the day of its last change. */
  readonly head: readonly string[]
  /** What stands at the foot of each page beside its number, such as the name of the help centre. */
  readonly foot: string
  readonly blocks: readonly ArticleBlock[]
  /** The pictures that can be drawn, by their sources. */
  readonly pictures: ReadonlyMap<string, PrintedPicture>
}

/** A picture as the address of its data, in PNG or JPEG, and its size in pixels. */
export type PrintedPicture = { readonly data: string; readonly width: number; readonly height: number }

/** An article needs more than `mostPages`. */
export class TooManyPages extends Error {
  override readonly name = 'TooManyPages'
}

/** A4, in points. */
const page = { width: 595.28, height: 841.89, margin: 56, foot: 28 } as const
const [left, right] = [page.margin, page.width - page.margin]
const bottom = page.height - page.margin - page.foot
const size = { text: 10.5, code: 9, small: 8.5, headings: [20, 16, 13.5, 12, 11, 10.5] } as const
const leading = 1.45
const indent = 18
/** Deeper parts stand no further in. */
const deepest = 10
/** A table with more columns is written as lines. */
const mostColumns = 8
const colours = { text: '#000000', weak: '#4b5563', link: '#1d4ed8', line: '#9ca3af' } as const

type Style = Omit<TextPart, 'text'> & { readonly isWeak?: boolean }
type Box = { readonly from: number; readonly to: number; readonly size: number }
/** A line of a text with the styles of its characters. */
type StyledLine = { readonly text: string; readonly at: number; readonly of: StyledText }
type StyledText = { readonly direction: 'ltr' | 'rtl'; readonly styleAt: (index: number) => number }

/** Draws an article as a PDF. Ends the document. @throws TooManyPages */
export function drawArticle(article: PrintedArticle): PDFKit.PDFDocument {
  const drawing = new ArticleDrawing(article)
  drawing.head()
  for (const block of article.blocks) drawing.block(block)
  return drawing.end()
}

class ArticleDrawing {
  readonly #article: PrintedArticle
  readonly #document: PDFKit.PDFDocument
  readonly #fontOf: ReturnType<typeof createArticleFonts>
  readonly #styles: Style[] = [{}]
  readonly #widths = new Map<string, number>()
  #y: number = page.margin
  #pages = 1

  constructor(article: PrintedArticle) {
    this.#article = article
    this.#document = new Pdf({
      size: 'A4',
      margin: 0,
      bufferPages: true,
      lang: article.language,
      displayTitle: true,
      info: { Title: article.title, Producer: 'Guichet', Creator: 'Guichet' },
    })
    this.#fontOf = createArticleFonts(
      `${article.title} ${JSON.stringify(article.blocks)}`,
      ({ name, content }) => void this.#document.registerFont(name, content),
    )
  }

  head(): void {
    const { title, head } = this.#article
    this.#write([{ text: title, isStrong: true }], { ...this.#box(0), size: size.headings[0] + 2 })
    for (const line of head) this.#write([{ text: line, isWeak: true }], { ...this.#box(0), size: size.small })
    this.#y += 10
  }

  block(block: ArticleBlock): void {
    const box = this.#box(block.depth)
    if (block.sign !== undefined) this.#sign(block.sign, block.depth, block.kind)
    switch (block.kind) {
      case 'heading':
        return this.#heading(block, box)
      case 'paragraph':
        this.#write(block.parts, box)
        this.#y += 6
        return
      case 'code':
        this.#write([{ text: block.text, isCode: true }], { ...box, size: size.code })
        this.#y += 6
        return
      case 'picture':
        return this.#picture(block, box)
      case 'row':
        return this.#row(block, box)
      case 'rule':
        this.#room(12)
        this.#rule(box)
        this.#y += 12
    }
  }

  end(): PDFKit.PDFDocument {
    const { foot } = this.#article
    const y = page.height - page.margin
    const box = { from: left, to: right, size: size.small }
    for (let number = 0; number < this.#pages; number++) {
      this.#document.switchToPage(number)
      const [line] = this.#lines(
        [{ text: `${foot === '' ? '' : `${foot} · `}${number + 1} / ${this.#pages}`, isWeak: true }],
        box,
      )
      if (line) this.#draw(line, box, y)
    }
    this.#document.end()
    return this.#document
  }

  #heading({ level, anchor, parts }: Extract<ArticleBlock, { readonly kind: 'heading' }>, box: Box): void {
    const high = size.headings[level - 1] ?? size.text
    // A heading is not the last line of a page.
    this.#y += 8
    this.#room(high * leading + 2 * size.text * leading)
    this.#document.addNamedDestination(`article-${anchor}`, 'XYZ', 0, this.#y, null)
    const text = parts.map((part) => part.text).join('')
    if (level <= 3) this.#document.outline.addItem(text.slice(0, 200))
    this.#write(
      parts.map((part) => ({ ...part, isStrong: true })),
      { ...box, size: high },
    )
    this.#y += 4
  }

  #picture(block: Extract<ArticleBlock, { readonly kind: 'picture' }>, box: Box): void {
    const { source, alt, href, caption } = block
    const image = source === undefined ? undefined : this.#article.pictures.get(source)
    if (!image) {
      const text = alt.trim() === '' ? (href ?? '') : alt
      this.#write([{ text, isEmphasised: true, ...(href !== undefined && { href }) }], box)
    } else {
      // The pixels of a screen, of which 96 are an inch.
      const scale = Math.min(0.75, (box.to - box.from) / image.width, 420 / image.height)
      const [width, height] = [image.width * scale, image.height * scale]
      this.#room(height)
      const x = this.#article.isRightToLeft ? box.to - width : box.from
      // By its address it is stored once, however often it is drawn.
      this.#document.image(image.data, x, this.#y, { width, height })
      if (href !== undefined && isAddress(href)) this.#document.link(x, this.#y, width, height, href)
      this.#y += height + 2
    }
    if (caption !== undefined)
      this.#write([{ text: caption, isWeak: true, ...(href !== undefined && { href }) }], { ...box, size: size.small })
    this.#y += 6
  }

  #row({ isHead, cells }: Extract<ArticleBlock, { readonly kind: 'row' }>, box: Box): void {
    if (cells.length > mostColumns) {
      this.#write(
        cells.flatMap((cell, n) => [...(n > 0 ? [{ text: ' | ' }] : []), ...cell]),
        box,
      )
      return
    }
    const width = (box.to - box.from) / cells.length
    const places = this.#article.isRightToLeft ? cells.toReversed() : cells
    const columns = places.map((cell, n) => {
      const column = { from: box.from + n * width + 3, to: box.from + (n + 1) * width - 3, size: size.text - 1 }
      const parts = isHead ? cell.map((part) => ({ ...part, isStrong: true })) : cell
      return { column, lines: this.#lines(parts, column) }
    })
    const high = (size.text - 1) * leading
    this.#y += 3
    for (let n = 0; n < Math.max(...columns.map(({ lines }) => lines.length)); n++) {
      this.#room(high)
      for (const { column, lines } of columns) {
        const line = lines[n]
        if (line) this.#draw(line, column, this.#y)
      }
      this.#y += high
    }
    this.#rule(box)
    this.#y += 3
  }

  #rule({ from, to }: Box): void {
    this.#document
      .moveTo(from, this.#y + 2)
      .lineTo(to, this.#y + 2)
      .lineWidth(0.5)
      .strokeColor(colours.line)
      .stroke()
  }

  /** The sign of an item, on the side on which its lines begin. */
  #sign(sign: string, depth: number, kind: ArticleBlock['kind']): void {
    const high = kind === 'picture' ? 0 : size.text * leading
    this.#room(high)
    const place = this.#box(depth - 1)
    const [line] = this.#lines([{ text: sign }], place)
    if (line) this.#draw(line, place, this.#y)
  }

  #box(depth: number): Box {
    const inset = indent * Math.min(Math.max(depth, 0), deepest)
    const [from, to] = this.#article.isRightToLeft ? [left, right - inset] : [left + inset, right]
    return { from, to, size: size.text }
  }

  #write(parts: readonly (TextPart & Style)[], box: Box): void {
    for (const line of this.#lines(parts, box)) {
      this.#room(box.size * leading)
      this.#draw(line, box, this.#y)
      this.#y += box.size * leading
    }
  }

  /** Begins a page where a height has no room on this one. */
  #room(height: number): void {
    if (this.#y + height <= bottom || this.#y === page.margin) return
    if (this.#pages === mostPages) throw new TooManyPages(`an article has at most ${mostPages} pages`)
    this.#document.addPage()
    this.#pages++
    this.#y = page.margin
  }

  #lines(parts: readonly (TextPart & Style)[], { from, to, size: high }: Box): readonly StyledLine[] {
    const text = parts.map((part) => part.text.replaceAll('\t', '    ')).join('')
    const ends: { readonly end: number; readonly style: number }[] = []
    let end = 0
    for (const { text: each, ...style } of parts) {
      end += each.replaceAll('\t', '    ').length
      ends.push({ end, style: this.#styles.push(style) - 1 })
    }
    let last = 0
    const styleAt = (index: number): number => {
      if (index < (ends[last - 1]?.end ?? 0)) last = 0
      while (last < ends.length - 1 && index >= (ends[last]?.end ?? 0)) last++
      return ends[last]?.style ?? 0
    }
    const lines: StyledLine[] = []
    let begin = 0
    for (const paragraph of text.split('\n')) {
      const at = begin
      const of = { direction: this.#directionOf(paragraph), styleAt: (index: number) => styleAt(at + index) }
      const widthOf = (part: string, within: number): number => this.#widthOf(part, at + within, styleAt, high)
      for (const line of linesOf(paragraph, to - from, widthOf)) lines.push({ ...line, of })
      begin += paragraph.length + 1
    }
    return lines
  }

  /** The direction of the first strong character; without one, that of the article. */
  #directionOf(text: string): 'ltr' | 'rtl' {
    const [letter] = /\p{L}/u.exec(text) ?? []
    if (letter === undefined) return this.#article.isRightToLeft ? 'rtl' : 'ltr'
    return /\p{Script=Arabic}|\p{Script=Hebrew}/u.test(letter) ? 'rtl' : 'ltr'
  }

  #widthOf(part: string, at: number, styleAt: (index: number) => number, high: number): number {
    const runs = runsOf(part, { fontOf: this.#fontOfStyle, styleAt: (index) => styleAt(at + index) })
    return runs.reduce((sum, { text, font }) => sum + this.#widthIn(font, text) * high, 0)
  }

  /** The width of a text in a font, as a share of its size. */
  #widthIn(font: string, text: string): number {
    const name = `${font} ${text}`
    const cached = this.#widths.get(name)
    if (cached !== undefined) return cached
    const width = this.#document.font(font).fontSize(100).widthOfString(text) / 100
    if (this.#widths.size < 20_000) this.#widths.set(name, width)
    return width
  }

  readonly #fontOfStyle = (character: string, style: number): string =>
    this.#fontOf(character, this.#styles[style] ?? {})

  #draw({ text, at, of }: StyledLine, { from, to, size: high }: Box, y: number): void {
    const styleAt = (index: number): number => of.styleAt(at + index)
    const { runs, rightToLeft } = visualRuns(text, { fontOf: this.#fontOfStyle, styleAt, direction: of.direction })
    const document = this.#document
    const measured = runs.map((run) => {
      // With features a run is laid out as a whole, so that its words run from right to left too.
      const options = run.level % 2 === 1 ? { features: [] } : {}
      return { ...run, options, width: document.font(run.font).fontSize(high).widthOfString(run.text, options) }
    })
    let x = rightToLeft ? to - measured.reduce((sum, { width }) => sum + width, 0) : from
    for (const { text: written, font, options, width, style } of measured) {
      const { href, isWeak, isStruck } = this.#styles[style] ?? {}
      const colour = href === undefined ? (isWeak ? colours.weak : colours.text) : colours.link
      document
        .font(font)
        .fontSize(high)
        .fillColor(colour)
        .text(written, x, y + high, { ...options, lineBreak: false, baseline: 'alphabetic' })
      if (isStruck) this.#stroke(x, y + high * 0.7, width, colour)
      if (href !== undefined) {
        this.#stroke(x, y + high * 1.12, width, colour)
        if (href.startsWith('#')) document.goTo(x, y, width, high * leading, decodeURIComponent(href.slice(1)))
        else if (isAddress(href)) document.link(x, y, width, high * leading, href)
      }
      x += width
    }
  }

  #stroke(x: number, y: number, width: number, colour: string): void {
    this.#document
      .moveTo(x, y)
      .lineTo(x + width, y)
      .lineWidth(0.5)
      .strokeColor(colour)
      .stroke()
  }
}

/** Whether a link leads to a whole address: a path says nothing on paper. */
const isAddress = (href: string): boolean => /^(?:https?|mailto|tel):/.test(href)
