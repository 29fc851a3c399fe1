import { z } from 'zod'

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
