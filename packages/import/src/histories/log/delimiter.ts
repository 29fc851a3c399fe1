const delimiters = [',', ';', '\t', '|'] as const

/**
 * Returns what separates the fields of a line: of comma, semicolon, tab and bar the most frequent outside of quotes, the
 * first of equal ones. Undefined if there is none.
 */
export function likelyDelimiter(line: string): string | undefined {
  const unquoted = line.replaceAll(/"[^"]*("|$)/g, '')
  let best: { readonly delimiter: string; readonly count: number } | undefined
  for (const delimiter of delimiters) {
    const count = unquoted.split(delimiter).length - 1
    if (count > (best?.count ?? 0)) best = { delimiter, count }
  }
  return best?.delimiter
}

/** How many bytes are searched for the end of the first line. */
const longestHeader = 256 * 1024

/** A text, and its first line that is not blank. */
type FirstLine = {
  readonly line: string
  readonly all: AsyncIterable<Buffer>
  /** The delimiter that a line such as `sep=;` before the header names, as Excel writes and reads it. */
  readonly declared?: string | undefined
  /** The number of lines up to that one, which `all` does not have. */
  readonly skipped: number
}

/** The header, after a line that names the delimiter if there is one, which Excel fills up with the cells of the table. */
const header = /^(?:"?sep=[^\r\n]"?[ ,;|\t]*[\r\n]+)?(?!"?sep=)[^\r\n]+[\r\n]/i

/** Reads the first lines of a text. */
export async function withFirstLine(bytes: AsyncIterable<Buffer>): Promise<FirstLine> {
  const source = bytes[Symbol.asyncIterator]()
  let [read, done] = [Buffer.alloc(0), false]
  let [whole, text] = ['', '']
  while (!done && read.length < longestHeader && !header.test(text)) {
    const next = await source.next()
    done = next.done === true
    if (next.done) break
    read = Buffer.concat([read, next.value])
    whole = read.toString()
    text = whole.replace('\uFEFF', '').trimStart()
  }
  const [declaration = '', declared] = /^"?sep=([^\r\n"])"?[ ,;|\t]*(?:\r\n|\r|\n|$)/i.exec(text) ?? []
  const before = declared === undefined ? '' : whole.slice(0, whole.length - text.length + declaration.length)
  const start = read.subarray(Buffer.byteLength(before))
  const all = async function* (): AsyncGenerator<Buffer> {
    yield start
    if (!done) yield* { [Symbol.asyncIterator]: () => source }
  }
  return {
    line: /^[^\r\n]*/.exec(text.slice(declaration.length).trimStart())?.[0] ?? '',
    all: all(),
    declared,
    skipped: before.match(/\r\n|\n|\r/g)?.length ?? 0,
  }
}
