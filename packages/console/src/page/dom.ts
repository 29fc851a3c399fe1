type Properties = Readonly<Record<string, string | boolean | undefined | ((event: Event) => void)>>

/** Makes an element with attributes, listeners (`onclick`) and children. Text is never read as HTML. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Properties = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value)
    else if (value === true) element.setAttribute(name, '')
    else if (typeof value === 'string') element.setAttribute(name, value)
  }
  element.append(...children)
  return element
}

/** Lets a root use a style sheet without a line of inline style, so that a strict content security policy holds. */
export function adopt(root: Document | ShadowRoot, css: string): void {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(css)
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet]
}

/** Sets the text of an element only when it changes, so that a live region is not read again. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text
}

/** Whether an element is shown, and can have the focus. */
export const isVisible = (element: Element): boolean => element.getClientRects().length > 0

/**
 * Returns how to ask for `run` at the next frame, where it runs once, however often it was asked for. What is asked for in a
 * hidden page waits until that is looked at.
 */
export function oncePerFrame(run: () => void): () => void {
  let isRequested = false
  return () => {
    if (isRequested) return
    isRequested = true
    requestAnimationFrame(() => {
      isRequested = false
      run()
    })
  }
}

/** What an element that can have the focus is for, as far as it can be told: it is the same after it was drawn again. */
const purposeOf = (element: Element): string =>
  element.getAttribute('href') ?? element.getAttribute('data-category') ?? element.textContent

/**
 * Replaces what is in a place. The focus stays where it was: on the same link or button, or on the first one of the place
 * where that is gone.
 */
export function redraw(place: Element, ...children: readonly (Node | string)[]): void {
  const inOrder = (): readonly HTMLElement[] => [...place.querySelectorAll<HTMLElement>('a, button, summary')]
  const focused = document.activeElement
  const alike = (): readonly HTMLElement[] =>
    inOrder().filter((each) => focused !== null && purposeOf(each) === purposeOf(focused))
  const index = alike().findIndex((each) => each === focused)
  const hadFocus = place.contains(focused)
  place.replaceChildren(...children)
  if (hadFocus) (alike()[Math.max(0, index)] ?? inOrder()[0])?.focus()
}
