import type { ChatEvent } from '../chat/events.ts'
import { describeChatEvent } from '../chat/events.ts'
import { chatSentences, chatWording } from '../chat/languages/by-language.ts'
import { customerChatEvents } from '../chat/languages/definition.ts'
import { proactiveWording } from '../proactive/languages/by-language.ts'
import { defaultWording } from '../wording/default-wording.ts'
import type { CustomerLanguage, PluralForms } from '../wording/locale.ts'
import { allPluralCategories, pluralCategories } from '../wording/locale.ts'

/** The parts of what customers read that the domain words. */
export type TextPart = 'notices' | 'chats' | 'drafts'

/** The texts of each part by key, in the order in which the sources have them. */
export type ProductTexts = Readonly<Record<TextPart, ReadonlyMap<string, string>>>

/**
 * The texts that a language needs, in English, with the plural categories of the language. A value in a text is in
 * brackets in notices, in braces elsewhere; variants of a text are on lines of their own.
 */
export function neededTexts(language: string): ProductTexts {
  const sentences = Object.fromEntries(customerChatEvents.map((type) => [type, englishSentence(type)]))
  return textsBy('en', sentences, pluralCategories(language))
}

/** The texts that a language of the product has; the sentences of chats, which are made of values, by their keys alone. */
export const presentTexts = (language: CustomerLanguage): ProductTexts =>
  textsBy(language, Object.fromEntries(Object.keys(sentencesOf(language)).map((type) => [type, type])))

const sentencesOf = (language: CustomerLanguage): object =>
  Object.entries(chatSentences).find(([name]) => name === language)?.[1] ??
  Object.fromEntries(customerChatEvents.map((type) => [type, type]))

function textsBy(language: CustomerLanguage, sentences: object, categories?: Categories): ProductTexts {
  const { placeholders, replyTemplates, language: _, ...notices } = defaultWording[language]
  const labels = Object.fromEntries(Object.entries(placeholders).map(([label, value]) => [value, label]))
  // Each language names its templates itself.
  const templates = Object.fromEntries(Object.values(replyTemplates).map((text, index) => [String(index + 1), text]))
  const texts = (value: object): ReadonlyMap<string, string> => new Map(textsIn(value, '', categories))
  return {
    notices: texts({ placeholders: labels, ...notices, replyTemplates: templates }),
    chats: texts({ ...chatWording[language], sentences }),
    drafts: texts(proactiveWording[language]),
  }
}

/** The English sentence of an event, with the names of its fields in place of their values. */
function englishSentence(type: ChatEvent['type']): string {
  const event = new Proxy({}, { get: (_, key) => (key === 'type' ? type : fieldNamed(String(key))) })
  // Sentences read the fields as text alone.
  return describeChatEvent(event as ChatEvent, 'en', String).what
}

/** What stands for a field: its name in braces; of a person, for each part of it. */
function fieldNamed(name: string): object {
  const text = (): string => `{${name}}`
  return new Proxy({}, { get: (_, key) => ([Symbol.toPrimitive, 'toString'].includes(key) ? text : fieldNamed(name)) })
}

type Categories = readonly Intl.LDMLPluralRule[]

function textsIn(value: unknown, path: string, categories: Categories | undefined): [key: string, text: string][] {
  if (typeof value === 'string') return [[path, value]]
  if (typeof value === 'function') return [[path, String(Reflect.apply(value, undefined, ['{0}', '{1}', '{2}']))]]
  if (Array.isArray(value)) return [[path, value.join('\n')]]
  if (categories && isPlural(value)) return categories.map((name) => [`${path}.${name}`, value[name] ?? value.other])
  return Object.entries(value as object).flatMap(([name, entry]) =>
    textsIn(entry, path === '' ? name : `${path}.${name}`, categories),
  )
}

const pluralNames: ReadonlySet<string> = new Set(allPluralCategories)

const isPlural = (value: unknown): value is PluralForms =>
  typeof value === 'object' &&
  value !== null &&
  'other' in value &&
  Object.keys(value).every((name) => pluralNames.has(name))
