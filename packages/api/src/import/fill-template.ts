/**
 * Fills the columns of a template in. A part between square brackets vanishes when a value in it is missing.
 * @returns undefined when a value outside of brackets is missing, or when nothing but blanks would remain.
 */
export function fillTemplate(template: string, value: (column: string) => string | undefined): string | undefined {
  let filled = ''
  for (const [place, text] of template.split(/\[([^[\]]*)\]/).entries()) {
    const isOptional = place % 2 === 1
    const part = fill(text, value)
    if (part === undefined && !isOptional) return undefined
    filled += part ?? ''
  }
  return filled.trim() === '' ? undefined : filled
}

function fill(text: string, value: (column: string) => string | undefined): string | undefined {
  let complete = true
  const filled = text.replaceAll(/\{([^{}]+)\}/g, (_, column: string) => {
    const found = value(column)
    if (found === undefined) complete = false
    return found ?? ''
  })
  return complete ? filled : undefined
}
