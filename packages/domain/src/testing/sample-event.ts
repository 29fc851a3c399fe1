import { z } from 'zod'
import type { EventCatalogue } from '../kernel/event.ts'
import { instant } from '../kernel/time.ts'

type Filling = {
  /** Values by their path, such as `customer.id`. */
  readonly given: Readonly<Record<string, unknown>>
  /** The text at a path whose schema allows any. */
  readonly textAt: (path: string) => string
}

/**
 * Makes the data of an event by its schema: optional fields are present, and lists have one element.
 * @throws Error for a type that the catalogue does not have, and for a field that no sample fits and that is not given.
 */
export function sampleData(
  catalogue: EventCatalogue,
  type: string,
  { given = {}, textAt = () => 'a text' }: Partial<Filling> = {},
): object {
  const schema = catalogue[type]?.schema
  if (!schema) throw new Error(`no event is called ${type}`)
  return valueOf(schema, '', { given, textAt }) as object
}

const moment = instant('2026-03-02T09:00:00.000Z')

function valueOf(schema: z.ZodType, path: string, filling: Filling): unknown {
  if (Object.hasOwn(filling.given, path)) return filling.given[path]
  const at = (name: string): string => (path === '' ? name : `${path}.${name}`)
  if (schema instanceof z.ZodObject) {
    const entries = Object.entries(schema.shape)
    return Object.fromEntries(entries.map(([name, part]) => [name, valueOf(part, at(name), filling)]))
  }
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) {
    return valueOf(schema.unwrap() as z.ZodType, path, filling)
  }
  if (schema instanceof z.ZodArray) return [valueOf(schema.element as z.ZodType, path, filling)]
  if (schema instanceof z.ZodRecord) {
    return { [filling.textAt(path)]: valueOf(schema.valueType as z.ZodType, at('value'), filling) }
  }
  if (schema instanceof z.ZodEnum) return schema.options[0]
  if (schema instanceof z.ZodLiteral) return [...schema.values][0]
  if (schema.safeParse('an open text').success) return filling.textAt(path)
  for (const simple of [moment, 1, false]) if (schema.safeParse(simple).success) return simple
  if (schema instanceof z.ZodPipe) return valueOf(schema.out as z.ZodType, path, filling)
  throw new Error(`no sample fits ${path}`)
}
