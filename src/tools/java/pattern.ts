/** A regular expression given on a command line; throws an error with the sentence of Apache's tools when it is none. */
export function topicPattern(text: string): RegExp {
  const source = text
    .trim()
    .replaceAll(',', '|')
    .replaceAll(' ', '')
    .replace(/^["']+/, '')
    .replace(/["']+$/, '')
  return wholeMatch(source)
}

/** Matches only whole texts, as Java's `matches` does. */
export function wholeMatch(source: string): RegExp {
  try {
    return new RegExp(`^(?:${source})$`)
  } catch {
    throw new Error(`${source} is an invalid regex.`)
  }
}
