import type { TreeNode } from './image-tree.ts'

/** Places in the tree of metadata, and the patterns that name them: `*`, `?` and `{a,b}` within one part of a path. */

export interface Place {
  /** Names from the root on. */
  readonly path: readonly string[]
  readonly node: TreeNode
}

export const placeText = ({ path }: Place): string => `/${path.join('/')}`

/** The parts of a path, seen from a folder, with `.` and `..` carried out. */
export function partsOf(text: string, from: readonly string[]): string[] {
  const parts = text.startsWith('/') ? [] : [...from]
  for (const part of text.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return parts
}

/** All places that a path with patterns means, in the order of the tree. */
export function placesOf(root: TreeNode, parts: readonly string[]): Place[] {
  let places: Place[] = [{ path: [], node: root }]
  for (const part of parts) {
    const pattern = patternOf(part)
    places = places.flatMap(({ path, node }) => {
      if (typeof node === 'string') return []
      const names = pattern ? [...node.keys()].filter((name) => pattern.test(name)) : [part]
      return names.flatMap((name) => {
        const child = node.get(name)
        return child === undefined ? [] : [{ path: [...path, name], node: child }]
      })
    })
  }
  return places
}

function patternOf(part: string): RegExp | undefined {
  if (!/[*?{]/.test(part)) return undefined
  const source = part
    .replace(/[\\^$.|+()[\]]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.')
    .replace(/\{([^{}]*)\}/g, (_, choices: string) => `(?:${choices.replaceAll(',', '|')})`)
    .replace(/[{}]/g, '\\$&')
  return new RegExp(`^${source}$`, 's')
}
