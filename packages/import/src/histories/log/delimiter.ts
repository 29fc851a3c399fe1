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

/** Returns the first line of a text that is not blank, and all of the text. */
export async function withFirstLine(
  bytes: AsyncIterable<Buffer>,
): Promise<{ readonly line: string; readonly all: AsyncIterable<Buffer> }> {
  const source = bytes[Symbol.asyncIterator]()
  const chunks: Buffer[] = []
  let [text, length, done] = ['', 0, false]
  while (!done && length < longestHeader && !/[\r\n]/.test(text)) {
    const next = await source.next()
    done = next.done === true
    if (next.done) break
    chunks.push(next.value)
    length += next.value.length
    text = Buffer.concat(chunks).toString().replace('\uFEFF', '').trimStart()
  }
  const all = async function* (): AsyncGenerator<Buffer> {
    yield* chunks
    if (!done) yield* { [Symbol.asyncIterator]: () => source }
  }
  return { line: /^[^\r\n]*/.exec(text)?.[0] ?? '', all: all() }
}
