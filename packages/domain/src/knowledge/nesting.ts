/**
 * How deep Markdown nests: quotes and lists, by the marks at the beginnings of its lines, and brackets. An estimate in
 * one pass that counts each level at least once outside of code.
 */
export function nestingOf(markdown: string): number {
  let [deepest, above] = [0, 0]
  let fence: Fence | undefined
  let brackets: number[] = []
  for (const text of markdown.split(/\r\n?|\n/)) {
    const line = beginningOf(text)
    const { quotes, items, indentation, rest } = line
    if (fence && !isBehind(line, fence)) {
      if (isEnd(line, fence)) fence = undefined
      continue
    }
    const marks = quotes + items
    const level = marks + Math.min(above, Math.floor(indentation / 2))
    fence = fenceOf(line, level - quotes)
    if (fence) [above, deepest] = [level, Math.max(deepest, level)]
    else if (rest === '' && marks === 0) brackets = []
    else if (!isRule(text)) {
      above = level
      deepest = Math.max(deepest, above, nestedBrackets(rest, brackets))
    }
  }
  return deepest
}

/** The marks of quotes and list items at the beginning of a line, and the columns before and between them, beside the one behind each mark. */
type LineBeginning = {
  readonly quotes: number
  readonly items: number
  readonly indentation: number
  /** The columns between the last mark, or the beginning of the line, and the rest. */
  readonly space: number
  /** At which columns the first mark of an item and the rest begin; the same where there is no item. */
  readonly start: number
  readonly column: number
  readonly rest: string
}

function beginningOf(line: string): LineBeginning {
  let [at, quotes, items, indentation] = [0, 0, 0, 0]
  let start: number | undefined
  const mark = /([ \t]{0,2000})(>|[-+*](?=[ \t]|$)|\d{1,9}[.)](?=[ \t]|$))[ \t]?/y
  for (let match = mark.exec(line); match; match = mark.exec(line)) {
    if (match[2] === '>') quotes++
    else if (items++ === 0) start = columnsOf(line.slice(0, at) + (match[1] ?? ''))
    indentation += columnsOf(match[1] ?? '')
    at = mark.lastIndex
  }
  const [before = ''] = /^[ \t]*/.exec(line.slice(at)) ?? []
  const [space, column] = [columnsOf(before), columnsOf(line.slice(0, at + before.length))]
  const rest = line.slice(at + before.length)
  return { quotes, items, indentation: indentation + space, space, start: start ?? column, column, rest }
}

/** A block of code between two fences, by the first one. */
type Fence = {
  readonly marks: string
  readonly quotes: number
  /** From which column on its lines are; 0 outside of lists. */
  readonly column: number
}

/** The fence that begins on a line: no more than three columns further in than what it lies in, and backticks once. */
function fenceOf({ items, quotes, space, column, rest }: LineBeginning, lists: number): Fence | undefined {
  const [, marks] = /^(`{3,}(?=[^`]*$)|~{3,})/.exec(rest) ?? []
  const around = items > 0 ? 0 : 4 * lists
  if (marks === undefined || space >= 4 + around) return undefined
  return { marks, quotes, column: lists > 0 ? column : 0 }
}

/** Whether a line lies behind what a fence lies in, which ends the code without a second fence. */
const isBehind = ({ quotes, items, start, rest }: LineBeginning, fence: Fence): boolean =>
  quotes < fence.quotes || ((items > 0 || rest !== '') && start < fence.column - 1)

const isEnd = ({ quotes, items, column, rest }: LineBeginning, fence: Fence): boolean =>
  quotes === fence.quotes &&
  items === 0 &&
  column < fence.column + 4 + 2 * quotes &&
  rest.startsWith(fence.marks) &&
  new Set(rest.trimEnd()).size === 1

/** A tab is up to four columns wide. */
const columnsOf = (space: string): number => space.replaceAll('\t', '    ').length

/** Whether a line is a rule across the page, such as `* * *`, which looks like nested lists. */
function isRule(line: string): boolean {
  const marks = new Set(line.replace(/[ \t]/g, ''))
  return marks.size === 1 && ['-', '*', '_'].some((mark) => marks.has(mark))
}

/**
 * How deep the brackets that close on a line nest.
 * @param open how deep brackets nest in each that is open: it goes on from line to line of a paragraph.
 */
function nestedBrackets(line: string, open: number[]): number {
  let deepest = 0
  for (let at = 0; at < line.length; at++) {
    if (line[at] === '\\') at++
    else if (line[at] === '[') open.push(0)
    else if (line[at] === ']') {
      const inside = open.pop()
      if (inside === undefined) continue
      const depth = inside + 1
      deepest = Math.max(deepest, depth)
      const around = open.pop()
      if (around !== undefined) open.push(Math.max(around, depth))
    }
  }
  return deepest
}
