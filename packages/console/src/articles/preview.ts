import { directionOf } from '../page/formats.ts'
import { h } from '../page/dom.ts'

/** What of the browser's trusted types is used here. */
type Policies = {
  createPolicy(name: string, rules: { createHTML(html: string): string }): { createHTML(html: string): string }
}

/** The policy that the page's content security policy names: only what the server has rendered becomes HTML by it. */
const policy = (window as { trustedTypes?: Policies }).trustedTypes?.createPolicy('guichet-article', {
  createHTML: (html) => html,
})

/**
 * Shows the HTML of a revision. The server has made it of Markdown without scripts, styles, forms and frames; the page's content
 * security policy runs none either. Links open in another tab, so that nobody leaves a text that is not saved; those to a
 * heading of the text lead there, and are no address of the page.
 */
export function showRevision(html: string, language: string, label: string): HTMLElement {
  const element = h('div', {
    class: 'rendered',
    lang: language,
    dir: directionOf(language),
    tabindex: '0',
    role: 'region',
    'aria-label': label,
  })
  element.innerHTML = policy ? policy.createHTML(html) : html
  for (const link of element.querySelectorAll('a')) {
    const href = link.getAttribute('href') ?? ''
    if (href.startsWith('#')) {
      link.addEventListener('click', (event) => {
        event.preventDefault()
        element.querySelector(`[id="${CSS.escape(decoded(href.slice(1)))}"]`)?.scrollIntoView()
      })
      continue
    }
    link.target = '_blank'
    link.rel = 'noopener noreferrer nofollow'
  }
  return element
}

/** A part of an address as it is written; as it stands where that is no encoding of anything. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
