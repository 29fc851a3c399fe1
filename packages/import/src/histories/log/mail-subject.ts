import { withoutUnseen } from '@guichet/domain'

/** The marks of answers, as mail programs of many languages write them. */
const answer =
  're|réf?|ref|aw|antw?|sv|vs|rif|res|rép|odp|ynt|ata|atb|vá|vast|bls|回复|回覆|答复|答覆|返信|رد|תגובה|השב|отв'

/** The marks of forwarded mails. */
const forward = 'fwd?|wg|tr|doorst|vb|vl|rv|enc|i|pd|転送|转发|轉寄|إعادة توجيه|הועבר|пересл'

const count = '(?:\\s?[[(^]?\\d{1,3}[\\])]?)?'

const replyMark = new RegExp(`^(?:${answer}|${forward})${count}\\s*[:：]\\s*`, 'iu')

/** A forwarded mail is no answer. */
const answerMark = new RegExp(`^(?:${answer})${count}\\s*[:：]`, 'iu')

/** What mail servers put before the subjects of mails from outside. */
const outsideMark =
  /^(?:\[(?:ext|external|extern|externe|externo|esterno|spam)\b[^\]]{0,30}\]|\((?:ext|external|extern)\)|external:)\s*/i

/** Returns a subject in lower case without the marks of mail programs and servers, and whether it had one of a reply. */
export function subjectOf(subject: string): { readonly key: string; readonly isReply: boolean } {
  let [key, isReply] = [withoutUnseen(subject).trim(), false]
  for (;;) {
    const plain = key.replace(outsideMark, '')
    const next = plain.replace(replyMark, '')
    isReply ||= next !== plain
    if (next === key) return { key: key.toLowerCase(), isReply }
    key = next
  }
}

/** Returns whether a subject is that of an answer. */
export const isAnswer = (subject: string): boolean => answerMark.test(withoutOutsideMark(subject))

/** Returns a subject as a reader sees it, without what a mail server put before it. */
export const withoutOutsideMark = (subject: string): string => withoutUnseen(subject).trim().replace(outsideMark, '')
