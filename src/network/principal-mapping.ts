import { ConfigError } from '../config/define.ts'

/** Turns the name in a client's certificate into a user's name (KIP-371). */
export type PrincipalMapping = (distinguishedName: string) => string

interface Rule {
  readonly pattern: RegExp
  readonly replacement: string
  readonly letters: string
}

const DEFAULT = 'DEFAULT'
const oneRule = /^\s*(?:(DEFAULT)|RULE:((?:\\.|[^\\/])*)\/((?:\\.|[^\\/])*)\/([LU]?))\s*(?:,|$)/

/**
 * Reads `ssl.principal.mapping.rules`: `RULE:pattern/replacement/[LU]` and `DEFAULT`, of which the first that fits the whole name counts. Patterns are
 * JavaScript's. Throws `ConfigError`.
 */
export function principalMapping(rules: string): PrincipalMapping {
  const parsed: (Rule | typeof DEFAULT)[] = []
  for (let rest = rules.trim() || DEFAULT; rest !== ''; ) {
    const found = oneRule.exec(rest)
    if (!found) throw wrong(rules)
    const [whole, isDefault, pattern = '', replacement = '', letters = ''] = found
    parsed.push(
      isDefault ? DEFAULT : { pattern: compiled(pattern, rules), replacement: inJavaScript(replacement), letters },
    )
    rest = rest.slice(whole.length)
  }
  return (name) => {
    for (const rule of parsed) {
      if (rule === DEFAULT) return name
      if (!rule.pattern.test(name)) continue
      const user = name.replace(rule.pattern, rule.replacement)
      return rule.letters === 'L' ? user.toLowerCase() : rule.letters === 'U' ? user.toUpperCase() : user
    }
    throw new Error(`No rules apply to ${name}, rules ${rules}`)
  }
}

const wrong = (rules: string): ConfigError =>
  new ConfigError(
    `Invalid value ${rules} for configuration ssl.principal.mapping.rules: RULE:pattern/replacement/[LU] and DEFAULT are expected, separated by commas`,
  )

function compiled(pattern: string, rules: string): RegExp {
  try {
    return new RegExp(`^(?:${pattern})$`)
  } catch {
    throw wrong(rules)
  }
}

/** Java takes the character behind a backslash as it is. */
const inJavaScript = (replacement: string): string =>
  replacement.replace(/\\(.)/g, (_, char: string) => (char === '$' ? '$$' : char))
