/** An answer longer than any useful one. */
export class AnswerTooLong extends Error {
  override readonly name = 'AnswerTooLong'
}

/** The text of an answer, up to a number of bytes; the rest is never read. @throws AnswerTooLong beyond. */
export async function readBounded({ body }: Response, mostBytes: number): Promise<string> {
  if (!body) return ''
  const reader = (body as ReadableStream<Uint8Array>).getReader()
  const chunks: Uint8Array[] = []
  let bytes = 0
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return Buffer.concat(chunks).toString('utf8')
      bytes += value.byteLength
      if (bytes > mostBytes) throw new AnswerTooLong(`the answer is longer than ${mostBytes} bytes`)
      chunks.push(value)
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}
