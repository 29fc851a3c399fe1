/**
 * Characters that a terminal obeys or hides instead of showing: control characters except tab and line end, marks of
 * writing direction, characters without width, tags, and halves of surrogate pairs. Joiners are not included: names and
 * emoji are written with them.
 */
const unsafe =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]|\p{Surrogate}/gu

/**
 * Returns text that a terminal shows as it is: every unsafe character becomes its JSON escape, so JSON keeps its
 * meaning.
 */
export const safeText = (text: string): string =>
  text.replace(unsafe, (character) =>
    Array.from({ length: character.length }, (_, index) => {
      const unit = character.charCodeAt(index).toString(16)
      return `\\u${unit.padStart(4, '0')}`
    }).join(''),
  )

/** Returns the text without its unsafe characters. */
export const withoutUnsafe = (text: string): string => text.replace(unsafe, '')
