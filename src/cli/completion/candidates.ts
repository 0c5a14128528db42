/** What may stand next on a command line, from what oclif's manifest says of the commands. */

export interface Manifest {
  readonly commands: Readonly<Record<string, ManifestCommand>>
}

export interface ManifestCommand {
  readonly summary?: string
  readonly hidden?: boolean
  readonly strict?: boolean
  readonly args: Readonly<Record<string, { readonly name: string; readonly options?: readonly string[] }>>
  readonly flags: Readonly<Record<string, ManifestFlag>>
}

export interface ManifestFlag {
  readonly name: string
  readonly char?: string
  readonly description?: string
  readonly type: 'option' | 'boolean'
  readonly options?: readonly string[]
  readonly multiple?: boolean
  readonly helpValue?: string | readonly string[]
}

export interface Candidate {
  readonly word: string
  readonly about: string
}

/** Names that only the cluster or the user's files know. */
export type NameKind = 'topics' | 'groups' | 'profiles'

export type Completion =
  | { readonly kind: 'words'; readonly words: readonly Candidate[] }
  /** `prefix` stands before each of them. */
  | { readonly kind: 'names'; readonly names: NameKind; readonly prefix: string }
  | { readonly kind: 'files' }

const nothing: Completion = { kind: 'words', words: [] }

/** What names an argument or a flag of this name takes. */
const namesOf: Readonly<Record<string, NameKind>> = {
  topic: 'topics',
  source: 'topics',
  partitions: 'topics',
  partition: 'topics',
  group: 'groups',
  profile: 'profiles',
}

const isFile = ({ helpValue, name }: ManifestFlag): boolean => [helpValue].flat().includes('file') || name === 'file'

/** `words` are those after the program's name; the last one, perhaps empty, is being typed. */
export function complete(manifest: Manifest, words: readonly string[]): Completion {
  const typed = words.at(-1) ?? ''
  const before = words.slice(0, -1)
  const { id, rest } = findCommand(manifest, before)
  const command = id === undefined ? undefined : manifest.commands[id]
  if (!command) return { kind: 'words', words: commandWords(manifest, before, typed) }
  const flag = flagOf(command, before.at(-1))
  if (flag?.type === 'option') return valueWords(flag, '', typed)
  const [, name, value] = /^(--[^=]+)=(.*)$/s.exec(typed) ?? []
  const assigned = flagOf(command, name)
  if (assigned) return valueWords(assigned, `${name}=`, value ?? '')
  if (typed.startsWith('-')) return { kind: 'words', words: flagWords(command, before, typed) }
  return argumentOf(id as string, command, positionals(command, rest), typed)
}

/** The command that the words begin with, and those after it. */
function findCommand(
  { commands }: Manifest,
  words: readonly string[],
): { id: string | undefined; rest: readonly string[] } {
  for (const length of [2, 1]) {
    const id = words.slice(0, length).join(':')
    if (words.length >= length && Object.hasOwn(commands, id)) return { id, rest: words.slice(length) }
  }
  return { id: undefined, rest: words }
}

function commandWords({ commands }: Manifest, before: readonly string[], typed: string): Candidate[] {
  const found = new Map<string, string>()
  for (const [id, { summary = '', hidden }] of Object.entries(commands)) {
    const parts = id.split(':')
    const isBelow = before.every((word, index) => word === parts[index])
    const next = parts[before.length]
    if (hidden || !isBelow || next === undefined || !next.startsWith(typed)) continue
    const isWhole = parts.length === before.length + 1
    found.set(next, isWhole ? summary : (found.get(next) ?? ''))
  }
  return Array.from(found, ([word, about]) => ({ word, about })).sort((a, b) => (a.word < b.word ? -1 : 1))
}

const flagOf = ({ flags }: ManifestCommand, word: string | undefined): ManifestFlag | undefined =>
  word?.startsWith('-')
    ? Object.values(flags).find(({ name, char }) => word === `--${name}` || (char !== undefined && word === `-${char}`))
    : undefined

function valueWords(flag: ManifestFlag, prefix: string, typed: string): Completion {
  const { options } = flag
  if (options)
    return { kind: 'words', words: matching(options, typed).map((word) => ({ word: prefix + word, about: '' })) }
  if (isFile(flag)) return { kind: 'files' }
  const names = namesOf[flag.name]
  return names ? { kind: 'names', names, prefix } : nothing
}

function flagWords({ flags }: ManifestCommand, before: readonly string[], typed: string): Candidate[] {
  const isOpen = ({ name, char, multiple }: ManifestFlag) =>
    multiple || !before.some((word) => word === `--${name}` || word === `-${char}` || word.startsWith(`--${name}=`))
  return Object.values(flags)
    .filter(isOpen)
    .map(({ name, description = '' }) => ({ word: `--${name}`, about: description }))
    .filter(({ word }) => word.startsWith(typed))
}

/** Words that are neither flags nor their values. */
function positionals(command: ManifestCommand, words: readonly string[]): string[] {
  return words.filter((word, index) => {
    if (word.startsWith('-')) return false
    return flagOf(command, words[index - 1])?.type !== 'option'
  })
}

function argumentOf(id: string, command: ManifestCommand, given: readonly string[], typed: string): Completion {
  const args = Object.values(command.args)
  const arg = args[given.length] ?? (command.strict === false ? args.at(-1) : undefined)
  if (!arg) return nothing
  if (arg.options) return { kind: 'words', words: matching(arg.options, typed).map((word) => ({ word, about: '' })) }
  if (arg.name === 'file') return { kind: 'files' }
  if (id.startsWith('profile:') && arg.name === 'name') return { kind: 'names', names: 'profiles', prefix: '' }
  const names = arg.name === 'name' && given[0] === 'topic' ? 'topics' : namesOf[arg.name]
  // A new topic has no name yet.
  return names && id !== 'topics:create' ? { kind: 'names', names, prefix: '' } : nothing
}

const matching = (options: readonly string[], typed: string): string[] =>
  options.filter((option) => option.startsWith(typed))
