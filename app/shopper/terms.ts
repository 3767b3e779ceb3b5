/** The merchant's payment terms, as the brand's one field holds them: the address of a page, or the words. Pure. */
export type Terms = { url: string } | { text: string }

export function termsIn(policy: string | null): Terms | null {
  const text = policy?.trim() ?? ''
  if (text === '') return null
  return isPage(text) ? { url: text } : { text }
}

/** Of the web, encrypted, and nothing beside it: anything else would be a link that leads nowhere. */
function isPage(text: string): boolean {
  if (!/^https:\/\/\S+$/i.test(text) || !URL.canParse(text)) return false
  const { hostname, username, password } = new URL(text)
  return hostname.includes('.') && username === '' && password === ''
}
