import { compile } from 'html-to-text'
import type { Instant, Person } from '@guichet/domain'
import { id as idSchema, limits as domainLimits, personId } from '@guichet/domain'
import type { LogRow } from './log/log-row.ts'
import type { Mapping, ReadTime } from './mapping.ts'
import type { Repairs } from './repair.ts'
import { repairsOf } from './repair.ts'

/** A value that cannot be read, with its column and the reason. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable'
  readonly field: string
  constructor(field: string, reason: string) {
    super(`${field}: ${reason}`)
    this.field = field
  }
}

/** The values of one row by their columns. All methods throw Unreadable. */
export type Cells = {
  /** The value with collapsed blanks; undefined if missing. */
  value(column: string): string | undefined
  /** As `value`, but without control characters, for people to read. */
  label(column: string): string | undefined
  /** The original text without control characters; undefined if missing. */
  text(column: string, noted?: Repairs): string | undefined
  /** As `label`, with the maximum length of a name. */
  name(column: string): string | undefined
  needed(column: string): string
  time(column: string, read: ReadTime): Instant
  id(column: string, prefix?: string): string
  person(columns: PersonColumns | undefined): Person | undefined
  translated<T>(part: Translation<T> | undefined): T | undefined
}

type PersonColumns = {
  readonly id: string
  readonly name?: string | undefined
  readonly email?: string | undefined
}

type Translation<T> = {
  readonly column: string
  readonly values: Readonly<Record<string, T>>
  readonly otherwise?: T | undefined
}

/** Returns a reader of the cells of rows with these columns. The values in `missing` count as missing. */
export function cellsOf(
  columns: readonly string[],
  mapping: Pick<Mapping, 'missing' | 'html'>,
): (values: LogRow['values'], repairs?: Repairs) => Cells {
  const indexes = new Map(columns.map((column, index) => [column, index]))
  const missing = new Set(mapping.missing)
  const html = new Map(
    (mapping.html ?? []).map((part) => (typeof part === 'string' ? [part, undefined] : [part.column, part.if])),
  )

  return (values, repairs = repairsOf()) => {
    const written = (column: string): string | undefined => {
      const text = values[indexes.get(column) ?? -1]
      return text === undefined || missing.has(text.trim()) ? undefined : text
    }
    const isHtml = (column: string): boolean => {
      const condition = html.get(column)
      return html.has(column) && (condition === undefined || cells.value(condition.column) === condition.value)
    }
    const texts = new Map<string, string>()
    const readable = (column: string, html: string): string => {
      const text = texts.get(column) ?? htmlToText(html) ?? unreadable(column, tooMuchHtml)
      texts.set(column, text)
      return text
    }
    const cells: Cells = {
      value: (column) => onOneLine(written(column)),
      label: (column) => onOneLine(cells.text(column)),
      text: (column, noted = repairs) => {
        const text = written(column)
        if (text === undefined) return undefined
        return noted.printable(column, isHtml(column) ? readable(column, text) : text)
      },
      name: (column) => {
        const label = cells.label(column)
        return label === undefined || label === '' ? undefined : repairs.cut(column, label, domainLimits.name)
      },
      needed: (column) => cells.value(column) ?? unreadable(column, 'is missing'),
      time: (column, read) => {
        const text = cells.needed(column)
        return (
          read(text) ??
          unreadable(
            column,
            `${quote(text)} is not a time of the form that the mapping gives, in the years 1000 to 8999`,
          )
        )
      },
      id: (column, prefix = '') => {
        const id = prefix + cells.needed(column)
        return idSchema.safeParse(id).success ? id : unreadable(column, `${quote(id)} cannot be an id`)
      },
      person: (part) => {
        if (part === undefined || cells.value(part.id) === undefined) return undefined
        const written = part.email === undefined ? undefined : cells.value(part.email)
        const address = written === undefined ? undefined : repairs.address(part.email ?? '', written)
        const email = address?.email
        const name = (part.name === undefined ? undefined : cells.name(part.name)) ?? address?.name
        const id = part.id === part.email && email !== undefined ? email : repairs.seen(part.id, cells.needed(part.id))
        const { error } = personId.safeParse(id)
        if (error) unreadable(part.id, `${quote(id)} cannot be the id of a person: ${error.issues[0]?.message}`)
        return { id, ...(name !== undefined && { name }), ...(email !== undefined && { email }) }
      },
      translated: (part) => {
        const text = part && cells.value(part.column)
        if (part === undefined || text === undefined) return undefined
        const meaning = Object.hasOwn(part.values, text) ? part.values[text] : part.otherwise
        return meaning ?? unreadable(part.column, `${quote(text)} has no meaning in the mapping`)
      },
    }
    return cells
  }
}

function onOneLine(text: string | undefined): string | undefined {
  const trimmed = text?.trim()
  return trimmed !== undefined && /\s\s|[^\S ]/.test(trimmed) ? trimmed.replaceAll(/\s+/g, ' ') : trimmed
}

/** @throws Unreadable */
function unreadable(field: string, reason: string): never {
  throw new Unreadable(field, reason)
}

const quote = (text: string): string => `“${text.length > 60 ? `${text.slice(0, 60)}…` : text}”`

/** Limits of characters, tags and depth of a piece of HTML. Anything larger would be cut, or takes minutes. */
const limits = { characters: 4 * 1024 * 1024, tags: 20_000, depth: 200 } as const

/** Marks a place where the library leaves something out. */
const cut = '\uE000\uFFFF\uE000'

const convert = compile({
  wordwrap: false,
  limits: { maxInputLength: limits.characters, maxDepth: limits.depth, maxChildNodes: 2 * limits.tags, ellipsis: cut },
  selectors: [
    { selector: 'a', options: { hideLinkHrefIfSameAsText: true } },
    { selector: 'img', format: 'skip' },
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'table'].map((selector) => ({ selector, options: { uppercase: false } })),
  ],
})

/**
 * Converts HTML to its readable text: paragraphs, lists, quotations and the addresses of links. Undefined beyond the
 * limits.
 */
export function htmlToText(html: string): string | undefined {
  if (html.length > limits.characters || hasMoreTags(html, limits.tags)) return undefined
  const text = convert(html)
  return text.includes(cut) ? undefined : text.trim()
}

/** The reason for refusing a piece of HTML. */
export const tooMuchHtml = `holds HTML of more than ${limits.characters / 1024 / 1024} MiB, ${limits.tags.toLocaleString('en')} tags or ${limits.depth} levels`

function hasMoreTags(html: string, max: number): boolean {
  let tags = 0
  for (let index = html.indexOf('<'); index >= 0; index = html.indexOf('<', index + 1)) if (++tags > max) return true
  return false
}
