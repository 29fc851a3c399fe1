import { z } from 'zod'
import { id as idSchema, language as languageSchema } from '../kernel/values.ts'

/** What stands in the address of an article for its own values. */
const placeholders = ['{id}', '{language}', '{slug}']

/** A template of the addresses of articles, such as `https://help.example/{language}/{id}/{slug}`. */
export const addressTemplateSchema = z
  .string()
  .max(500)
  .regex(/^(?:https?:\/\/[^/\s?#]|\/[^/\s?#])\S{0,500}$/, 'must begin with https://, http:// or a single /')
  .refine((template) => template.includes('{id}'), 'must contain {id}')
  .refine(
    (template) => [...template.matchAll(/\{[^{}]*\}/g)].every(([name]) => placeholders.includes(name)),
    `may contain ${placeholders.join(', ')} alone`,
  )

/** The address of a text of an article by the template of its desk. The id alone decides which article it is. */
export const articleAddress = (
  template: string,
  names: { readonly id: string; readonly language: string; readonly slug: string },
): string =>
  template.replaceAll(/\{(id|language|slug)\}/g, (_, name: keyof typeof names) => encodeURIComponent(names[name]))

/** The first address of an article in a text, by the template of its desk: the article, and the language if the address names it. */
export function articleIn(
  template: string,
  text: string,
): { readonly id: string; readonly language: string | undefined } | undefined {
  const names = new Set<string>()
  const pattern = template.replaceAll(/\{(id|language|slug)\}|[^{}]{1,500}|[{}]/g, (part, name: string | undefined) => {
    if (name === undefined) return part.replaceAll(/[.*+?^$()|[\]\\{}]/g, String.raw`\$&`)
    if (name === 'slug') return ''
    const group = names.has(name) ? '?:' : `?<${name}>`
    names.add(name)
    return String.raw`(${group}[^\s/?#&"'<>()[\]]{1,600})`
  })
  const { id = '', language } = new RegExp(pattern.replace(/\/$/, ''), 'u').exec(text)?.groups ?? {}
  const decoded = decodedPart(id.replace(/[.,;:!]{1,9}$/, ''))
  if (!idSchema.safeParse(decoded).success) return undefined
  const { data } = languageSchema.safeParse(language && decodedPart(language))
  return { id: decoded, language: data }
}

function decodedPart(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return ''
  }
}
