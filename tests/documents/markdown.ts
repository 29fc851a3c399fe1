/**
 * A fenced block of a document: `info` is the text after the fence (`ts run`), `line` the line of its start, from 1.
 */
export type Fence = { readonly info: string; readonly code: string; readonly line: number }

/** The fenced blocks of a Markdown text, in order. */
export function fences(markdown: string): readonly Fence[] {
  const found: Fence[] = []
  let open: { info: string; line: number; mark: string; code: string[] } | undefined
  for (const [index, text] of markdown.split('\n').entries()) {
    const [, mark = '', info = ''] = /^\s*(`{3,})\s*(.*)$/.exec(text) ?? []
    if (!open && mark) open = { info: info.trim(), line: index + 1, mark, code: [] }
    else if (open && mark.length >= open.mark.length && !info) {
      found.push({ info: open.info, line: open.line, code: open.code.join('\n') })
      open = undefined
    } else open?.code.push(text)
  }
  return found
}

/** The targets of the links in a Markdown text, except inside code. */
export function links(markdown: string): readonly string[] {
  return [...prose(markdown).matchAll(/\[[^\]]*\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g)].map(([, target]) => target ?? '')
}

/** The anchors of headings, as GitHub names them. */
export function anchors(markdown: string): ReadonlySet<string> {
  const seen = new Map<string, number>()
  const names = [...prose(markdown, false).matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)].map(([, heading]) => {
    const name = (heading ?? '')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-')
    const times = seen.get(name) ?? 0
    seen.set(name, times + 1)
    return times === 0 ? name : `${name}-${times}`
  })
  return new Set(names)
}

function prose(markdown: string, withoutInlineCode = true): string {
  const unfenced = markdown.replaceAll(/^\s*(`{3,})[^\n]*\n[\s\S]*?^\s*\1`*\s*$/gm, '')
  return withoutInlineCode ? unfenced.replaceAll(/`[^`\n]*`/g, '') : unfenced
}
