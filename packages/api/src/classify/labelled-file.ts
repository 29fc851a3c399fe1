import type { Example } from '@guichet/domain'
import { limits, textOf } from '@guichet/domain'
import { Fault } from '../fault/fault.ts'
import { openColumns } from '../import/log/open-log.ts'

const mostExamples = 100_000

/**
 * Reads texts with their categories from the columns `text` and `category` of a `.csv`, `.ndjson` or `.jsonl` file, plain or compressed by gzip.
 * @throws Fault as `openColumns` does; `examples_unusable` for a row without a text or a category, and for too many rows.
 */
export async function labelledFile(
  file: string,
  signal: AbortSignal,
  onRows: (rows: number) => void = () => undefined,
): Promise<readonly Example[]> {
  const examples: Example[] = []
  const { rows } = await openColumns(file, { columns: ['text', 'category'], delimiter: ',' })
  for await (const { row, values, fault } of rows) {
    signal.throwIfAborted()
    const [text = '', category = ''] = values.map((value) => value?.trim())
    if (fault !== undefined) throw unusable(`${file}, line ${row}: ${fault}`)
    if (text === '') throw unusable(`${file}, line ${row}: the text is missing`)
    if (category === '') throw unusable(`${file}, line ${row}: the category is missing`)
    if (category.length > limits.name)
      throw unusable(`${file}, line ${row}: the category is longer than ${limits.name}`)
    if (examples.length === mostExamples) throw unusable(`${file} holds more than ${mostExamples} rows`)
    examples.push({ text: textOf({ subject: text, body: '' }), category })
    if (examples.length % 1_000 === 0) onRows(examples.length)
  }
  if (examples.length === 0) throw new Fault('file_empty', `${file} holds no rows`)
  return examples
}

const unusable = (message: string): Fault => new Fault('examples_unusable', message)
