import { createHmac, timingSafeEqual } from 'node:crypto'

/** What a link lets its bearer do: send the content of a file, read it, or read its preview. */
export type LinkUse = 'upload' | 'content' | 'preview'

/** Signed links to files. Who has one may use it until it expires, without a token. */
export type Links = {
  /**
   * The path and the query of a link, such as `/files/f1/content?expires=…&signature=…`.
   * @param reader whoever is given the link; it carries a name for them that nobody can trace back.
   */
  sign(fileId: string, use: LinkUse, expiresAt: Date, reader?: string): string
  /** Whether a link was signed here and has not expired. */
  check(fileId: string, use: LinkUse, query: LinkQuery, now: Date): 'valid' | 'expired' | 'invalid'
}

/** The query of a link, as it came. */
export type LinkQuery = {
  readonly expires?: unknown
  readonly signature?: unknown
  /** The name of whoever was given the link. */
  readonly reader?: unknown
}

/** Creates and checks links with a secret of at least 32 bytes, which all processes of a desk share. */
export function createLinks(secret: Uint8Array): Links {
  const digest = (...parts: readonly (string | undefined)[]): Buffer =>
    createHmac('sha256', secret).update(JSON.stringify(parts)).digest()
  const signatureOf = (fileId: string, use: LinkUse, expires: string, reader: string | undefined): Buffer =>
    digest(use, fileId, expires, ...(reader === undefined ? [] : [reader]))
  const nameOf = (reader: string): string => digest('reader', reader).toString('base64url').slice(0, 16)
  return {
    sign: (fileId, use, expiresAt, reader) => {
      const expires = String(Math.floor(expiresAt.getTime() / 1_000))
      const name = reader === undefined ? undefined : nameOf(reader)
      const signature = signatureOf(fileId, use, expires, name).toString('base64url')
      return `/files/${fileId}/${use}?expires=${expires}${name === undefined ? '' : `&reader=${name}`}&signature=${signature}`
    },
    check: (fileId, use, { expires, signature, reader }, now) => {
      if (typeof expires !== 'string' || typeof signature !== 'string' || !/^\d{1,12}$/.test(expires)) return 'invalid'
      if (reader !== undefined && typeof reader !== 'string') return 'invalid'
      const [bytes, expectedBytes] = [Buffer.from(signature, 'base64url'), signatureOf(fileId, use, expires, reader)]
      if (bytes.length !== expectedBytes.length || !timingSafeEqual(bytes, expectedBytes)) return 'invalid'
      return Number(expires) * 1_000 < now.getTime() ? 'expired' : 'valid'
    },
  }
}
