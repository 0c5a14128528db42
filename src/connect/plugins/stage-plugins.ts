import { CONNECT_VERSION } from '../connectors/surroundings.ts'
import { builtInPredicates, builtInTransformations } from '../transforms/built-in.ts'
import type { Predicate, Transformation } from '../transforms/transformation.ts'

/** A class of transformations or predicates. */
export interface StagePlugin<T> {
  /** Java's whole name of those that come with Kafka; the name under which a module gives out a user's own. */
  readonly className: string
  readonly version: string
  create(): T
}

/** Those of one kind, by their names. */
export class StagePlugins<T> {
  readonly all: readonly StagePlugin<T>[]

  /** Of several with the same name the last one counts. `suffix` may be left out of a name. */
  constructor(
    all: readonly StagePlugin<T>[],
    private readonly suffix: string,
  ) {
    const byName = new Map(all.map((plugin) => [plugin.className, plugin]))
    this.all = [...byName.values()].sort((a, b) => (a.className < b.className ? -1 : 1))
  }

  with(more: readonly StagePlugin<T>[]): StagePlugins<T> {
    return new StagePlugins([...this.all, ...more], this.suffix)
  }

  /** By the whole name, what stands behind its last dot (`InsertField$Value`), or that without the suffix. */
  find(name: string): StagePlugin<T> | undefined {
    const given = name.trim()
    return this.all.find(({ className }) => {
      const simple = className.replace(/^.*\./, '')
      return (
        given === className ||
        given === simple ||
        (simple.endsWith(this.suffix) && given === this.withoutSuffix(simple))
      )
    })
  }

  /** The classes for keys and for values of one that is neither: Java's are classes inside of it. */
  inside(name: string): string[] {
    return this.all.map(({ className }) => className).filter((className) => className.startsWith(`${name.trim()}$`))
  }

  private withoutSuffix(simple: string): string {
    return simple.slice(0, -this.suffix.length)
  }
}

/** What may stand between a connector and its converters. */
export interface Stages {
  readonly transformations: StagePlugins<Transformation>
  readonly predicates: StagePlugins<Predicate>
}

const pluginsOf = <T>(classes: ReadonlyMap<string, () => T>): StagePlugin<T>[] =>
  Array.from(classes, ([className, create]) => ({ className, version: CONNECT_VERSION, create }))

/** Those that come with Kafka. */
export const builtInStages = (now: () => number): Stages => ({
  transformations: new StagePlugins(pluginsOf(builtInTransformations(now)), 'Transformation'),
  predicates: new StagePlugins(pluginsOf(builtInPredicates), 'Predicate'),
})
