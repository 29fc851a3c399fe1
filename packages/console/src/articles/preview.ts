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
 * security policy runs none either. Links open in another tab, so that nobody leaves a text that is not saved.
 */
export function showRevision(html: string, language: string): HTMLElement {
  const element = h('div', { class: 'rendered', lang: language, dir: directionOf(language) })
  element.innerHTML = policy ? policy.createHTML(html) : html
  for (const link of element.querySelectorAll('a')) {
    if (link.getAttribute('href')?.startsWith('#')) continue
    link.target = '_blank'
    link.rel = 'noopener noreferrer nofollow'
  }
  return element
}
