import type { PeerText } from './html.ts'

/** What a wiki says beside its texts: how its namespaces are called, and where its pages are here. */
export type Wiki = {
  /** The names of the namespace of categories, in lower case. */
  readonly categoryNames: ReadonlySet<string>
  /** The names of the namespace of files, in lower case. */
  readonly fileNames: ReadonlySet<string>
  /** Where a link to a page leads; undefined for a page that does not come in. */
  readonly pathOf: (title: string) => string | undefined
}

/** A text of a wiki as Markdown, with the categories that it names and the pages that its links miss. */
type WikiText = PeerText & { readonly categories: readonly string[]; readonly missing: readonly string[] }

/** A title as wikis compare it: underscores are spaces, and the first letter is a capital. */
export function titleOf(text: string): string {
  const title = text.replaceAll(/[_\s]+/g, ' ').trim()
  return title.charAt(0).toUpperCase() + title.slice(1)
}

/** Turns wikitext into Markdown, line by line. What is not understood is kept as text, and named. */
export function markdownOfWikitext(wikitext: string, wiki: Wiki): WikiText {
  const page = new WikiPage(wiki)
  return page.convert(wikitext)
}

/** What stands around the number of a piece that is put in afterwards: a character that Unicode keeps out of texts. */
const mark = '\ufdd0'

/** The marks of bold and italic parts, longest first, and those of Markdown. */
const styles = [
  ["'''''", '***'],
  ["'''", '**'],
  ["''", '*'],
] as const

class WikiPage {
  readonly #wiki: Wiki
  readonly #pieces: string[] = []
  readonly #categories = new Set<string>()
  readonly #pictures = new Set<string>()
  readonly #missing = new Set<string>()
  readonly #unread = new Set<string>()

  constructor(wiki: Wiki) {
    this.#wiki = wiki
  }

