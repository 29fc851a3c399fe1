/**
 * Keeps a panel that fills the screen in what a keyboard on the screen leaves of it: most browsers lay the keyboard over the
 * page, and report the rest as the visual viewport. Ends when the panel is removed.
 */
export function fitAboveKeyboard(panel: HTMLElement): void {
  const seen = window.visualViewport
  if (!seen) return
  const fit = (): void => {
    if (!panel.isConnected) {
      for (const type of ['resize', 'scroll']) seen.removeEventListener(type, fit)
      return
    }
    // Whoever has zoomed in moves over the page, and the panel stays where it is.
    const isCovered = Math.abs(seen.scale - 1) < 0.01 && seen.height < window.innerHeight - 1
    const set = (name: string, pixels: number): void => {
      if (isCovered) panel.style.setProperty(name, `${pixels}px`)
      else panel.style.removeProperty(name)
    }
    set('--guichet-seen-height', seen.height)
    set('--guichet-seen-top', seen.offsetTop)
  }
  for (const type of ['resize', 'scroll']) seen.addEventListener(type, fit)
}
