import type { Email } from 'postal-mime'
import PostalMime from 'postal-mime'
import { readableMail } from './readable-mail.ts'

/** A mail, and its headers and text (`text`) whose encoding could only be guessed. */
type ParsedMail = { readonly mail: Email; readonly unclear: readonly string[] }

/**
 * Parses a mail whose texts may be in any encoding.
 * @returns undefined if it has no headers, or cannot be parsed.
 */
export async function parseMail(raw: Buffer): Promise<ParsedMail | undefined> {
  const { raw: readable, unclear } = readableMail(raw)
  try {
    const mail = await PostalMime.parse(readable)
    return mail.headers.length > 0 ? { mail, unclear } : undefined
  } catch {
    return undefined
  }
}
