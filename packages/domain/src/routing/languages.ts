/** Whether somebody who speaks one language is understood in another: `fr` and `fr-CA` are. */
export function understands(spoken: string, wanted: string): boolean {
  if (spoken === wanted) return true
  const end = primaryEnd(spoken)
  if (end !== primaryEnd(wanted)) return false
  for (let index = 0; index < end; index++) if (spoken.charCodeAt(index) !== wanted.charCodeAt(index)) return false
  return true
}

function primaryEnd(tag: string): number {
  const hyphen = tag.indexOf('-')
  return hyphen < 0 ? tag.length : hyphen
}
