import { Flags } from '@oclif/core'
import type { Admin } from '../../client/index.ts'
import { InvalidRequest } from '../../tools/groups/reset.ts'
import { wholeMatch } from '../../tools/java/pattern.ts'
import type { Context } from '../context.ts'
import { confirmed } from './confirm.ts'

export const regexFlag = Flags.boolean({
  description: 'The names are regular expressions, which whole names must match',
})

export const yesFlag = Flags.boolean({ char: 'y', description: 'Do not ask' })

/** Topics whose whole names match one of the patterns, sorted; internal ones only where a pattern begins as they do. */
export async function topicsMatching(admin: Admin, patterns: readonly string[]): Promise<string[]> {
  const names = (await admin.listTopics({ includeInternal: true })).map(({ name }) => name)
  const found = patterns.flatMap((pattern) => {
    const regex = wholeMatch(pattern)
    return names.filter((name) => regex.test(name) && (!name.startsWith('__') || pattern.startsWith('__')))
  })
  return [...new Set(found)].sort()
}

/** Shows what a regular expression has found, and asks. Where nobody can answer only --yes will do. */
export async function confirmMatches(
  context: Context,
  matches: readonly string[],
  { yes, question }: { readonly yes: boolean; readonly question: string },
): Promise<boolean> {
  if (matches.length === 0) throw new Error('No topic matches.')
  if (yes) return true
  context.console.error(`${matches.map((name) => `  ${name}\n`).join('')}`)
  if (!context.console.inputIsTerminal || !context.console.errorIsTerminal)
    throw new InvalidRequest(`These topics match. --yes is needed where nobody can be asked.`)
  return confirmed(context, question)
}
