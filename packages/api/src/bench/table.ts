import type { Figure } from './figure.ts'

const widths = [30, 11, 10, 10, 10, 10] as const

const row = (cells: readonly string[]): string =>
  cells
    .map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
    .join(' ')
    .trimEnd()

export const headings = `${row(['figure', 'unit', 'guichet', 'peer', 'limit', 'target'])}  met`

/** A figure as a line of the table that `guichet bench` prints. */
export function asRow({ name, unit, guichet, peer, limit, target, met, skipped }: Figure): string {
  const numbers = [guichet, peer, limit, target].map((value) => value?.toLocaleString('en') ?? '–')
  const verdict = skipped ?? (met === null ? '' : met ? 'yes' : 'no')
  return `${row([name, unit, ...numbers])}  ${verdict}`.trimEnd()
}
