import type { Change } from './node-tree.ts'

/** What a watch event tells, by number. */
const eventTypes: Readonly<Record<Change, number>> = { created: 1, deleted: 2, data: 3, children: 4 }

/** Who wants to hear once of the next change: of a node itself, or of the names below it. */
export class Watches<S> {
  private readonly data = new Map<string, Set<S>>()
  private readonly children = new Map<string, Set<S>>()

  get paths(): number {
    return new Set([...this.data.keys(), ...this.children.keys()]).size
  }

  add(kind: 'data' | 'children', path: string, watcher: S): void {
    const table = this[kind]
    table.set(path, (table.get(path) ?? new Set()).add(watcher))
  }

  countOf(watcher?: S): number {
    let count = 0
    for (const table of [this.data, this.children])
      for (const set of table.values()) count += watcher === undefined ? set.size : Number(set.has(watcher))
    return count
  }

  /** Takes the watches that a change fires: the watchers and the number of what happened. */
  fire(change: Change, path: string): { readonly watchers: ReadonlySet<S>; readonly type: number } {
    const watchers = new Set<S>()
    const tables =
      change === 'children' ? [this.children] : change === 'deleted' ? [this.data, this.children] : [this.data]
    for (const table of tables) {
      for (const watcher of table.get(path) ?? []) watchers.add(watcher)
      table.delete(path)
    }
    return { watchers, type: eventTypes[change] }
  }

  forget(watcher: S): void {
    for (const table of [this.data, this.children])
      for (const [path, set] of table) if (set.delete(watcher) && set.size === 0) table.delete(path)
  }
}
