import { cutTo, withoutUnprintable } from '../kernel/values.ts'
import { limits } from '../kernel/limits.ts'
import { languageFor } from './wording.ts'

const messages: Readonly<Record<string, string>> = {
  en: 'I searched the help for “{query}” and found no answer.',
  fr: 'J’ai cherché « {query} » dans l’aide et n’ai trouvé aucune réponse.',
  ar: 'بحثت في المساعدة عن «{query}» ولم أجد إجابة.',
  de: 'Ich habe in der Hilfe nach „{query}“ gesucht und keine Antwort gefunden.',
  es: 'He buscado «{query}» en la ayuda y no he encontrado respuesta.',
  hi: 'मैंने सहायता में “{query}” खोजा और कोई उत्तर नहीं मिला।',
  ur: 'میں نے مدد میں ”{query}“ تلاش کیا اور کوئی جواب نہیں ملا۔',
}

/** What somebody asks an expert who has searched in vain: the subject of a ticket, and the first message of a ticket or a chat. */
export type ExpertRequest = {
  /** What was searched, on one line. */
  readonly search: string
  readonly subject: string
  readonly message: string
}

/** The request of somebody who has searched in vain, in the language closest to theirs; undefined for a search without a text. */
export function expertRequest(query: string, language: string, fallback: string): ExpertRequest | undefined {
  const search = withoutUnprintable(query.replaceAll(/\s+/gu, ' ')).trim()
  if (search === '') return undefined
  const message = messages[languageFor(messages, language, fallback)] ?? '{query}'
  return { search, subject: cutTo(search, limits.subject).trim(), message: message.replace('{query}', () => search) }
}
