import type { TreeNode } from './image-tree.ts'
import { type Place, partsOf, placesOf, placeText } from './paths.ts'

/** What a command printed, and whether it found all that it was asked for. */
export interface Answer {
  readonly text: string
  readonly failed: boolean
}

/** The shell over a tree of metadata: a folder that one is in, and the commands that look around. */
export class MetadataShell {
  private here: readonly string[] = []

  constructor(private readonly root: TreeNode) {}

  get workingFolder(): string {
    return `/${this.here.join('/')}`
  }

  private find(text: string): Place[] {
    return placesOf(this.root, partsOf(text, this.here))
  }

  cd(target = '/'): Answer {
    const [place, other] = this.find(target)
    if (!place) return fail(`cd: ${target}: no such directory.`)
    if (other) return fail(`cd: ${target}: too many matches.`)
    if (typeof place.node === 'string') return fail(`cd: ${target}: not a directory.`)
    this.here = place.path
    return done('')
  }

  ls(targets: readonly string[]): Answer {
    const missing: string[] = []
    const files: string[] = []
    const folders: { readonly name: string; readonly entries: readonly string[] }[] = []
    for (const target of targets.length > 0 ? targets : ['.']) {
      const places = this.find(target)
      if (places.length === 0) missing.push(`ls: ${target}: no such file or directory.\n`)
      for (const { path, node } of places) {
        const name = path.at(-1) ?? '/'
        if (typeof node === 'string') files.push(`${name}\n`)
        else folders.push({ name, entries: [...node.keys()] })
      }
    }
    const titled = folders.length > 1 || (folders.length > 0 && files.length > 0)
    const lists = folders.map(
      ({ name, entries }) => `${titled ? `${name}:\n` : ''}${entries.map((entry) => `${entry}\n`).join('')}`,
    )
    const blocks = [...(files.length > 0 ? [files.join('')] : []), ...lists]
    return { text: missing.join('') + blocks.join('\n'), failed: missing.length > 0 }
  }

  cat(targets: readonly string[]): Answer {
    return this.each('cat: ', 'No such file or directory.', targets, ({ node }, target) =>
      typeof node === 'string' ? done(`${node}\n`) : fail(`cat: ${target}: Is a directory`),
    )
  }

  tree(targets: readonly string[]): Answer {
    return this.each('tree: ', 'No such file or directory.', targets, ({ node }) => done(treeText(node, '')))
  }

  findAll(targets: readonly string[]): Answer {
    return this.each('find: ', 'no such file or directory.', targets.length > 0 ? targets : ['.'], (place, target) => {
      const shown = /[*?{]/.test(target) ? placeText(place) : target
      return done(Array.from(walk(place.node, shown), ([path]) => `${path}\n`).join(''))
    })
  }

  private each(
    command: string,
    complaint: string,
    targets: readonly string[],
    action: (place: Place, target: string) => Answer,
  ): Answer {
    const answers = targets.flatMap((target) => {
      const places = this.find(target)
      return places.length > 0
        ? places.map((place) => action(place, target))
        : [fail(`${command}${target}: ${complaint}`)]
    })
    return { text: answers.map(({ text }) => text).join(''), failed: answers.some(({ failed }) => failed) }
  }
}

const done = (text: string): Answer => ({ text, failed: false })
const fail = (sentence: string): Answer => ({ text: `${sentence}\n`, failed: true })

function treeText(node: TreeNode, indent: string): string {
  if (typeof node === 'string') return `${indent}${node}\n`
  return Array.from(node, ([name, child]) => `${indent}${name}:\n${treeText(child, `${indent}  `)}`).join('')
}

/** A node and all below it: path, and text of a file. */
export function* walk(node: TreeNode, path: string): Generator<readonly [string, string | undefined]> {
  yield [path, typeof node === 'string' ? node : undefined]
  if (typeof node === 'string') return
  for (const [name, child] of node) yield* walk(child, path.endsWith('/') ? `${path}${name}` : `${path}/${name}`)
}
