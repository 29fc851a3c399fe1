import type { Email } from 'postal-mime'
import { isAnswer, withoutOutsideMark } from './mail-subject.ts'

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
  const subject = withoutOutsideMark(mail.subject ?? '')
  const [submitted = ''] = (header('auto-submitted') ?? '').split(/[;\s(]/)
  const answers = mail.inReplyTo !== undefined || mail.references !== undefined || isAnswer(subject)
  if (submitted === 'auto-replied' || (submitted !== '' && submitted !== 'no' && answers)) return true
  if (/^multipart\/report\b/.test(header('content-type') ?? '') || header('x-failed-recipients') !== undefined)
    return true
  if (header('return-path') === '<>' || responders.some((key) => !['no', 'none', undefined].includes(header(key))))
    return true
  const precedence = ['precedence', 'x-precedence', 'preference'].map(header)
  const isBulk = precedence.includes('bulk') || precedence.includes('junk')
  if (precedence.some((each) => /^auto[_-]?reply$/.test(each ?? ''))) return true
  if (isBulk && answers && header('list-id') === undefined) return true
  const { address = '', name = '' } = mail.from ?? {}
  if (/^mail(er)?-daemon(@|$)/i.test(address) || (address === '' && /^mail(er)?-daemon$/i.test(name))) return true
  return (isMailSystem(address, name) && bounced.test(subject)) || away.test(subject) || read.test(subject)
}

/** The headers of programs that answer by themselves, older than Auto-Submitted. */
const responders = [
  'x-autoreply',
  'x-auto-reply',
  'x-autoreply-from',
  'x-mail-autoreply',
  'x-autorespond',
  'x-autoresponse',
  'x-autoresponder',
  'x-auto-response',
]

/** Returns whether a sender is a mail server, or what it delivers its reports by. */
const isMailSystem = (address: string, name: string): boolean =>
  /^(postmaster|microsoftexchange[0-9a-f]*|mdaemon|bounces?|no-?reply-dsn|dsn)(@|$)/i.test(address) ||
  /^(mail delivery (sub)?system|postmaster|mail(er)? daemon)$/i.test(name)

/** The beginning of the subject of a report of a mail server. */
const bounced =
  /^(undeliver(able|ed)|delivery (status|failure|delayed|has failed|incomplete)|mail (delivery|system error)|returned mail|failure notice|warning: (could not send|message)|message (delayed|undeliverable)|unzustellbar|nicht zustellbar|zustellung|non (distribuable|remis)|échec de (la )?(remise|distribution)|remise (retardée|différée)|onbestelbaar|niet bezorgd|no se puede entregar|no entregable|non recapitabile|mancato recapito|não entregue|olevererbart|kan ikke leveres|uleverbar|niedostarcz|недоставлен|не удалось доставить|配信不能|配信できません|无法送达|未传递)/i

const notes = [
  'automatic reply',
  'auto(matic)?[- ]?(reply|response|answer)',
  "(i am |i[’']m )?(currently )?out of (the )?office",
  'réponse automatique',
  'absence du bureau',
  'absent(e)? du bureau',
  "message d['’]absence",
  'automatische (antwort|reactie)',
  'automatisch antwoord',
  'afwezig(heid(sbericht|smelding)?)?',
  'niet op kantoor',
  'abwesenheits(notiz|assistent|agent|meldung|nachricht)?',
  'abwesend',
  'respuesta automática',
  'fuera de la oficina',
  'risposta automatica',
  'fuori sede',
  'resposta automática',
  'fora do escritório',
  'auto(matisk(t)?)?[ ]?svar',
  'automaattinen vastaus',
  'poissaoloilmoitus',
  'automatick[áa] odpov[ěe]ď',
  'automatická odpoveď',
  'otomatik (yanıt|cevap)',
  'automatikus válasz',
  'răspuns automat',
  'odpowiedź automatyczna',
  'automatyczna odpowiedź',
  'samodejni odgovor',
  'automatski odgovor',
  'αυτόματη απάντηση',
  'автоматический ответ',
  'автоматична відповідь',
  'автоответ',
  'תשובה אוטומטית',
  'رد تلقائي',
  '自動(返信|応答)',
  '(自动|自動)(答复|回复|回覆)',
  '자동 (회신|응답)',
]

/** The beginning of the subject that mail programs give their out-of-office notes: alone, or before the subject that they answer. */
const away = new RegExp(`^(${notes.join('|')})( auto-?reply| re| aw)?\\s*([:：]|$)`, 'iu')

/** The beginning of the subject that mail programs give their receipts. */
const read =
  /^(read|not read|gelesen|lu|non lu|gelezen|leído|letto|lido|lest|läst|læst|przeczytano|přečteno|прочитано|開封済み|已读|read receipt|return receipt \(displayed\)|lesebestätigung|accusé de lecture)\s*[:：]/i
