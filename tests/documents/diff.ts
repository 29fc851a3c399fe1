import { readFileSync, writeFileSync } from 'node:fs'
import type { Fence } from './markdown.ts'

/** The file that a diff changes, by its first line. */
export const changedFile = ({ code }: Pick<Fence, 'code'>): string => (code.split('\n')[0] ?? '').replace('+++ ', '')

/**
 * Applies a diff to a file: replaces the first line that its `-` line stands for by its `+` lines, or inserts these before the one
 * that its last line stands for. Returns why it does not apply; empty when it does.
 */
export function applyDiff({ code, line }: Pick<Fence, 'code' | 'line'>, path: string): string {
  const [head = '', ...lines] = code.split('\n')
  const added = lines.filter((each) => each.startsWith('+')).map((each) => each.slice(1))
  const replaced = lines.find((each) => each.startsWith('-'))
  const wanted = (replaced ?? lines.at(-1) ?? '').slice(1)
  const text = readFileSync(path, 'utf8').split('\n')
  const index = text.findIndex((there) => standsFor(wanted, there))
  if (index < 0) return `line ${line}: ${head} has no line ${wanted.trim()}`
  writeFileSync(path, text.toSpliced(index, replaced === undefined ? 0 : 1, ...added).join('\n'))
  return ''
}

/** Whether a line of a block matches one of a file: equal but for spaces, or up to the `…`. */
function standsFor(line: string, there: string): boolean {
  const [wanted, found] = [line, there].map((text) => text.trim().replaceAll(/\s+/g, ' ')) as [string, string]
  return wanted.endsWith('…') ? found.startsWith(wanted.slice(0, -1).trim()) : found === wanted
}
