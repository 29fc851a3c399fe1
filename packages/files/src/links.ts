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
  check(fileId: string, use: LinkUse, query: LinkQuery, now: Date): LinkValidity
  /** Links to what is no file. */
  readonly pages: SignedPages
}

/** Whether a link was signed here, and can still be used. */
export type LinkValidity = 'valid' | 'expired' | 'invalid'

/** Signed links to pages that nobody reads without one. */
export type SignedPages = {
  /**
   * The query of a link to a page, such as `expires=…&signature=…`.
   * @param page names the page: its kind, then what tells it from all others of this kind.
   */
  sign(page: readonly string[], expiresAt: Date): string
  /** Whether the query of a link to a page was signed here and has not expired. */
  check(page: readonly string[], query: LinkQuery, now: Date): LinkValidity
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
  const digest = (...parts: readonly unknown[]): Buffer =>
    createHmac('sha256', secret).update(JSON.stringify(parts)).digest()
  const nameOf = (reader: string): string => digest('reader', reader).toString('base64url').slice(0, 16)
  const secondsOf = (at: Date): string => String(Math.floor(at.getTime() / 1_000))
  const signatureOfFile = (fileId: string, use: LinkUse, expires: string, reader: string | undefined): Buffer =>
    digest(use, fileId, expires, ...(reader === undefined ? [] : [reader]))
  const signatureOfPage = (page: readonly string[], expires: string): Buffer => digest('page', page, expires)

  const checked = (
    { expires, signature }: LinkQuery,
    now: Date,
    expected: (expires: string) => Buffer,
  ): LinkValidity => {
    if (typeof expires !== 'string' || typeof signature !== 'string' || !/^\d{1,12}$/.test(expires)) return 'invalid'
    const [bytes, expectedBytes] = [Buffer.from(signature, 'base64url'), expected(expires)]
    if (bytes.length !== expectedBytes.length || !timingSafeEqual(bytes, expectedBytes)) return 'invalid'
    return Number(expires) * 1_000 < now.getTime() ? 'expired' : 'valid'
  }
  return {
    sign: (fileId, use, expiresAt, reader) => {
      const expires = secondsOf(expiresAt)
      const name = reader === undefined ? undefined : nameOf(reader)
      const signature = signatureOfFile(fileId, use, expires, name).toString('base64url')
      return `/files/${fileId}/${use}?expires=${expires}${name === undefined ? '' : `&reader=${name}`}&signature=${signature}`
    },
    check: (fileId, use, query, now) => {
      const { reader } = query
      if (reader !== undefined && typeof reader !== 'string') return 'invalid'
      return checked(query, now, (expires) => signatureOfFile(fileId, use, expires, reader))
    },
    pages: {
      sign: (page, expiresAt) => {
        const expires = secondsOf(expiresAt)
        return `expires=${expires}&signature=${signatureOfPage(page, expires).toString('base64url')}`
      },
      check: (page, query, now) => checked(query, now, (expires) => signatureOfPage(page, expires)),
    },
  }
}
