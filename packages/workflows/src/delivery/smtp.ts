import type { NodemailerError, SendMailOptions } from 'nodemailer'
import { directionOf } from '@guichet/domain'
import { inTime } from '../supervision.ts'
import type { Delivery, SendOutcome, Transport } from './delivery.ts'
import { TryAgain } from './delivery.ts'

/** The mail server by which notifications are sent. */
export type SmtpOptions = {
  /**
   * `smtp://user:password@host:587`, or `smtps://` for TLS from the first byte; STARTTLS is used where it is offered.
   */
  readonly url: string
  readonly from: MailFrom
  /** 20,000 by default: for the mail server, and for the attachments. */
  readonly timeoutMs?: number
  /** Makes what is attached to a delivery; most have nothing. */
  readonly attachments?: (delivery: Delivery, signal: AbortSignal) => Promise<readonly MailAttachment[]>
}

/**
 * Returns a check of the mail server that a URL names: connects, says hello, and logs in where the URL has a user; no
 * mail is sent. It rejects when the server cannot be reached, does not greet in time or refuses the login.
 * @param timeoutMs how long each step may take, in milliseconds.
 */
export function mailServerCheck(url: string, timeoutMs = 5_000): () => Promise<void> {
  return async () => {
    const { createTransport } = await import('nodemailer')
    const times = { connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs }
    const mailer = createTransport({ url, ...times })
    try {
      await mailer.verify()
    } finally {
      mailer.close()
    }
  }
}

/** A file that is attached to an e-mail. */
export type MailAttachment = {
  readonly filename: string
  readonly contentType: string
  readonly content: Buffer
}

/**
 * Sends deliveries as e-mails, over a few pooled connections. A permanent reply (5xx, RFC 5321) to the sender, the
 * recipient or the message is a refusal, and so is a user without an address. Every other failure, such as a refused
 * login, is retried.
 */
export async function smtpTransport({
  url,
  from,
  timeoutMs = 20_000,
  attachments = async () => [],
}: SmtpOptions): Promise<Transport> {
  const { createTransport } = await import('nodemailer')
  const mailer = createTransport({
    url,
    pool: true,
    maxConnections: 4,
    maxRequeues: 0,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return {
    send: async (delivery, { signal }): Promise<SendOutcome> => {
      const { address } = delivery.content
      if (address === undefined) return { sent: false, refused: 'no e-mail address of the recipient is known' }
      const attached = await inTime(timeoutMs, signal, (untilThen) => attachments(delivery, untilThen))
      try {
        await inTime(timeoutMs, signal, (untilThen) =>
          mailer.sendMail({ ...mailOf(delivery, address, from), attachments: [...attached], signal: untilThen }),
        )
        return { sent: true }
      } catch (error) {
        const { code, command, responseCode, message } = error as NodemailerError
        const aboutTheMail = code === 'EENVELOPE' || code === 'EMESSAGE'
        const permanent = command === 'API' || (responseCode !== undefined && responseCode >= 500)
        if (aboutTheMail && permanent) return { sent: false, refused: message }
        throw new TryAgain(message, { cause: error })
      }
    },
    close: async () => mailer.close({ force: true }),
  }
}

/** The sender of e-mails. */
export type MailFrom = { readonly name?: string | undefined; readonly address: string }

/**
 * A delivery as an e-mail in plain text, and as a page too where it is written from right to left, marked as automatic (RFC 3834), so that no autoresponder answers.
 * Its Message-ID follows from the key: the same at every try.
 */
function mailOf({ key, content }: Delivery, to: string, from: MailFrom): SendMailOptions {
  const domain = from.address.slice(from.address.lastIndexOf('@') + 1)
  return {
    messageId: `<${key}@${domain}>`,
    from: { name: from.name ?? '', address: from.address },
    to: { name: '', address: to },
    subject: onOneLine(content.title),
    text: `${content.message}\n`,
    ...(directionOf(content.language) === 'rtl' && { html: rightToLeft(content) }),
    date: new Date(content.at),
    headers: { 'Auto-Submitted': 'auto-generated', 'Content-Language': content.language },
  }
}

/** A message as a page that says its direction, which plain text cannot. */
const rightToLeft = ({ language, message }: Delivery['content']): string =>
  `<!doctype html><html lang="${language}" dir="rtl"><head><meta charset="utf-8"><title></title></head><body>${message
    .split('\n')
    .map((line) => `<div dir="auto">${line === '' ? '<br>' : escaped(line)}</div>`)
    .join('')}</body></html>\n`

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

const onOneLine = (text: string): string => text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim()
