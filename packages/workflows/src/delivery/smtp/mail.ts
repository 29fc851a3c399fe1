import type { SendMailOptions } from 'nodemailer'
import type { Delivery } from '../delivery.ts'

/** Who e-mails come from. */
export type MailFrom = { readonly name?: string | undefined; readonly address: string }

/**
 * A delivery as an e-mail in plain text, which says that no person has written it (RFC 3834), so that no autoresponder answers.
 * Its Message-ID follows from the key: the same at every try.
 */
export function mailOf({ key, content }: Delivery, to: string, from: MailFrom): SendMailOptions {
  const domain = from.address.slice(from.address.lastIndexOf('@') + 1)
  return {
    messageId: `<${key}@${domain}>`,
    from: { name: from.name ?? '', address: from.address },
    to: { name: '', address: to },
    subject: onOneLine(content.title),
    text: `${content.message}\n`,
    date: new Date(content.at),
    headers: { 'Auto-Submitted': 'auto-generated', 'Content-Language': content.language },
  }
}

const onOneLine = (text: string): string => text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim()
