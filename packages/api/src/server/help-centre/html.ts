/** Text of a page that is HTML already. Whatever else comes into a page is text, and is escaped. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** What a template takes: nothing is written for undefined and false. */
type Part = Html | string | number | false | undefined | readonly Part[]

/**
 * Writes HTML: the parts of the template as they are, and every value in it escaped, unless it is `Html` itself. It is not called
 * `html`, since formatters would write their own spaces into the pages.
 */
export const markup = (template: TemplateStringsArray, ...parts: readonly Part[]): Html =>
  new Html(template.map((text, at) => `${text}${at < parts.length ? written(parts[at]) : ''}`).join(''))

function written(part: Part): string {
  if (part === undefined || part === false) return ''
  if (part instanceof Html) return part.text
  if (typeof part === 'object') return part.map(written).join('')
  return escape(String(part))
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Escapes text for the content of elements and for attributes in quotes of either kind. */
const escape = (text: string): string => text.replaceAll(/[&<>"']/g, (mark) => entities[mark] ?? mark)
