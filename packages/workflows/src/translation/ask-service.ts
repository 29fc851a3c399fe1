import type { PoolClient } from 'pg'
import type { Instant, LanguageDetector } from '@guichet/domain'
import { customerLanguages, detectLanguage, isVisitorId } from '@guichet/domain'
import type { Budget, BudgetShare } from '../completion/budget.ts'
import type { createCircuit } from '../completion/circuit.ts'
import { isRefusal } from '../completion/json-endpoint.ts'
import type { OnError } from '../supervision.ts'
import type { LanguagePair, TranslationService } from './libretranslate.ts'
import type { PairRefusals } from './pair-refusals.ts'
import type { ProtectedText, Segment } from './protected-text.ts'
import { hasWords, protectText, restoreText, segmentsOf, withoutTokens, withParts } from './protected-text.ts'
import type { TranslatedMessage, TranslationFault } from './translation-port.ts'
import { customerName } from './translation-store.ts'

/** A service with what limits it. */
export type LimitedService = TranslationService & {
  readonly budget: Budget
  readonly circuit: ReturnType<typeof createCircuit>
}

/** What a service is asked with. */
export type Asking = {
  readonly detector: LanguageDetector
  readonly now: () => Instant
  readonly onError: OnError
  readonly refusals: PairRefusals
  /** Whether no conversation or customer of messages was erased since they were read; until the transaction ends, none is. */
  readonly isCurrent: (client: PoolClient, messages: readonly TranslatedMessage[]) => Promise<boolean>
}

/** A text that a service is asked for. */
type AskedText = {
  readonly text: string
  readonly names: readonly string[]
  /** The message that it is of; undefined for a draft. */
  readonly of?: TranslatedMessage | undefined
}

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

/** Translates texts by one service, in their order, until the signal aborts. Never rejects but for the database. */
export async function askService(
  service: LimitedService,
  texts: readonly AskedText[],
  pair: LanguagePair,
  asking: Asking,
  signal: AbortSignal,
): Promise<readonly ServiceAnswer[]> {
  if (asking.refusals.has(service, pair, asking.now())) return texts.map(() => none('no_service'))
  const prepared = texts.map(({ text, names, of }) => {
    const protectedText = protectText(text, names)
    return protectedText && { protectedText, segments: segmentsOf(protectedText.text, most.segment), of }
  })
  const stretches = prepared.flatMap((each) =>
    each
      ? each.segments
          .filter(({ text }) => hasWords(text, each.protectedText.parts))
          .map(({ text }): Stretch => ({ text, of: each.of }))
      : [],
  )
  const answers = new Map<string, SegmentAnswer>()
  for (const batch of batchesOf([...new Map(stretches.map((each) => [each.text, each])).values()]))
    for (const [text, answer] of await askOnce(service, batch, pair, asking, signal)) answers.set(text, answer)
  return Promise.all(prepared.map(async (each) => (each ? answerOf(each, answers, pair, asking) : none('parts_lost'))))
}

/** What is sent of a text, and the message that it is of, whose customer it is charged to; undefined for a draft. */
type Stretch = Pick<AskedText, 'text' | 'of'>

function* batchesOf(stretches: readonly Stretch[]): Generator<readonly Stretch[]> {
  let [batch, characters]: [Stretch[], number] = [[], 0]
  for (const stretch of stretches) {
    const { length } = stretch.text
    if (batch.length > 0 && (batch.length === most.texts || characters + length > most.characters)) {
      yield batch
      ;[batch, characters] = [[], 0]
    }
    batch.push(stretch)
    characters += length
  }
  if (batch.length > 0) yield batch
}

/** The answers for one batch, or why there are none: a service that fails repeatedly is paused. */
async function askOnce(
  service: LimitedService,
  batch: readonly Stretch[],
  pair: LanguagePair,
  asking: Asking,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, SegmentAnswer>> {
  const { now, onError, refusals } = asking
  const context = `the translation by ${service.name}`
  const answers = new Map<string, SegmentAnswer>()
  const fail = (fault: TranslationFault): void => {
    for (const { text } of batch) if (!answers.has(text)) answers.set(text, { text: undefined, fault })
  }
  /** What is broken off for the reader, and what a service does not take, says nothing about the service. */
  const translate = async (texts: readonly string[]): Promise<readonly string[] | undefined> => {
    try {
      return await service.translate(texts, pair, signal)
    } catch (error) {
      if (!signal.aborted && !isRefusal(error)) throw error
      onError(error, context)
      if (isRefusal(error)) refusals.refuse(service, pair, now())
      if (refusals.has(service, pair, now())) fail('no_service')
      return undefined
    }
  }
  try {
    await service.circuit(async () => {
      if (signal.aborted) return undefined
      const texts = (await take(service.budget, batch, asking)).map(({ text }) => text)
      if (texts.length === 0) {
        fail('budget_spent')
        return undefined
      }
      const translated = await translate(texts)
      if (!translated) return undefined
      for (const [index, text] of texts.entries()) answers.set(text, { text: translated[index], fault: undefined })
      refusals.answer(service, pair)
      fail('budget_spent')
      return translated
    })
  } catch (error) {
    onError(error, context)
  }
  fail('service_failed')
  return answers
}

/** How much of the budget the conversations of one person may take on a day, and those of all unidentified visitors together. */
const shares = { person: 0.1, visitors: 0.5 } as const

/** Those whose shares a stretch is charged to; nobody for a draft. */
const sharesOf = ({ of }: Stretch): readonly BudgetShare[] =>
  of === undefined
    ? []
    : [
        { person: customerName(of.customerId), share: shares.person },
        ...(isVisitorId(of.customerId) ? [{ person: 'visitors', share: shares.visitors }] : []),
      ]

const sharesOfAll = (stretches: readonly Stretch[]): readonly BudgetShare[] => [
  ...new Map(stretches.flatMap(sharesOf).map((each) => [each.person, each])).values(),
]

/** Takes all stretches of a batch out of the budget and the shares, or else those for which enough is left of the shares; none where even those are too many. */
async function take(
  budget: Budget,
  batch: readonly Stretch[],
  { now, isCurrent }: Pick<Asking, 'now' | 'isCurrent'>,
): Promise<readonly Stretch[]> {
  const at = now()
  const takeAll = (stretches: readonly Stretch[]): Promise<boolean> => {
    const charges = sharesOfAll(stretches).map((share) => {
      const charged = stretches.filter((each) => sharesOf(each).some(({ person }) => person === share.person))
      return { ...share, amount: lengthOf(charged) }
    })
    const messages = stretches.flatMap(({ of }) => of ?? [])
    return budget.take(at, lengthOf(stretches), charges, (client) => isCurrent(client, messages))
  }
  if (await takeAll(batch)) return batch
  const left = new Map(await budget.left(at, sharesOfAll(batch)))
  const affordable = batch.filter((stretch) => {
    const people = sharesOf(stretch).map(({ person }) => person)
    if (people.some((person) => (left.get(person) ?? 0) < stretch.text.length)) return false
    for (const person of people) left.set(person, (left.get(person) ?? 0) - stretch.text.length)
    return true
  })
  const isLess = affordable.length > 0 && affordable.length < batch.length
  return isLess && (await takeAll(affordable)) ? affordable : []
}

const lengthOf = (stretches: readonly Stretch[]): number => stretches.reduce((sum, { text }) => sum + text.length, 0)

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
