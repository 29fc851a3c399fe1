const mostBytes = 4_096
const mostCharacters = 200

/**
 * The beginning of an answer on one line, for whoever looks for a reason. No more than 4 KB are read; a body that ends within
 * them leaves its connection to the next request.
 */
export async function beginningOf({ body }: Response): Promise<string> {
  if (!body) return ''
  const reader = (body as ReadableStream<Uint8Array>).getReader()
  const chunks: Uint8Array[] = []
  try {
    for (let bytes = 0; bytes < mostBytes;) {
      const { done, value } = await reader.read()
      if (done) break
      chunks.push(value)
      bytes += value.byteLength
    }
  } catch {
    return ''
  } finally {
    await reader.cancel().catch(() => undefined)
  }
  const text = Buffer.concat(chunks).subarray(0, mostBytes).toString('utf8')
  return text
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, mostCharacters)
}
