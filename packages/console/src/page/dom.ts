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
