import type { Context } from '../context.ts'
import { ProfileFile } from '../native/profile-file.ts'
import type { ConnectionFlags } from '../native/settings.ts'
import { type Candidate, type Completion, complete, type Manifest } from './candidates.ts'
import { clusterNames } from './names.ts'

/** Tells a shell to offer files. */
const FILES = ':files'

/**
 * Answers a shell: a line for each word that may stand next, with a tab and what it is about, or `:files`. `args` are the shell's name and
 * the words after the program's, the last one being typed. Whatever goes wrong, the answer is no word: a shell that is asked must not fail.
 */
export async function answerShell(args: readonly string[], root: string, context: Context): Promise<number> {
  try {
    const [shell = '', ...words] = args
    const manifest = JSON.parse(String(context.runtime.disk.readFile(`${root}/oclif.manifest.json`))) as Manifest
    const joined = shell === 'bash' ? joinAssignments(words) : words
    const typed = joined.at(-1) ?? ''
    const completion = complete(manifest, joined)
    if (completion.kind === 'files') context.console.out(`${FILES}\n`)
    else {
      const found = await wordsOf(completion, joined, context)
      const fitting = found.filter(({ word }) => word.startsWith(typed) && !hasControl(word))
      // bash takes what follows an equals sign for a word of its own.
      const cut = shell === 'bash' && typed.startsWith('--') ? typed.indexOf('=') + 1 : 0
      context.console.out(fitting.map(({ word, about }) => `${word.slice(cut)}\t${about}\n`).join(''))
    }
  } catch {
    // No word.
  }
  return 0
}

/** bash gives `--topic=orders` as three words. */
function joinAssignments(words: readonly string[]): string[] {
  const joined: string[] = []
  for (const [index, word] of words.entries()) {
    const isAfter = words[index - 1] === '=' && words[index - 2]?.startsWith('--')
    const isSign = word === '=' && words[index - 1]?.startsWith('--')
    if ((isAfter || isSign) && joined.length > 0) joined.push(`${joined.pop()}${word}`)
    else joined.push(word)
  }
  return joined
}

const hasControl = (word: string): boolean => /[\u0000-\u001f\u007f]/.test(word)

async function wordsOf(
  completion: Exclude<Completion, { kind: 'files' }>,
  words: readonly string[],
  context: Context,
): Promise<readonly Candidate[]> {
  if (completion.kind === 'words') return completion.words
  const { names: kind, prefix } = completion
  const names =
    kind === 'profiles'
      ? new ProfileFile(context.runtime.disk, context.console.env).names
      : (await clusterNames(connectionOf(words), context))[kind]
  return names.map((name) => ({ word: prefix + name, about: '' }))
}

/** Where the command being typed is going to connect. */
function connectionOf(words: readonly string[]): ConnectionFlags {
  const valueAfter = (...flags: string[]): string | undefined => {
    for (const [index, word] of words.slice(0, -1).entries()) {
      if (flags.includes(word)) return words[index + 1]
      const assigned = flags.find((flag) => word.startsWith(`${flag}=`))
      if (assigned) return word.slice(assigned.length + 1)
    }
    return undefined
  }
  return {
    profile: valueAfter('--profile', '-P'),
    servers: valueAfter('--bootstrap-server', '-b'),
    config: valueAfter('--command-config'),
  }
}
