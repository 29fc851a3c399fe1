import type { Example } from '@guichet/domain'
import { limits, textOf } from '@guichet/domain'
import { Fault } from '../fault/fault.ts'
import { openColumns } from '../import/log/open-log.ts'

/** What is read at the most: a larger file is refused before anything is learnt from it. */
const most = { examples: 100_000, characters: 20_000_000, categories: 1_000 }

/**
 * Reads texts with their categories from the columns `text` and `category` of a `.csv`, `.ndjson` or `.jsonl` file, plain or compressed by gzip.
 * @throws Fault as `openColumns` does; `examples_unusable` for a row without a text or a category, and for too many rows,
 * characters of text or categories.
 */
export async function labelledFile(
  file: string,
  signal: AbortSignal,
  onRows: (rows: number) => void = () => undefined,
): Promise<readonly Example[]> {
  const examples: Example[] = []
  const categories = new Set<string>()
  let characters = 0
  const { rows } = await openColumns(file, { columns: ['text', 'category'], delimiter: ',' })
  for await (const { row, values, fault } of rows) {
    signal.throwIfAborted()
    const [text = '', category = ''] = values.map((value) => value?.trim())
    if (fault !== undefined) throw unusable(`${file}, line ${row}: ${fault}`)
    if (text === '') throw unusable(`${file}, line ${row}: the text is missing`)
    if (category === '') throw unusable(`${file}, line ${row}: the category is missing`)
    if (category.length > limits.name)
      throw unusable(`${file}, line ${row}: the category is longer than ${limits.name}`)
    characters += text.length
    categories.add(category)
    if (examples.length === most.examples) throw tooMuch(file, most.examples, 'rows')
    if (characters > most.characters) throw tooMuch(file, most.characters, 'characters of text')
    if (categories.size > most.categories) throw tooMuch(file, most.categories, 'categories')
    examples.push({ text: textOf({ subject: text, body: '' }), category })
    if (examples.length % 1_000 === 0) onRows(examples.length)
  }
  if (examples.length === 0) throw new Fault('file_empty', `${file} holds no rows`)
  return examples
}

const tooMuch = (file: string, limit: number, what: string): Fault =>
  unusable(`${file} holds more than ${limit.toLocaleString('en')} ${what}`)

const unusable = (message: string): Fault => new Fault('examples_unusable', message)
