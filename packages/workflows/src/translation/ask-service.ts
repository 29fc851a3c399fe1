import type { Instant, LanguageDetector } from '@guichet/domain'
import { customerLanguages, detectLanguage } from '@guichet/domain'
import type { Budget } from '../completion/budget.ts'
import type { createCircuit } from '../completion/circuit.ts'
import type { OnError } from '../supervision.ts'
import type { LanguagePair, TranslationService } from './libretranslate.ts'
import type { ProtectedText, Segment } from './protected-text.ts'
import { hasWords, protectText, restoreText, segmentsOf, withoutTokens, withParts } from './protected-text.ts'
import type { TranslationFault } from './translation-port.ts'

/** A service with what limits it. */
export type LimitedService = TranslationService & {
  readonly budget: Budget
  readonly circuit: ReturnType<typeof createCircuit>
}

/** What a service is asked with. */
export type Asking = { readonly detector: LanguageDetector; readonly now: () => Instant; readonly onError: OnError }

/** What a service made of a text: a translation, perhaps in part, or why there is none. */
export type ServiceAnswer = { readonly text: string | undefined; readonly fault: TranslationFault | undefined }

/** The most of one request, in characters and texts, and of one segment of a text. */
const most = { characters: 20_000, texts: 50, segment: 2_000 } as const

/** The fewest characters of an answer whose language is told. */
const fewestCharacters = 40

/** How much longer than its text a translation may be. */
const mostGrowth = { times: 4, characters: 200 } as const

/** What a service made of a segment: its words, unchecked, or why there are none. */
type SegmentAnswer = { readonly text: string | undefined; readonly fault: TranslationFault | undefined }

type BatchAnswer = { readonly texts?: readonly string[]; readonly fault: TranslationFault | undefined }

/** Translates texts by one service, in their order. Never rejects but for the database. */
export async function askService(
  service: LimitedService,
  texts: readonly { readonly text: string; readonly names: readonly string[] }[],
  pair: LanguagePair,
  asking: Asking,
): Promise<readonly ServiceAnswer[]> {
  const prepared = texts.map(({ text, names }) => {
    const protectedText = protectText(text, names)
    return protectedText && { protectedText, segments: segmentsOf(protectedText.text, most.segment) }
  })
  const stretches = prepared.flatMap((each) =>
    each ? each.segments.filter(({ text }) => hasWords(text, each.protectedText.parts)).map(({ text }) => text) : [],
  )
  const answers = new Map<string, SegmentAnswer>()
  for (const batch of batchesOf([...new Set(stretches)])) {
    const outcome = await askOnce(service, batch, pair, asking)
    for (const [index, text] of batch.entries())
      answers.set(text, { fault: outcome.fault, text: outcome.texts?.[index] })
  }
  return Promise.all(prepared.map(async (each) => (each ? answerOf(each, answers, pair, asking) : none('parts_lost'))))
}

function* batchesOf(texts: readonly string[]): Generator<readonly string[]> {
  let [batch, characters]: [string[], number] = [[], 0]
  for (const text of texts) {
    if (batch.length > 0 && (batch.length === most.texts || characters + text.length > most.characters)) {
      yield batch
      ;[batch, characters] = [[], 0]
    }
    batch.push(text)
    characters += text.length
  }
  if (batch.length > 0) yield batch
}

/** The answers for one batch, or why there are none: a service that fails repeatedly is paused. */
async function askOnce(
  { name, budget, circuit, translate }: LimitedService,
  batch: readonly string[],
  pair: LanguagePair,
  { now, onError }: Asking,
): Promise<BatchAnswer> {
  let isSpent = false
  const characters = batch.reduce((sum, text) => sum + text.length, 0)
  try {
    const texts = await circuit(async () => {
      isSpent = !(await budget.take(now(), characters))
      return isSpent ? undefined : translate(batch, pair)
    })
    return texts ? { texts, fault: undefined } : { fault: isSpent ? 'budget_spent' : 'service_failed' }
  } catch (error) {
    onError(error, `the translation by ${name}`)
    return { fault: 'service_failed' }
  }
}

const none = (fault: TranslationFault): ServiceAnswer => ({ text: undefined, fault })

async function answerOf(
  { protectedText, segments }: { readonly protectedText: ProtectedText; readonly segments: readonly Segment[] },
  answers: ReadonlyMap<string, SegmentAnswer>,
  pair: LanguagePair,
  { detector }: Asking,
): Promise<ServiceAnswer> {
  const { parts } = protectedText
  let [whole, words, lost, translated] = ['', '', false, false]
  for (const { text, behind } of segments) {
    const answer = answers.get(text)
    if (answer === undefined) {
      whole += withParts(text + behind, parts)
      continue
    }
    const { text: answered } = answer
    if (answered === undefined) return none(answer.fault ?? 'service_failed')
    if (isUseless(answered, text)) return none('useless_answer')
    const restored = restoreText(answered, text, parts)
    if (restored === undefined) lost = true
    else translated = true
    if (restored !== undefined) words += ` ${withoutTokens(answered, parts)}`
    whole += (restored ?? withParts(text, parts)) + behind
  }
  if (lost && !translated) return none('parts_lost')
  if (unstorable.test(whole)) return none('useless_answer')
  if (await isInAnotherLanguage(words, pair, detector)) return none('wrong_language')
  return { text: whole, fault: lost ? 'parts_lost' : undefined }
}

const tag = /<\/?[a-z][^<>]{0,300}>/i

/** A control character that ends no line and is no tab, or half of a character. */
const unstorable = /[^\P{Cc}\t-\r\u0085]|\p{Surrogate}/u

const isUseless = (answer: string, text: string): boolean =>
  answer.trim() === '' ||
  answer.length > mostGrowth.times * text.length + mostGrowth.characters ||
  (tag.test(answer) && !tag.test(text))

/** Whether the words of an answer are in another language than the wanted one, of those of the pair and of the product. */
async function isInAnotherLanguage(
  words: string,
  { from, to }: LanguagePair,
  detector: LanguageDetector,
): Promise<boolean> {
  if (words.trim().length < fewestCharacters || !detector.languages.has(to)) return false
  const language = await detectLanguage(detector, [words], [...new Set([to, from, ...customerLanguages])])
  return language !== undefined && language !== to
}
