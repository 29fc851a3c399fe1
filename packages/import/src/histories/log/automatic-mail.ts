import type { Email } from 'postal-mime'

/**
 * Returns whether a program sent a mail as an answer: an out-of-office note, an acknowledgement, a bounce, a receipt. A mail
 * that a program wrote of its own accord, such as a form's or a monitor's, is no answer (RFC 3834).
 */
export function isAutomatic(mail: Email): boolean {
  const header = (key: string): string | undefined =>
    mail.headers
      .find((each) => each.key === key)
      ?.value.trim()
      .toLowerCase()
  const [submitted = ''] = (header('auto-submitted') ?? '').split(/[;\s(]/)
  const answers = mail.inReplyTo !== undefined || mail.references !== undefined || isAnswer.test(mail.subject ?? '')
  if (submitted === 'auto-replied' || (submitted !== '' && submitted !== 'no' && answers)) return true
  if (/^multipart\/report\b/.test(header('content-type') ?? '') || header('x-failed-recipients') !== undefined)
    return true
  if (header('return-path') === '<>' || responders.some((key) => !['no', 'none', undefined].includes(header(key))))
    return true
  const precedence = header('precedence')
  const isBulk = precedence === 'bulk' || precedence === 'junk'
  if (precedence === 'auto_reply' || (isBulk && answers && header('list-id') === undefined)) return true
  const address = mail.from?.address?.toLowerCase() ?? ''
  const subject = mail.subject?.trim() ?? ''
  return (
    /^mailer-daemon(@|$)/.test(address) || (/^postmaster@/.test(address) && bounced.test(subject)) || away.test(subject)
  )
}

const isAnswer = /^\s*(re|aw|antw|sv|vs|rif|res|odp)(\[\d+\])?\s*:/i

/** The headers of programs that answer by themselves, older than Auto-Submitted. */
const responders = ['x-autoreply', 'x-auto-reply', 'x-autorespond', 'x-autoresponse']

const bounced =
  /^(undeliver(able|ed)|delivery (status|failure|has failed)|mail delivery|returned mail|failure notice|unzustellbar|non (distribuable|remis))/i

/** The beginning of the subject that mail programs give their out-of-office notes. */
const away =
  /^(automatic reply|auto(matic)?[- ]?(reply|response)|out of (the )?office|réponse automatique|absence du bureau|message d['’]absence|automatische (antwort|reactie)|abwesenheits(notiz|assistent|agent)|respuesta automática|fuera de la oficina|risposta automatica|fuori sede|resposta automática|autosvar|automatiskt svar|odpowiedź automatyczna|автоответ|自動返信|自动答复)( auto-?reply)?\s*([:：]|$)/iu
