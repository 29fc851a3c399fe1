import type { Window } from './range.ts'

/** Sorted windows, those that overlap or touch as one. */
export function joined(windows: readonly Window[]): readonly Window[] {
  const result: { start: number; end: number }[] = []
  for (const { start, end } of [...windows].sort((a, b) => a.start - b.start)) {
    const before = result.at(-1)
    if (before && start <= before.end) before.end = Math.max(before.end, end)
    else result.push({ start, end })
  }
  return result
}

/** What is left of joined windows when others, joined too, are taken out of them. */
export function without(windows: readonly Window[], cuts: readonly Window[]): readonly Window[] {
  const result: Window[] = []
  let next = 0
  for (const { start, end } of windows) {
    while (next < cuts.length && (cuts[next]?.end ?? 0) <= start) next++
    let open = start
    for (let each = next; open < end; each++) {
      const cut = cuts[each] ?? { start: end, end }
      if (cut.start > open) result.push({ start: open, end: Math.min(cut.start, end) })
      open = Math.max(open, cut.end)
    }
  }
  return result
}
