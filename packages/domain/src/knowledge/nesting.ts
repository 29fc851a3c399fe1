/**
 * How deep Markdown nests: quotes and lists, by the marks at the beginnings of its lines, and brackets. An estimate in
 * one pass that counts each level at least once outside of code.
 */
export function nestingOf(markdown: string): number {
  let [deepest, above] = [0, 0]
  let isCode = false
  let brackets: number[] = []
  for (const line of markdown.split(/\r\n?|\n/)) {
    const { marks, indentation, rest } = beginningOf(line)
    if (/^(?:```|~~~)/.test(rest)) isCode = !isCode
    else if (rest === '' && marks === 0) brackets = []
    else if (!isCode && !isRule(line)) {
      above = marks + Math.min(above, Math.floor(indentation / 2))
      deepest = Math.max(deepest, above, nestedBrackets(rest, brackets))
    }
  }
  return deepest
}

/** The marks of quotes and list items at the beginning of a line, and the columns before and between them, beside the one behind each mark. */
function beginningOf(line: string): { readonly marks: number; readonly indentation: number; readonly rest: string } {
  let [at, marks, indentation] = [0, 0, 0]
  const mark = /([ \t]{0,2000})(?:>|[-+*](?=[ \t]|$)|\d{1,9}[.)](?=[ \t]|$))[ \t]?/y
  for (let match = mark.exec(line); match; match = mark.exec(line)) {
    marks++
    indentation += columnsOf(match[1] ?? '')
    at = mark.lastIndex
  }
  const [space = ''] = /^[ \t]*/.exec(line.slice(at)) ?? []
  return { marks, indentation: indentation + columnsOf(space), rest: line.slice(at + space.length) }
}

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
