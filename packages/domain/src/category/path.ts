/** Whether a category is another one or lies below it: `technical_support` covers `technical_support/login_issues`. */
export const covers = (above: string, category: string): boolean =>
  category === above || (category.startsWith(above) && category[above.length] === '/')

/** What is kept for the longest path that covers a category. */
export function forCategory<T>(kept: Readonly<Record<string, T>>, category: string | undefined): T | undefined {
  for (let path = category; path !== undefined; path = parent(path)) if (Object.hasOwn(kept, path)) return kept[path]
  return undefined
}

function parent(path: string): string | undefined {
  const slash = path.lastIndexOf('/')
  return slash < 0 ? undefined : path.slice(0, slash)
}