  convert(wikitext: string): WikiText {
    const plain = wikitext.replaceAll(mark, '').replaceAll('\r\n', '\n')
    let source = replaceBetween(plain, /<!--/g, '-->', () => '')
    source = source.replaceAll(/<nowiki\s{0,5}\/>/gi, '')
    source = replaceBetween(source, /<nowiki>/gi, '</nowiki>', (text) => this.#keep(escaped(text)))
    for (const tag of ['pre', 'syntaxhighlight', 'source'])
      source = replaceBetween(source, new RegExp(`<${tag}(?:\\s[^<>]{0,200})?>`, 'gi'), `</${tag}>`, (text) =>
        this.#block(text, ''),
      )
    source = source
      .replaceAll(/<code>([^<\n]{0,500})<\/code>/gi, (_, text: string) => this.#keep(codeSpan(text)))
      .replaceAll(/__[A-Z]{3,30}__/g, '')
    const lines: string[] = []
    const open: string[] = []
    let end: RegExp | undefined
    let depth = 0
    for (const line of source.split('\n')) {
      if (open.length > 0) {
        open.push(line)
        depth += balance(line)
        if (end ? end.test(line) : depth <= 0) lines.push('', this.#block(open.splice(0).join('\n'), 'wikitext'), '')
        continue
      }
      if (line === '') {
        lines.push('')
        continue
      }
      const isTable = /^\s*\{\|/.test(line)
      depth = balance(line)
      if (isTable || (/^\s*\{\{/.test(line) && depth > 0)) {
        this.#unread.add(isTable ? 'table' : `{{${/\{\{[ \t]{0,20}([^|}\n]{1,40})/.exec(line)?.[1]?.trim() ?? ''}}}`)
        end = isTable ? /^\s*\|\}/ : undefined
        open.push(line)
        continue
      }
      lines.push(...this.#line(line))
    }
    if (open.length > 0) lines.push('', this.#block(open.join('\n'), 'wikitext'), '')
    const markdown = this.#restored(lines.join('\n'))
      .split('\n')
      .map((line) => line.trimEnd())
      .join('\n')
      .replaceAll(/\n{3,}/g, '\n\n')
      .trim()
    return {
      markdown,
      categories: [...this.#categories],
      pictures: [...this.#pictures],
      missing: [...this.#missing],
      unread: [...this.#unread],
    }
  }

  #line(line: string): readonly string[] {
    const [, marks = '', title = ''] = /^(={1,6})([^=].*?)\1\s*$/.exec(line) ?? []
    if (title.trim() !== '') return ['', `${'#'.repeat(Math.max(2, marks.length))} ${this.#inline(title.trim())}`, '']
    if (/^-{4,}\s*$/.test(line)) return ['', '---', '']
    const [, bullets = '', item = ''] = /^([*#:;]{1,20})(.*)$/.exec(line) ?? []
    if (bullets === '') return [/^ \S/.test(line) ? this.#inline(line.trimStart()) : this.#inline(line)]
    const text = this.#inline(item.trim())
    const last = bullets.at(-1)
    if (!/[*#]/.test(bullets)) return last === ';' ? ['', `**${text}**`, ''] : ['', text, '']
    const indentation = bullets.slice(0, -1).replaceAll(/[*:;]/g, '  ').replaceAll('#', '   ')
    if (last === '*') return [`${indentation}- ${text}`]
    if (last === '#') return [`${indentation}1. ${text}`]
    return [`${indentation}${text}`]
  }

  #inline(text: string): string {
    const linked = text
      .replaceAll(/\[\[([^[\]\n|]{1,500})(?:\|([^[\]\n]{0,2000}))?\]\]/g, (_, target: string, label?: string) =>
        this.#link(target.trim(), label),
      )
      .replaceAll(
        /\[((?:https?:\/\/|mailto:)[^\s[\]<>"]{1,2000})(?:\s{1,20}([^[\]\n]{1,1000}))?\]/gi,
        (_, target: string, label?: string) =>
          this.#keep(label === undefined ? `<${target}>` : `[${this.#styled(label)}](<${target}>)`),
      )
      .replaceAll(/\bhttps?:\/\/[^\s[\]<>"{}|'\ufdd0]{1,2000}/gi, (target) => this.#keep(`<${target}>`))
      .replaceAll(/\{\{[^{}\n]{0,500}\}\}/g, (template) => {
        this.#unread.add(template.length > 44 ? `${template.slice(0, 40)}…` : template)
        return this.#keep(codeSpan(template))
      })
      .replaceAll(/<br\s{0,5}\/?>/gi, () => this.#keep('\\\n'))
    for (const [tag] of linked.matchAll(/<\/?[a-z][^<>]{0,200}>/gi)) this.#unread.add(tag.slice(0, 40))
    for (const [left] of linked.matchAll(/\[\[|\]\]|\{\{|\}\}/g)) this.#unread.add(left)
    return this.#styled(linked)
  }

  /** A text with its bold and italic parts; what is left of their marks is text. */
  #styled(text: string): string {
    let styled = escaped(text)
    for (const [quotes, stars] of styles) {
      const parts = styled.split(quotes)
      // The last of an odd number of marks has no other end.
      const lone = parts.length % 2 === 0 ? parts.length - 1 : undefined
      styled = parts.reduce((before, part, index) => `${before}${index === lone ? quotes : stars}${part}`)
    }
    return styled
  }

  #link(target: string, label: string | undefined): string {
    const [, prefix = ''] = /^:?([^:]{1,40}):/.exec(target) ?? []
    const namespace = prefix.trim().toLowerCase()
    if (!target.startsWith(':')) {
      if (this.#wiki.categoryNames.has(namespace)) {
        this.#categories.add(titleOf(target.slice(target.indexOf(':') + 1)))
        return ''
      }
      if (this.#wiki.fileNames.has(namespace)) {
        this.#pictures.add(target)
        const caption = label?.split('|').at(-1) ?? ''
        return /^(?:thumb|frame|right|left|center|\d+px)$/i.test(caption) ? '' : caption
      }
    }
    const [name = '', anchor] = target.replace(/^:/, '').split('#', 2)
    const caption = label?.trim() || target.replace(/^:/, '')
    if (name.trim() === '') return caption
    const path = this.#wiki.pathOf(titleOf(name))
    if (path === undefined) {
      this.#missing.add(titleOf(name))
      return caption
    }
    const place =
      anchor === undefined
        ? ''
        : `#${encodeURIComponent(
            anchor
              .trim()
              .toLowerCase()
              .replaceAll(/[\s_]+/g, '-'),
          )}`
    return this.#keep(`[${this.#styled(caption)}](<${path}${place}>)`)
  }

  #block(text: string, language: string): string {
    const restored = this.#restored(text).replace(/^\n/, '').trimEnd()
    const longest = Math.max(2, ...[...restored.matchAll(/`{3,}/g)].map(([run]) => run.length))
    const fence = '`'.repeat(longest + 1)
    return this.#keep(`\n\n${fence}${language}\n${restored}\n${fence}\n\n`)
  }

  #keep(piece: string): string {
    this.#pieces.push(piece)
    return `${mark}${this.#pieces.length - 1}${mark}`
  }

  #restored(text: string): string {
    let restored = text
    for (let round = 0; round < 5 && restored.includes(mark); round++)
      restored = restored.replaceAll(/\ufdd0(\d{1,9})\ufdd0/g, (_, index: string) => this.#pieces[Number(index)] ?? '')
    return restored
  }
}

/** Replaces what stands between two marks, in a time that grows with the length of the text: what has no end stays. */
function replaceBetween(text: string, open: RegExp, close: string, replace: (inner: string) => string): string {
  // As long as the text: the lower case of some other letters is longer.
  const lower = text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
  const parts: string[] = []
  let at = 0
  for (const opening of text.matchAll(open)) {
    if (opening.index < at) continue
    const start = opening.index + opening[0].length
    const end = lower.indexOf(close, start)
    if (end < 0) break
    parts.push(text.slice(at, opening.index), replace(text.slice(start, end)))
    at = end + close.length
  }
  return parts.join('') + text.slice(at)
}

/** How many more templates and parameters a line opens than it closes. */
const balance = (line: string): number => line.split('{{').length - line.split('}}').length

/** A text of which nothing is Markdown. */
const escaped = (text: string): string =>
  text
    .replaceAll(/[\\`*_[\]<>]/g, String.raw`\$&`)
    .replaceAll(/&(?=#?\w{1,31};)/g, String.raw`\&`)
    .replace(/^(\s*)(#{1,6}\s|[-+]\s|\d{1,9}[.)]\s|~~~|---)/, String.raw`$1\$2`)

function codeSpan(text: string): string {
  const ticks = '`'.repeat(1 + Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length)))
  return ticks.length > 1 ? `${ticks} ${text} ${ticks}` : `${ticks}${text}${ticks}`
}
