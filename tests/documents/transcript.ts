/** A command of a ```console block and its output in the document. */
export type Exchange = { readonly command: string; readonly output: string }

/** Splits a session: lines after `$ ` are commands (a trailing `\` continues them), the others their output. */
export function exchanges(session: string): readonly Exchange[] {
  const found: { command: string; output: string[] }[] = []
  let continues = false
  for (const line of session.split('\n')) {
    const last = found.at(-1)
    if (continues && last) last.command += `\n${line}`
    else if (line.startsWith('$ ')) found.push({ command: line.slice(2), output: [] })
    else last?.output.push(line)
    continues = (line.startsWith('$ ') || continues) && line.endsWith('\\')
  }
  return found.map(({ command, output }) => ({ command, output: output.join('\n').trim() }))
}

/** Whether output matches a document: `…` matches anything, on its own line any number of lines. */
export function matches(shown: string, actual: string): boolean {
  const pattern = shown
    .split('\n')
    .map((line) => (line.trim() === '…' ? '[\\s\\S]*?' : line.trimEnd().split('…').map(escape).join('.*?')))
    .join('\\s*?\\n')
  return new RegExp(`^${pattern}$`).test(actual.trim())
}

/** The words of an output without its figures, which differ from run to run: numbers, durations, aims, yes and no, and lines of them only. */
export const withoutFigures = (text: string): string =>
  text
    .split('\n')
    .map((line) =>
      line
        .replaceAll(/\(aim [^)]*\)|[\d.,:%–-]+/g, ' ')
        .replaceAll(/\b(?:d|h|min|s|yes|no)\b/g, ' ')
        .replaceAll(/\s+/g, ' ')
        .trim(),
    )
    .filter((line) => line !== '' && line !== '…')
    .join('\n')

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
