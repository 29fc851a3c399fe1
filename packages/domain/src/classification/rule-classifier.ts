import { canonicalJson, hash128 } from '../kernel/fingerprint.ts'
import type { Classification, ClassificationRule, Classifier, ClassifiableTicket } from './classifier.ts'
import { wordsOf } from './features.ts'

type ClassifierInput = {
  readonly ticket: ClassifiableTicket
  readonly subject: readonly string[]
  readonly body: readonly string[]
}

/** Whether a condition holds; every condition of a rule must. */
type Holds = (read: ClassifierInput) => boolean

/** The rules of a desk: the first whose conditions all hold decides, with full confidence. */
export function ruleClassifier(rules: readonly ClassificationRule[]): Classifier {
  const version = hash128(canonicalJson(rules)).slice(0, 16)
  const entries = rules.map((rule) => ({ rule, holds: conditionsOf(rule) }))
  return {
    classify: async (ticket) => {
      const read = { ticket, subject: wordsOf(ticket.subject), body: wordsOf(ticket.body) }
      const match = entries.find(({ holds }) => holds.every((each) => each(read)))
      return match && classificationBy(match.rule, version)
    },
  }
}

function classificationBy({ name, set }: ClassificationRule, version: string): Classification {
  const { category, tags, priority } = set
  return {
    ...(category !== undefined && { category }),
    tags,
    ...(priority !== undefined && { priority }),
    confidence: 1,
    alternatives: category === undefined ? [] : [{ category, confidence: 1 }],
    reasons: [{ evidence: `the rule ${name}`, weight: 1 }],
    by: { classifier: 'rules', version },
  }
}

function conditionsOf({ when }: ClassificationRule): readonly Holds[] {
  const { subject, body, text, channels, languages, plans } = when
  return [
    subject && anyOf(subject, (matches) => (read) => matches(read.subject)),
    body && anyOf(body, (matches) => (read) => matches(read.body)),
    text && anyOf(text, (matches) => (read) => matches(read.subject) || matches(read.body)),
    channels && (({ ticket }: ClassifierInput) => ticket.channel !== undefined && channels.includes(ticket.channel)),
    languages && (({ ticket }: ClassifierInput) => languages.some((language) => covers(language, ticket.language))),
    plans && (({ ticket }: ClassifierInput) => ticket.plan !== undefined && plans.includes(ticket.plan)),
  ].filter((holds) => holds !== undefined)
}

function anyOf(written: readonly string[], holds: (matches: Phrase) => Holds): Holds {
  const each = written.map((phrase) => holds(phraseOf(phrase)))
  return (read) => each.some((one) => one(read))
}

/** Whether a language equals another one or is a variety of it: `fr-CA` is a variety of `fr`. */
const covers = (language: string, tag: string | undefined): boolean =>
  tag !== undefined && (tag === language || tag.startsWith(`${language}-`))

/** Whether a word of a text matches. */
type Meant = (word: string) => boolean

/** Whether consecutive words of a text match a phrase. */
type Phrase = (words: readonly string[]) => boolean

/**
 * Compiles a phrase as rules write it: its words in their order, `*` for any letters within a word, such as `factur*`
 * or `*gate*way*`.
 */
export function phraseOf(written: string): Phrase {
  const meant = written
    .split(/[^\p{L}\p{M}\p{N}*]+/u)
    .filter((word) => word.replaceAll('*', '') !== '' || word.includes('*'))
    .flatMap(meantBy)
  const { length } = meant
  return (words) => {
    for (let start = 0; start + length <= words.length; start++) {
      if (meant.every((isMeant, index) => isMeant(words[start + index] ?? ''))) return true
    }
    return false
  }
}

function meantBy(written: string): readonly Meant[] {
  const parts = written.split('*').map((part) => wordsOf(part).join(''))
  const [first = '', ...rest] = parts
  const last = rest.pop()
  if (last === undefined) return [(word) => word === first]
  return [
    (word) =>
      word.length >= first.length + last.length &&
      word.startsWith(first) &&
      word.endsWith(last) &&
      inOrder(word.slice(first.length, word.length - last.length), rest),
  ]
}

/** Whether a text holds parts in order: each is searched once, from the end of the one before it. */
function inOrder(text: string, parts: readonly string[]): boolean {
  let from = 0
  for (const part of parts) {
    const at = text.indexOf(part, from)
    if (at < 0) return false
    from = at + part.length
  }
  return true
}
